/** What the benches hand in: a PDF of 10 KB, and the two kinds of request that carry it. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { DEMO } from '../src/gateway/demo/world.ts';
import { buildEdxml, type EdxmlDocument } from '../src/packages/index.ts';

/** A PDF of about 10 KB with a page of text; each call gives other bytes. */
export function smallPdf(): Buffer {
  const filler = randomBytes(4_600).toString('hex');
  const content = `BT /F1 12 Tf 72 720 Td (Van ban do kiem) Tj ET\n%${filler}\n`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}endstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((body, index) => {
    const at = out.length;
    out += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const xref = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

/** One request: path, media type and bytes. */
export interface BenchRequest {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const BOUNDARY = 'bench-5f0d6c1e7a';

/** `POST /api/v1/documents`: metadata and a PDF that the gateway signs and packs. */
export function documentRequest(pdf: Buffer, number: string): BenchRequest {
  const metadata = {
    from: DEMO.district.code,
    to: [DEMO.ministry.code],
    code: { codeNumber: number, codeNotation: 'B-DK' },
    place: 'Mẫu',
    promulgationDate: '2026-11-05',
    typeName: 'Công văn',
    subject: 'V/v đo kiểm',
    sign: [{ key: 'con-dau', profile: 'plain' }],
  };
  const part = (name: string, more: string): string =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const file = part('file', '; filename="van-ban.pdf"\r\nContent-Type: application/pdf');
  return {
    path: '/api/v1/documents',
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    body: Buffer.concat([
      Buffer.from(`${part('metadata', '')}${JSON.stringify(metadata)}\r\n${file}`, 'utf8'),
      pdf,
      Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
    ]),
  };
}

/** The number in a prepared package that {@link packageRequest} replaces; same length, so that nothing else moves. */
const PLACEHOLDER = '00000000';

/** A signed PDF in an edXML package, as an agency's own document system hands it in. */
export async function preparePackage(signedPdf: Uint8Array): Promise<Buffer> {
  const contentId = 'b6a0c1de-1f2a-4b3c-8d4e-5f6a7b8c9d02';
  const message: EdxmlDocument = {
    kind: 'document',
    from: { organId: DEMO.district.code, organName: DEMO.district.name },
    to: [{ organId: DEMO.ministry.code, organName: DEMO.ministry.name }],
    documentId: `${DEMO.district.code},2026/11/05,${PLACEHOLDER}/G-DK`,
    code: { codeNumber: PLACEHOLDER, codeNotation: 'G-DK' },
    promulgationInfo: { place: 'Mẫu', promulgationDate: '2026-11-05' },
    documentType: { type: 2, typeDetail: 0, typeName: 'Công văn' },
    subject: 'V/v đo kiểm',
    responseFor: [],
    traceHeaders: [{ organId: DEMO.district.code, timestamp: '2026-11-05T08:00:00+07:00' }],
    business: { businessDocType: 0, paper: 0 },
    attachments: [
      {
        contentId,
        name: 'van-ban.pdf',
        contentType: 'application/pdf',
        sha256: createHash('sha256').update(signedPdf).digest('hex'),
        sizeBytes: signedPdf.length,
        wasZipped: true,
      },
    ],
  };
  const chunks: Uint8Array[] = [];
  const source = { contentId, open: () => Readable.from([Buffer.from(signedPdf)]) };
  for await (const chunk of buildEdxml(message, [source])) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `POST /api/v1/packages` with a prepared package under another number of up to eight digits. */
export function packageRequest(prepared: Buffer, number: string): BenchRequest {
  const body = Buffer.from(prepared);
  const digits = number.padStart(PLACEHOLDER.length, '0');
  // The base64 of an attachment could hold eight zeros too: only what stands before it is a number.
  const end = body.indexOf('AttachmentEncoded');
  for (let at = body.indexOf(PLACEHOLDER); at !== -1 && at < end; at = body.indexOf(PLACEHOLDER, at + 1))
    body.write(digits, at, 'latin1');
  return { path: '/api/v1/packages', contentType: 'application/xml', body };
}
