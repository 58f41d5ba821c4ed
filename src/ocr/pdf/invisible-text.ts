import {
  decodePDFRawStream,
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFName,
  type PDFPage,
  PDFRawStream,
  PDFRef,
} from 'pdf-lib';

const SHOW = new Set(['Tj', 'TJ', "'", '"']);
/** Operators and numbers are shorter; names of images and forms are kept up to here. */
const LONGEST_WORD = 127;
const WHITE = new Set([0, 9, 10, 12, 13, 32]);
const DELIMITERS = new Set([...'()<>[]{}/%'].map((c) => c.charCodeAt(0)));
/** Forms inside forms followed down to here. */
const MAX_FORM_DEPTH = 4;

/** Finds the end of the token that starts at `at`. Strings, arrays and dictionaries count as one token. */
function tokenEnd(b: Uint8Array, at: number): number {
  const c = b[at] as number;
  if (c === 0x28) return stringEnd(b, at);
  if (c === 0x25) return lineEnd(b, at);
  if (c === 0x5b) return nestedEnd(b, at + 1, 0x5d);
  if (c === 0x3c && b[at + 1] === 0x3c) return nestedEnd(b, at + 2, 0x3e) + 1;
  if (c === 0x3c) {
    const end = b.indexOf(0x3e, at);
    return end < 0 ? b.length : end + 1;
  }
  let end = at + 1;
  while (end < b.length && !WHITE.has(b[end] as number) && !DELIMITERS.has(b[end] as number)) end++;
  return end;
}

function stringEnd(b: Uint8Array, at: number): number {
  let depth = 0;
  for (let i = at; i < b.length; i++) {
    if (b[i] === 0x5c) i++;
    else if (b[i] === 0x28) depth++;
    else if (b[i] === 0x29 && --depth === 0) return i + 1;
  }
  return b.length;
}

function lineEnd(b: Uint8Array, at: number): number {
  let end = at;
  while (end < b.length && b[end] !== 10 && b[end] !== 13) end++;
  return end;
}

function nestedEnd(b: Uint8Array, from: number, close: number): number {
  let i = from;
  while (i < b.length) {
    if (WHITE.has(b[i] as number)) i++;
    else if (b[i] === close) return i + 1;
    else i = tokenEnd(b, i);
  }
  return b.length;
}

/** End of an inline image: `EI` between blanks after `ID`. */
function inlineImageEnd(b: Uint8Array, at: number): number {
  for (let i = at; i + 2 < b.length; i++) {
    const isEnd = WHITE.has(b[i] as number) && b[i + 1] === 0x45 && b[i + 2] === 0x49;
    if (isEnd && (i + 3 >= b.length || WHITE.has(b[i + 3] as number))) return i + 3;
  }
  return b.length;
}

/**
 * Content stream without the text shown in rendering mode 3 (invisible, ISO 32000-1 §9.3.6), and without that shown
 * before the image or form number `coveredBy` is painted; all else is untouched.
 * @param painted is told the name of each image or form (`''`: an inline image) before that one
 */
export function dropInvisibleText(
  content: Uint8Array,
  coveredBy = 0,
  painted: (name: string) => void = () => {},
): Uint8Array {
  const out: Uint8Array[] = [];
  const stack: number[] = [];
  let mode = 0;
  let statement = 0;
  let previous = '';
  let count = 0;
  for (let at = 0; at < content.length; ) {
    if (WHITE.has(content[at] as number)) {
      at++;
      continue;
    }
    const end = Math.max(at + 1, tokenEnd(content, at));
    const first = content[at] as number;
    const word = end - at <= LONGEST_WORD ? Buffer.from(content.subarray(at, end)).toString('latin1') : '';
    const operand = DELIMITERS.has(first) || /^[+\-.0-9]/.test(word) || word === '';
    at = end;
    if (operand || word === 'true' || word === 'false' || word === 'null') {
      previous = word;
      continue;
    }
    if (word === 'BI') continue;
    if (word === 'ID') at = inlineImageEnd(content, at);
    if ((word === 'Do' || word === 'ID') && ++count < coveredBy)
      painted(word === 'Do' ? previous.slice(1) : '');
    if (word === 'q') stack.push(mode);
    else if (word === 'Q') mode = stack.pop() ?? mode;
    else if (word === 'Tr') mode = Number(previous);
    if (!(SHOW.has(word) && (mode === 3 || count < coveredBy)))
      out.push(content.subarray(statement, at), Uint8Array.of(10));
    statement = at;
  }
  out.push(content.subarray(statement));
  return Buffer.concat(out);
}

function replaceStream(context: PDFContext, stream: PDFRawStream, isCovered: boolean): PDFRawStream {
  const coveredBy = isCovered ? Number.POSITIVE_INFINITY : 0;
  const kept = dropInvisibleText(decodePDFRawStream(stream).decode(), coveredBy);
  const fresh = context.flateStream(kept);
  for (const [key, value] of stream.dict.entries()) {
    if (!['Length', 'Filter', 'DecodeParms', 'F', 'FFilter', 'FDecodeParms'].includes(key.decodeText()))
      fresh.dict.set(key, value);
  }
  return fresh;
}

function stripForms(
  context: PDFContext,
  resources: PDFDict | undefined,
  seen: Set<PDFRef>,
  depth: number,
  covered: (name: string) => boolean,
): void {
  const objects = resources?.lookup(PDFName.of('XObject'));
  if (!(objects instanceof PDFDict) || depth > MAX_FORM_DEPTH) return;
  for (const [name, ref] of objects.entries()) {
    if (!(ref instanceof PDFRef) || seen.has(ref)) continue;
    seen.add(ref);
    const stream = context.lookup(ref);
    if (!(stream instanceof PDFRawStream) || stream.dict.get(PDFName.of('Subtype')) !== PDFName.of('Form'))
      continue;
    const isCovered = covered(name.decodeText());
    context.assign(ref, replaceStream(context, stream, isCovered));
    const inner = stream.dict.lookup(PDFName.of('Resources'));
    if (inner instanceof PDFDict) stripForms(context, inner, seen, depth + 1, () => isCovered);
  }
}

/**
 * Removes an old OCR layer from a page, in its own stream and in forms it uses.
 * @param coveredBy the image or form that covers text painted before it, counted from 1; 0: none does
 */
export function stripInvisibleText(page: PDFPage, coveredBy = 0): void {
  const { context } = page.doc;
  const contents = page.node.Contents();
  const parts = contents instanceof PDFArray ? contents.asArray().map((r) => context.lookup(r)) : [contents];
  const raw = parts.filter((p) => p instanceof PDFRawStream);
  // Text state runs on from stream to stream, so they are joined first.
  const joined = Buffer.concat(
    raw.flatMap((p) => [Buffer.from(decodePDFRawStream(p).decode()), Buffer.from('\n')]),
  );
  const under = new Set<string>();
  const kept = dropInvisibleText(joined, coveredBy, (name) => under.add(name));
  page.node.set(PDFName.of('Contents'), context.register(context.flateStream(kept)));
  stripForms(context, page.node.Resources(), new Set(), 0, (name) => under.has(name));
}
