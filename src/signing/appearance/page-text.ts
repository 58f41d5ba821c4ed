/** Simple text extraction with positions: enough to find a signer's name on a page (ISO 32000-2 §9). */

import { get, getDict, getItems, type PdfDocument, resolve } from '../pdf/syntax/document.ts';
import { decodeStream } from '../pdf/syntax/filters.ts';
import type { PdfPage } from '../pdf/syntax/pages.ts';
import { type Cursor, PdfSyntaxError, parseValue, skipSpace } from '../pdf/syntax/parse.ts';
import {
  isArray,
  isDict,
  isName,
  isStream,
  isString,
  type PdfDict,
  type PdfValue,
} from '../pdf/syntax/values.ts';
import { toShown } from './geometry.ts';

/** A character on the page as shown, upright. */
export interface PlacedCharacter {
  readonly text: string;
  readonly x0: number;
  readonly x1: number;
  /** Baseline. */
  readonly y: number;
  readonly size: number;
}

type Matrix = readonly [number, number, number, number, number, number];

interface TextFont {
  readonly bytesPerCode: 1 | 2;
  unicode(code: number): string;
  /** Thousandths of the size. */
  width(code: number): number;
}

interface TextState {
  ctm: Matrix;
  text: Matrix;
  line: Matrix;
  font: TextFont | null;
  size: number;
  spacing: number;
  wordSpacing: number;
  scale: number;
  leading: number;
}

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];
const MAX_CONTENT = 32 * 1024 * 1024;
const MAX_OPERATORS = 2_000_000;
const MAX_CHARACTERS = 500_000;

function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[1] * n[2],
    m[0] * n[1] + m[1] * n[3],
    m[2] * n[0] + m[3] * n[2],
    m[2] * n[1] + m[3] * n[3],
    m[4] * n[0] + m[5] * n[2] + n[4],
    m[4] * n[1] + m[5] * n[3] + n[5],
  ];
}

function utf16(hex: string): string {
  return Buffer.from(hex.length % 4 === 0 ? hex : hex.padStart(Math.ceil(hex.length / 4) * 4, '0'), 'hex')
    .swap16()
    .toString('utf16le');
}

/** The bfchar and bfrange maps of a ToUnicode CMap; ranges are capped at the code space. */
function readToUnicode(data: Uint8Array): Map<number, string> {
  const map = new Map<number, string>();
  const source = Buffer.from(data).toString('latin1');
  for (const [, block = ''] of source.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, code = '', text = ''] of block.matchAll(/<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>/g))
      map.set(Number.parseInt(code, 16), utf16(text));
  }
  for (const [, block = ''] of source.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, low = '', high = '', first, list] of block.matchAll(
      /<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*(?:<([0-9a-fA-F]+)>|\[([^\]]*)\])/g,
    )) {
      const start = Number.parseInt(low, 16);
      const count = Math.min(Number.parseInt(high, 16) - start + 1, 65_536);
      const texts = list?.match(/[0-9a-fA-F]+/g) ?? [];
      for (let index = 0; index < count; index += 1) {
        if (first === undefined) map.set(start + index, utf16(texts[index] ?? ''));
        else
          map.set(
            start + index,
            utf16(first.slice(0, -4)) + String.fromCharCode(Number.parseInt(first.slice(-4), 16) + index),
          );
      }
    }
  }
  return map;
}

const GLYPH_NAMES: Readonly<Record<string, string>> = {
  space: ' ',
  hyphen: '-',
  period: '.',
  comma: ',',
  slash: '/',
  colon: ':',
};

function simpleEncoding(document: PdfDocument, font: PdfDict): Map<number, string> {
  const map = new Map<number, string>();
  const decoder = new TextDecoder('windows-1252');
  for (let code = 32; code < 256; code += 1) map.set(code, decoder.decode(Uint8Array.of(code)));
  let code = 0;
  for (const item of getItems(document, getDict(document, font, 'Encoding'), 'Differences')) {
    if (typeof item === 'number') code = item;
    else if (isName(item)) {
      const uni = /^uni([0-9A-F]{4})$/.exec(item.value)?.[1];
      const text =
        uni === undefined
          ? (GLYPH_NAMES[item.value] ?? (item.value.length === 1 ? item.value : undefined))
          : utf16(uni);
      if (text !== undefined) map.set(code, text);
      code += 1;
    }
  }
  return map;
}

function compositeWidths(document: PdfDocument, font: PdfDict): (code: number) => number {
  const [descendant] = getItems(document, font, 'DescendantFonts').map((item) => resolve(document, item));
  const dict = isDict(descendant) ? descendant : null;
  const widths = new Map<number, number>();
  const items = getItems(document, dict, 'W').map((item) => resolve(document, item));
  for (let at = 0; at < items.length; ) {
    const [start, second, third] = [items[at], items[at + 1], items[at + 2]];
    if (typeof start === 'number' && isArray(second)) {
      for (const [index, width] of second.items.entries())
        if (typeof width === 'number') widths.set(start + index, width);
      at += 2;
    } else {
      if (typeof start === 'number' && typeof second === 'number' && typeof third === 'number') {
        for (let code = start; code <= Math.min(second, start + 65_535); code += 1) widths.set(code, third);
      }
      at += 3;
    }
  }
  const fallback = get(document, dict, 'DW');
  return (code) => widths.get(code) ?? (typeof fallback === 'number' ? fallback : 1000);
}

function simpleWidths(document: PdfDocument, font: PdfDict): (code: number) => number {
  const first = get(document, font, 'FirstChar');
  const widths = getItems(document, font, 'Widths').map((item) => resolve(document, item));
  return (code) => {
    const width = widths[code - (typeof first === 'number' ? first : 0)];
    return typeof width === 'number' ? width : 500;
  };
}

function readFont(document: PdfDocument, font: PdfDict): TextFont {
  const composite = isName(get(document, font, 'Subtype'), 'Type0');
  const stream = get(document, font, 'ToUnicode');
  const mapped = isStream(stream)
    ? readToUnicode(decodeStream(stream, MAX_CONTENT))
    : new Map<number, string>();
  const encoded = composite ? new Map<number, string>() : simpleEncoding(document, font);
  return {
    bytesPerCode: composite ? 2 : 1,
    unicode: (code) => mapped.get(code) ?? encoded.get(code) ?? '',
    width: composite ? compositeWidths(document, font) : simpleWidths(document, font),
  };
}

interface Interpreter {
  readonly document: PdfDocument;
  readonly page: PdfPage;
  readonly out: PlacedCharacter[];
  readonly fonts: Map<PdfValue, TextFont>;
  operators: number;
}

function showString(run: Interpreter, state: TextState, bytes: Uint8Array): void {
  const { font } = state;
  if (font === null) return;
  for (let at = 0; at < bytes.length; at += font.bytesPerCode) {
    const code = font.bytesPerCode === 1 ? (bytes[at] ?? 0) : ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const full = multiply(state.text, state.ctm);
    const extra = state.spacing + (font.bytesPerCode === 1 && code === 32 ? state.wordSpacing : 0);
    const advance = ((font.width(code) / 1000) * state.size + extra) * state.scale;
    const size = Math.abs(state.size) * Math.hypot(full[2], full[3]);
    if (run.out.length < MAX_CHARACTERS) {
      const [x0, y] = toShown(run.page, full[4], full[5]);
      const [x1] = toShown(run.page, full[4] + advance * full[0], full[5] + advance * full[1]);
      run.out.push({ text: font.unicode(code), x0, x1, y, size });
    }
    state.text = multiply([1, 0, 0, 1, advance, 0], state.text);
  }
}

function showArray(run: Interpreter, state: TextState, items: readonly PdfValue[]): void {
  for (const item of items) {
    if (isString(item)) showString(run, state, item.bytes);
    else if (typeof item === 'number')
      state.text = multiply([1, 0, 0, 1, (-item / 1000) * state.size * state.scale, 0], state.text);
  }
}

function nextLine(state: TextState, x: number, y: number): void {
  state.line = multiply([1, 0, 0, 1, x, y], state.line);
  state.text = state.line;
}

function setFont(
  run: Interpreter,
  state: TextState,
  resources: PdfDict | null,
  operands: readonly PdfValue[],
): void {
  const [label, size] = operands;
  const fonts = getDict(run.document, resources, 'Font');
  const font = isName(label) ? get(run.document, fonts, label.value) : null;
  if (typeof size === 'number') state.size = size;
  if (!isDict(font)) {
    state.font = null;
    return;
  }
  const known = run.fonts.get(font) ?? readFont(run.document, font);
  run.fonts.set(font, known);
  state.font = known;
}

function textOperator(
  run: Interpreter,
  state: TextState,
  resources: PdfDict | null,
  operator: string,
  operands: readonly PdfValue[],
): void {
  const numbers = operands.map((item) => (typeof item === 'number' ? item : 0));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers;
  const last = operands.at(-1);
  if (operator === 'BT') {
    state.text = IDENTITY;
    state.line = IDENTITY;
  } else if (operator === 'Tf') setFont(run, state, resources, operands);
  else if (operator === 'Td') nextLine(state, a, b);
  else if (operator === 'TD') {
    state.leading = -b;
    nextLine(state, a, b);
  } else if (operator === 'Tm') {
    state.line = [a, b, c, d, e, f];
    state.text = state.line;
  } else if (operator === 'T*') nextLine(state, 0, -state.leading);
  else if (operator === 'TL') state.leading = a;
  else if (operator === 'Tc') state.spacing = a;
  else if (operator === 'Tw') state.wordSpacing = a;
  else if (operator === 'Tz') state.scale = a / 100;
  else if (operator === 'Tj' && isString(last)) showString(run, state, last.bytes);
  else if (operator === 'TJ' && isArray(last)) showArray(run, state, last.items);
  else if ((operator === "'" || operator === '"') && isString(last)) {
    nextLine(state, 0, -state.leading);
    showString(run, state, last.bytes);
  }
}

function drawForm(
  run: Interpreter,
  state: TextState,
  resources: PdfDict | null,
  operand: PdfValue | undefined,
  depth: number,
): void {
  const form = isName(operand)
    ? get(run.document, getDict(run.document, resources, 'XObject'), operand.value)
    : null;
  if (!isStream(form) || !isName(get(run.document, form.dict, 'Subtype'), 'Form') || depth > 8) return;
  const matrix = getItems(run.document, form.dict, 'Matrix').map((item) =>
    typeof item === 'number' ? item : 0,
  );
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = matrix;
  const inner = { ...state, ctm: multiply([a, b, c, d, e, f], state.ctm) };
  interpret(
    run,
    decodeStream(form, MAX_CONTENT),
    getDict(run.document, form.dict, 'Resources') ?? resources,
    inner,
    depth + 1,
  );
}

function takeOperator(cursor: Cursor): string {
  const start = cursor.pos;
  while (
    cursor.pos < cursor.end &&
    !' \t\r\n\f\0()<>[]{}/%'.includes(String.fromCharCode(cursor.bytes[cursor.pos] ?? 32))
  )
    cursor.pos += 1;
  if (cursor.pos === start) cursor.pos += 1;
  return Buffer.from(cursor.bytes.subarray(start, cursor.pos)).toString('latin1');
}

function skipInlineImage(cursor: Cursor): void {
  const at = Buffer.from(cursor.bytes.buffer, cursor.bytes.byteOffset, cursor.end).indexOf('EI', cursor.pos);
  cursor.pos = at < 0 ? cursor.end : at + 2;
}

function isOperatorStart(octet: number): boolean {
  return (
    (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a) || octet === 0x27 || octet === 0x22
  );
}

function interpret(
  run: Interpreter,
  data: Uint8Array,
  resources: PdfDict | null,
  start: TextState,
  depth: number,
): void {
  const cursor: Cursor = { bytes: data, pos: 0, end: data.length };
  const saved: TextState[] = [];
  let state = { ...start };
  let operands: PdfValue[] = [];
  for (skipSpace(cursor); cursor.pos < cursor.end && run.operators < MAX_OPERATORS; skipSpace(cursor)) {
    run.operators += 1;
    if (!isOperatorStart(cursor.bytes[cursor.pos] ?? 0)) {
      try {
        operands.push(parseValue(cursor));
      } catch (error) {
        if (!(error instanceof PdfSyntaxError)) throw error;
        cursor.pos += 1;
      }
      continue;
    }
    const operator = takeOperator(cursor);
    if (operator === 'q' && saved.length < 100) saved.push({ ...state });
    else if (operator === 'Q') state = saved.pop() ?? state;
    else if (operator === 'cm') {
      const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = operands.map((item) =>
        typeof item === 'number' ? item : 0,
      );
      state.ctm = multiply([a, b, c, d, e, f], state.ctm);
    } else if (operator === 'Do') drawForm(run, state, resources, operands.at(-1), depth);
    else if (operator === 'ID') skipInlineImage(cursor);
    else textOperator(run, state, resources, operator, operands);
    operands = [];
  }
}

/** Characters of a page in drawing order. Unreadable content gives what could be read. */
export function pageCharacters(document: PdfDocument, page: PdfPage): readonly PlacedCharacter[] {
  const contents = get(document, page.dict, 'Contents');
  const streams = (isArray(contents) ? contents.items : [contents])
    .map((item) => resolve(document, item))
    .filter(isStream);
  const run: Interpreter = { document, page, out: [], fonts: new Map(), operators: 0 };
  const state: TextState = {
    ctm: IDENTITY,
    text: IDENTITY,
    line: IDENTITY,
    font: null,
    size: 1,
    spacing: 0,
    wordSpacing: 0,
    scale: 1,
    leading: 0,
  };
  try {
    const data = Buffer.concat(
      streams.flatMap((stream) => [decodeStream(stream, MAX_CONTENT), Buffer.from('\n')]),
    );
    interpret(run, data, page.resources, state, 0);
  } catch (error) {
    if (!(error instanceof PdfSyntaxError)) throw error;
  }
  return run.out;
}
