import { buildCms } from '../../../../src/signing/cms/index.ts';
import type { SignatureFacts } from '../../../../src/signing/facts.ts';
import { inspectPdf, signPdf } from '../../../../src/signing/pdf/index.ts';
import { getObject, openPdf, type PdfDocument } from '../../../../src/signing/pdf/syntax/document.ts';
import {
  array,
  dict,
  isDict,
  name,
  type PdfDict,
  type PdfValue,
  ref,
  stream,
  text,
  withEntries,
} from '../../../../src/signing/pdf/syntax/values.ts';
import { buildUpdate, nextObjectNumber } from '../../../../src/signing/pdf/syntax/write.ts';
import { fillContainer } from '../../../../src/signing/pdf/update/container.ts';
import { signerOf, TEST_NOW } from '../../test-pki/shared.ts';
import { makePdf } from '../make-pdf.ts';

export function passes(facts: SignatureFacts): boolean {
  return facts.formatFaults.length === 0 && facts.digestsMatch === true && facts.signatureValid === true;
}

export function dictAt(document: PdfDocument, num: number): PdfDict {
  const value = getObject(document, num);
  if (!isDict(value)) throw new TypeError(`object ${num} is no dictionary`);
  return value;
}

/** Appends a revision with the objects changed. */
export function append(
  pdf: Uint8Array,
  change: (document: PdfDocument, next: number) => ReadonlyMap<number, PdfValue>,
): Uint8Array {
  const document = openPdf(pdf);
  return new Uint8Array(
    Buffer.concat([pdf, buildUpdate(document, change(document, nextObjectNumber(document))).bytes]),
  );
}

/** A certification signature with the DocMDP level given, made directly over the container. */
export async function certify(pdf: Uint8Array, level: 1 | 2 | 3): Promise<Uint8Array> {
  const document = openPdf(pdf);
  const next = nextObjectNumber(document);
  const parameters = dict({ Type: name('TransformParams'), P: level, V: name('1.2') });
  const reference = dict({
    Type: name('SigRef'),
    TransformMethod: name('DocMDP'),
    TransformParams: parameters,
  });
  const signature = dict({
    Type: name('Sig'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.CAdES.detached'),
    Reference: array(reference),
  });
  const field = dict({
    Type: name('Annot'),
    Subtype: name('Widget'),
    FT: name('Sig'),
    T: text('Cert'),
    V: ref(next),
    Rect: array(0, 0, 0, 0),
    P: ref(10),
    F: 132,
  });
  const form = dict({ Fields: array(ref(next + 1)), SigFlags: 3 });
  const changes = new Map<number, PdfValue>([
    [next, signature],
    [next + 1, field],
    [10, withEntries(dictAt(document, 10), { Annots: array(ref(next + 1)) })],
    [1, withEntries(dictAt(document, 1), { AcroForm: form, Perms: dict({ DocMDP: ref(next) }) })],
  ]);
  const signer = await signerOf('leader-ec');
  const update = await fillContainer(document, changes, next, 8_192, (content) =>
    buildCms(signer, { content }),
  );
  return new Uint8Array(Buffer.concat([pdf, update]));
}

export async function signed(options: Parameters<typeof makePdf>[0] = {}): Promise<Uint8Array> {
  return signPdf(makePdf(options), await signerOf('leader-ec'), { signingTime: TEST_NOW });
}

export async function first(pdf: Uint8Array): Promise<SignatureFacts> {
  const [facts] = await inspectPdf(pdf);
  if (facts === undefined) throw new TypeError('no signature');
  return facts;
}

export function summary(facts: SignatureFacts): { passes: boolean; changes: string[] } {
  return {
    passes: passes(facts),
    changes: facts.changesAfterSigning.map(
      (change) => `${change.allowed ? 'allowed' : 'refused'} ${change.kind}`,
    ),
  };
}

export const note = dict({
  Type: name('Annot'),
  Subtype: name('Text'),
  Rect: array(10, 10, 30, 30),
  Contents: text('ghi chú'),
});

export function addNote(pdf: Uint8Array): Uint8Array {
  return append(pdf, (document, next) => {
    const page = dictAt(document, 10);
    const annotations = page.entries.get('Annots');
    const items = typeof annotations === 'object' && annotations?.kind === 'array' ? annotations.items : [];
    return new Map<number, PdfValue>([
      [next, note],
      [10, withEntries(page, { Annots: array(...items, ref(next)) })],
    ]);
  });
}

export const textField = dict({
  Type: name('Annot'),
  Subtype: name('Widget'),
  FT: name('Tx'),
  T: text('Ho ten'),
  V: text('An'),
  Rect: array(50, 50, 200, 70),
  P: ref(10),
  AP: dict({ N: ref(101) }),
});
export const appearance = stream(
  { Type: name('XObject'), Subtype: name('Form'), BBox: array(0, 0, 150, 20) },
  Buffer.from('BT (An) Tj ET'),
);
export const withForm = {
  catalog: { AcroForm: dict({ Fields: array(ref(100)) }) },
  extra: new Map<number, PdfValue>([
    [100, textField],
    [101, appearance],
  ]),
};
