import { buildEdxml, type EdxmlDocument } from '../../../../src/packages/index.ts';
import { collect } from '../bytes.ts';
import { describe, packageWithContent, sourceOf } from '../package.ts';
import { sampleDocument, sampleStatus } from '../samples.ts';
import { makeZip } from '../zip.ts';

/** Sound packages to start from: both orders, every kind of message, with and without files. Invented. */
export async function mutantSamples(): Promise<string[]> {
  const files = [Buffer.from('%PDF-1.4 một'), Buffer.from('hai')];
  const attachments = files.map((bytes, at) => describe(`f${at + 1}`, `tệp ${at + 1}.pdf`, bytes, at === 0));
  const sources = files.map((bytes, at) => sourceOf(`f${at + 1}`, bytes));
  const document: EdxmlDocument = { ...sampleDocument(), attachments };
  const replacement: EdxmlDocument = {
    ...document,
    business: {
      businessDocType: 3,
      businessDocReason: 'Thay thế',
      replacementInfoList: [
        { documentId: '000.00.00.H53,2026/10/01,1/UBND-NC', organIdList: ['000.00.13.H53'] },
      ],
    },
  };
  const update: EdxmlDocument = {
    ...document,
    business: {
      businessDocType: 2,
      businessDocReason: 'Cập nhật',
      documentId: '000.00.00.H53,2026/10/01,1/UBND-NC',
      businessDocumentInfo: {
        documentInfo: 1,
        documentReceiver: 1,
        receiverList: [{ organId: 'H56.14', receiverType: 0 }],
      },
    },
  };
  const built = await Promise.all([
    collect(buildEdxml(document, sources)),
    collect(buildEdxml(document, sources, { order: 'qcvn' })),
    collect(buildEdxml(replacement, sources)),
    collect(buildEdxml(update, sources, { order: 'qcvn' })),
    collect(buildEdxml(sampleStatus())),
  ]);
  const zip = makeZip([
    { name: '7091b48b-9e89-4b11-bdb8-4265d0200f0e.pdf', data: Buffer.from('%PDF-1.4 ba') },
  ]);
  return [...built.map((bytes) => bytes.toString('utf8')), await packageWithContent(zip.toString('base64'))];
}
