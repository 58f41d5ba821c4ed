/** Files under attack: what is hidden, what replaces it, and what counts as refused. */
import { expect } from 'chai';
import type { SignatureFacts } from '../../../../src/signing/facts.ts';
import { inspectPdf, signPdf } from '../../../../src/signing/pdf/index.ts';
import { openPdf } from '../../../../src/signing/pdf/syntax/document.ts';
import {
  array,
  dict,
  isRef,
  name,
  type PdfDict,
  type PdfValue,
  ref,
  stream,
  withEntries,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { makePdf } from '../make-pdf.ts';
import { append, dictAt, passes } from './revisions-support.ts';

export type Changes = ReadonlyMap<number, PdfValue>;

export const cover = stream(
  { Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 595, 842) },
  Buffer.from('1 1 1 rg 0 0 595 842 re f BT /F 12 Tf (khac) Tj ET'),
);
export const forged = stream(
  { Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 595, 842) },
  Buffer.from('BT (9 000 000) Tj ET'),
);
export const honest = stream(
  { Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 595, 842) },
  Buffer.from('BT (1 000) Tj ET'),
);

/** Whether any signature of the file still passes: with a covered signature gone, that is no pass either. */
export async function stillPasses(pdf: Uint8Array): Promise<boolean> {
  let facts: readonly SignatureFacts[];
  try {
    facts = await inspectPdf(pdf);
  } catch {
    return false;
  }
  return facts.length > 0 && facts.every(passes);
}

export async function refused(pdf: Uint8Array): Promise<void> {
  expect(await stillPasses(pdf)).to.equal(false);
}

/** A signed file that passes to begin with. */
export async function sound(pdf: Uint8Array): Promise<Uint8Array> {
  expect(await stillPasses(pdf), 'the file before the attack').to.equal(true);
  return pdf;
}

/** Signs a file prepared with objects 100 and up, with one page that draws with the resources given. */
export async function prepared(
  extra: Changes,
  more: { page?: PdfDict; catalog?: Record<string, PdfValue> },
): Promise<Uint8Array> {
  const page = { ...(more.page === undefined ? {} : { page: more.page }) };
  const base = makePdf({
    extra: new Map([...extra, ...(page.page === undefined ? [] : [[10, page.page] as const])]),
    ...(more.catalog === undefined ? {} : { catalog: more.catalog }),
  });
  return sound(await signPdf(base, await signerOf('leader-ec'), { signingTime: TEST_NOW }));
}

/** A page that draws `/V Do` with the dictionary of XObjects that stands as object 110. */
export function pageDrawing(xobjects: number): PdfDict {
  return dict({
    Type: name('Page'),
    Parent: ref(2),
    MediaBox: array(0, 0, 595, 842),
    Contents: ref(4),
    Resources: dict({ XObject: ref(xobjects) }),
  });
}

export function raw(pdf: Uint8Array, update: string): Uint8Array {
  return new Uint8Array(Buffer.concat([pdf, Buffer.from(update, 'latin1')]));
}

export function startOf(pdf: Uint8Array): number {
  return openPdf(pdf).startXref;
}

/** An update that is only a cross-reference table with the lines given. */
export function tableOnly(pdf: Uint8Array, lines: string, more = ''): Uint8Array {
  const start = pdf.length;
  const size = Math.max(...openPdf(pdf).entries.keys()) + 1;
  return raw(
    pdf,
    `xref\n${lines}trailer\n<</Size ${size} /Root 1 0 R /Prev ${startOf(pdf)}${more}>>\nstartxref\n${start}\n%%EOF\n`,
  );
}

export function at(offset: number): string {
  return `${String(offset).padStart(10, '0')} 00000 n\r\n`;
}

/** An array with more items. */
export function grownBy(value: PdfValue | undefined, more: readonly PdfValue[]): PdfValue {
  const items = typeof value === 'object' && value?.kind === 'array' ? value.items : [];
  return array(...items, ...more);
}

/** Adds fields to the form and to the page. */
export function addFields(file: Uint8Array, fields: Changes, more: Changes = new Map()): Uint8Array {
  return append(file, (document) => {
    const root = dictAt(document, 1);
    const held = root.entries.get('AcroForm') ?? null;
    const form = isRef(held) ? dictAt(document, held.num) : (held as PdfDict);
    const numbers = [...fields.keys()].map((num) => ref(num));
    const grown = withEntries(form, { Fields: grownBy(form.entries.get('Fields'), numbers) });
    const page = dictAt(document, 10);
    return new Map<number, PdfValue>([
      ...fields,
      [10, withEntries(page, { Annots: grownBy(page.entries.get('Annots'), numbers) })],
      isRef(held) ? [held.num, grown] : [1, withEntries(root, { AcroForm: grown })],
      ...more,
    ]);
  });
}

/** An update written as given: objects, and the entries of its trailer but for /Prev. */
export function written(
  pdf: Uint8Array,
  objects: readonly (readonly [number, string])[],
  trailer: string,
): Uint8Array {
  let body = '';
  let rows = '';
  for (const [num, value] of objects) {
    rows += `${num} 1\n${at(pdf.length + body.length)}`;
    body += `${num} 0 obj\n${value}\nendobj\n`;
  }
  const start = pdf.length + body.length;
  const table = `xref\n${rows === '' ? '0 0\n' : rows}trailer\n<<${trailer} /Prev ${startOf(pdf)}>>`;
  return raw(pdf, `${body}${table}\nstartxref\n${start}\n%%EOF\n`);
}

/** Changes one object of a file. */
export function set(
  file: Uint8Array,
  num: number,
  entries: Record<string, PdfValue>,
  more: Changes = new Map(),
): Uint8Array {
  return append(file, (document) => new Map([[num, withEntries(dictAt(document, num), entries)], ...more]));
}
