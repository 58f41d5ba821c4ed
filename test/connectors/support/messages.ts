import { createHash } from 'node:crypto';
import { buildEdxml, type EdxmlDocument, type EdxmlStatus } from '../../../src/packages/index.ts';

export const MINISTRY = { organId: '000.00.00.G22', organName: 'Bộ Thử nghiệm' };
export const PROVINCE = { organId: '000.00.00.H41', organName: 'UBND tỉnh Thử nghiệm' };
export const DISTRICT = { organId: '000.00.01.H41', organName: 'Sở Thử nghiệm' };

/** A small document from MINISTRY to PROVINCE, to be changed by `more`. */
export function sampleDocument(more: Partial<EdxmlDocument> = {}): EdxmlDocument {
  return {
    kind: 'document',
    from: MINISTRY,
    to: [PROVINCE],
    documentId: '000.00.00.G22,2026/11/20,12/BTN-VP',
    code: { codeNumber: '12', codeNotation: 'BTN-VP' },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: '2026-11-20' },
    documentType: { type: 2, typeName: 'Công văn' },
    subject: 'V/v kết nối, liên thông văn bản',
    responseFor: [],
    traceHeaders: [{ organId: MINISTRY.organId, timestamp: '2026-11-20T08:00:00+07:00' }],
    business: { businessDocType: 0 },
    attachments: [],
    ...more,
  };
}

/** PROVINCE says `statusCode` about {@link sampleDocument}. */
export function sampleStatus(statusCode: string, more: Partial<EdxmlStatus> = {}): EdxmlStatus {
  return {
    kind: 'status',
    from: PROVINCE,
    responseFor: {
      organId: MINISTRY.organId,
      code: '12/BTN-VP',
      documentId: '000.00.00.G22,2026/11/20,12/BTN-VP',
      promulgationDate: '2026-11-20',
    },
    statusCode,
    description: 'Đã tiếp nhận',
    timestamp: '2026-11-20T09:00:00+07:00',
    ...more,
  };
}

/** A built package as clients want it. */
export interface BuiltPackage {
  bytes: Buffer;
  sha256: string;
  sizeBytes: number;
  body: () => AsyncIterable<Uint8Array>;
}

/** Builds the wire form, files attached under their names. */
export async function buildPackage(
  message: EdxmlDocument | EdxmlStatus,
  files: Record<string, Uint8Array> = {},
): Promise<BuiltPackage> {
  const entries = Object.entries(files).map(([name, bytes], at) => ({
    name,
    bytes,
    contentId: `tep-${at + 1}`,
  }));
  const attachments = entries.map(({ name, bytes, contentId }) => ({
    contentId,
    name,
    contentType: 'application/pdf',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    wasZipped: true,
  }));
  const full = message.kind === 'document' ? { ...message, attachments } : message;
  const sources = entries.map(({ contentId, bytes }) => ({ contentId, open: () => once(bytes) }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of buildEdxml(full, sources)) chunks.push(Uint8Array.from(chunk));
  return packageOf(Buffer.concat(chunks));
}

/** Any bytes as a package. */
export function packageOf(bytes: Buffer): BuiltPackage {
  return {
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    body: () => once(bytes),
  };
}

/** One chunk. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Everything a stream yields. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}
