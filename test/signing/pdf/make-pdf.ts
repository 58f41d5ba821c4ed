/** Makes small PDF files for tests: pages with Vietnamese text, classic or compressed structure. */
import { deflateSync } from 'node:zlib';
import { loadFont, textWidth } from '../../../src/signing/appearance/glyphs/font.ts';
import { createSubset } from '../../../src/signing/appearance/glyphs/subset.ts';
import {
  array,
  dict,
  name,
  type PdfDict,
  type PdfValue,
  ref,
  stream,
} from '../../../src/signing/pdf/syntax/values.ts';
import { serialize } from '../../../src/signing/pdf/syntax/write.ts';

/** A line of text centred at `x`. */
export interface PdfLine {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size?: number;
}

export interface MakePdfOptions {
  readonly lines?: readonly PdfLine[];
  readonly pages?: number;
  readonly rotate?: 0 | 90 | 180 | 270;
  /** Transformation of the content, e.g. to draw it upright on a turned page. */
  readonly matrix?: readonly [number, number, number, number, number, number];
  readonly cropBox?: readonly [number, number, number, number];
  /** `stream`: object streams and a cross-reference stream. */
  readonly structure?: 'table' | 'stream';
  /** Adds an uncompressed stream of this many octets. */
  readonly paddingBytes?: number;
  /** Entries added to the catalog. */
  readonly catalog?: Readonly<Record<string, PdfValue>>;
  /** Extra objects, by number from 100 on. */
  readonly extra?: ReadonlyMap<number, PdfValue>;
}

function pageContent(
  lines: readonly PdfLine[],
  encode: (text: string) => string,
  matrix: MakePdfOptions['matrix'],
): Buffer {
  const font = loadFont('termes');
  const rows = lines.map(({ text, x, y, size = 13 }) => {
    const left = x - textWidth(font, text, size) / 2;
    return `BT /F1 ${size} Tf 1 0 0 1 ${left.toFixed(2)} ${y} Tm ${encode(text)} Tj ET`;
  });
  if (matrix !== undefined) rows.unshift(`${matrix.join(' ')} cm`);
  return Buffer.from(rows.join('\n'));
}

function collect(options: MakePdfOptions): Map<number, PdfValue> {
  const objects = new Map<number, PdfValue>();
  const subset = createSubset(loadFont('termes'));
  const pages = options.pages ?? 1;
  const content = deflateSync(
    pageContent(
      options.lines ?? [{ text: 'Cộng hòa xã hội chủ nghĩa Việt Nam', x: 298, y: 700 }],
      subset.encode,
      options.matrix,
    ),
  );
  objects.set(4, stream({ Filter: name('FlateDecode') }, new Uint8Array(content)));
  let next = 10 + pages;
  const font = subset.build((value) => {
    objects.set(next, value);
    next += 1;
    return ref(next - 1);
  });
  const kids = Array.from({ length: pages }, (_, index) => ref(10 + index));
  for (const kid of kids) {
    objects.set(
      kid.num,
      dict({
        Type: name('Page'),
        Parent: ref(2),
        MediaBox: array(0, 0, 595, 842),
        CropBox: options.cropBox === undefined ? undefined : array(...options.cropBox),
        Rotate: options.rotate,
        Contents: ref(4),
        Resources: dict({ Font: dict({ F1: font }) }),
      }),
    );
  }
  objects.set(1, dict({ Type: name('Catalog'), Pages: ref(2), ...options.catalog }));
  objects.set(2, dict({ Type: name('Pages'), Kids: array(...kids), Count: pages }));
  if (options.paddingBytes !== undefined)
    objects.set(
      5,
      stream(
        {},
        Uint8Array.from({ length: options.paddingBytes }, (_, at) => (at * 7919) & 0xff),
      ),
    );
  for (const [num, value] of options.extra ?? []) objects.set(num, value);
  return objects;
}

function objectText(num: number, value: PdfValue): Buffer {
  if (typeof value === 'object' && value?.kind === 'stream') {
    const entries: PdfDict = {
      ...value.dict,
      entries: new Map([...value.dict.entries, ['Length', value.raw.length]]),
    };
    return Buffer.concat([
      Buffer.from(`${num} 0 obj\n${serialize(entries)}\nstream\n`, 'latin1'),
      value.raw,
      Buffer.from('\nendstream\nendobj\n'),
    ]);
  }
  return Buffer.from(`${num} 0 obj\n${serialize(value)}\nendobj\n`, 'latin1');
}

function writeTable(parts: Buffer[], offsets: Map<number, number>, start: number): void {
  const size = Math.max(...offsets.keys()) + 1;
  const rows = Array.from({ length: size }, (_, num) => {
    const offset = offsets.get(num);
    return offset === undefined
      ? `0000000000 ${num === 0 ? '65535' : '00000'} f\r\n`
      : `${String(offset).padStart(10, '0')} 00000 n\r\n`;
  });
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n${rows.join('')}trailer\n<</Size ${size} /Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`,
    ),
  );
}

function compress(objects: Map<number, PdfValue>): { container: PdfValue; inside: number[] } {
  const inside = [...objects]
    .filter(([, value]) => typeof value !== 'object' || value?.kind !== 'stream')
    .map(([num]) => num);
  const texts = inside.map((num) => serialize(objects.get(num) ?? null));
  let at = 0;
  const heads = texts.map((text, index) => {
    const head = `${inside[index]} ${at}`;
    at += text.length + 1;
    return head;
  });
  const head = `${heads.join(' ')} `;
  const body = Buffer.from(head + texts.join(' '), 'latin1');
  return {
    inside,
    container: stream(
      { Type: name('ObjStm'), N: inside.length, First: head.length, Filter: name('FlateDecode') },
      new Uint8Array(deflateSync(body)),
    ),
  };
}

function writeStreamForm(parts: Buffer[], objects: Map<number, PdfValue>): void {
  const { container, inside } = compress(objects);
  const containerNumber = Math.max(...objects.keys()) + 1;
  const xrefNumber = containerNumber + 1;
  const rows = new Map<number, readonly [number, number, number]>();
  for (const [index, num] of inside.entries()) rows.set(num, [2, containerNumber, index]);
  let length = Buffer.concat(parts).length;
  const put = (num: number, value: PdfValue): void => {
    rows.set(num, [1, length, 0]);
    const text = objectText(num, value);
    parts.push(text);
    length += text.length;
  };
  for (const [num, value] of objects) if (!inside.includes(num)) put(num, value);
  put(containerNumber, container);
  rows.set(xrefNumber, [1, length, 0]);
  const body = Buffer.alloc((xrefNumber + 1) * 7);
  for (let num = 0; num <= xrefNumber; num += 1) {
    const [type, second, third] = rows.get(num) ?? [0, 0, 0];
    body.writeUInt8(type, num * 7);
    body.writeUInt32BE(second, num * 7 + 1);
    body.writeUInt16BE(third, num * 7 + 5);
  }
  const entries = {
    Type: name('XRef'),
    Size: xrefNumber + 1,
    Root: ref(1),
    W: array(1, 4, 2),
    Filter: name('FlateDecode'),
  };
  parts.push(objectText(xrefNumber, stream(entries, new Uint8Array(deflateSync(body)))));
  parts.push(Buffer.from(`startxref\n${length}\n%%EOF\n`));
}

/** The file. */
export function makePdf(options: MakePdfOptions = {}): Uint8Array {
  const objects = collect(options);
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  if (options.structure === 'stream') writeStreamForm(parts, objects);
  else {
    const offsets = new Map<number, number>();
    let length = parts[0]?.length ?? 0;
    for (const [num, value] of objects) {
      offsets.set(num, length);
      const text = objectText(num, value);
      parts.push(text);
      length += text.length;
    }
    writeTable(parts, offsets, length);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** A page that ends the way an official letter does. */
export const LETTER: readonly PdfLine[] = [
  { text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x: 400, y: 770 },
  { text: 'Độc lập - Tự do - Hạnh phúc', x: 400, y: 754 },
  { text: 'Số: 12/UBND-VP', x: 140, y: 740 },
  { text: 'Kính gửi: Sở Tư pháp. Ông Nguyễn Văn An trình bày việc này.', x: 298, y: 600 },
  { text: 'TM. ỦY BAN NHÂN DÂN', x: 430, y: 400, size: 13 },
  { text: 'CHỦ TỊCH', x: 430, y: 384, size: 13 },
  { text: 'Nguyễn Văn An', x: 430, y: 300, size: 14 },
  { text: 'Nơi nhận: Lưu VT.', x: 120, y: 395, size: 11 },
];
