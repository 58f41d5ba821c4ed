/** Small messages of our own making between the agencies of the test world. */
import { createHash } from 'node:crypto';
import { buildEdxml, type EdxmlDocument, type EdxmlStatus } from '../../../src/packages/index.ts';

/** Agencies of the test world; all invented. */
export const AGENCY = {
  district: { code: '000.00.32.H99', name: 'Ủy ban nhân dân huyện Mẫu' },
  commune: { code: '000.21.32.H99', name: 'Ủy ban nhân dân phường Mẫu', other: 'H99.32.21' },
  department: { code: '000.00.13.H99', name: 'Sở Nội vụ tỉnh Thử Nghiệm' },
  ministry: { code: '000.00.00.G98', name: 'Văn phòng Bộ Thử Nghiệm' },
  locked: { code: '000.00.14.H99', name: 'Sở bị khoá' },
  centre: '00.99.W00',
} as const;

/** A file attached to a message. */
export interface TestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What most messages carry. */
export const ATTACHED: readonly TestFile[] = [{ name: 'cong-van.txt', bytes: Buffer.from('nội dung') }];

let running = 0;

/** A number no other document of this run has. */
export function nextNumber(): string {
  running += 1;
  return String(running);
}

/** A document from the district to `to`. */
export function letter(to: readonly string[], more: Partial<EdxmlDocument> = {}): EdxmlDocument {
  const number = nextNumber();
  return {
    kind: 'document',
    from: { organId: AGENCY.district.code, organName: AGENCY.district.name },
    to: to.map((code) => ({ organId: code, organName: `Cơ quan ${code}` })),
    documentId: `${AGENCY.district.code},2026/11/20,${number}/UBND-VP`,
    code: { codeNumber: number, codeNotation: 'UBND-VP' },
    promulgationInfo: { place: 'Mẫu', promulgationDate: '2026-11-20' },
    documentType: { type: 2, typeName: 'Công văn' },
    subject: `V/v thử nghiệm số ${number}`,
    responseFor: [],
    traceHeaders: [{ organId: AGENCY.district.code, timestamp: '2026-11-20T08:00:00+07:00' }],
    business: { businessDocType: 0 },
    attachments: [],
    ...more,
  };
}

/** What `from` says about `document`. */
export function statusOn(
  document: EdxmlDocument,
  from: { code: string; name: string },
  statusCode: string,
  more: Partial<EdxmlStatus> = {},
): EdxmlStatus {
  return {
    kind: 'status',
    from: { organId: from.code, organName: from.name },
    responseFor: {
      organId: document.from.organId,
      code: `${document.code.codeNumber}/${document.code.codeNotation}`,
      documentId: document.documentId,
      promulgationDate: document.promulgationInfo.promulgationDate,
    },
    statusCode,
    description: 'Đã ghi nhận',
    timestamp: '2026-11-20T09:00:00+07:00',
    ...more,
  };
}

/** The wire form. */
export async function wire(
  message: EdxmlDocument | EdxmlStatus,
  files: readonly TestFile[] = [],
): Promise<Buffer> {
  const attachments = files.map(({ name, bytes }, at) => ({
    contentId: `tep-${at + 1}`,
    name,
    contentType: 'application/octet-stream',
    sha256: sha256(bytes),
    sizeBytes: bytes.length,
    wasZipped: true,
  }));
  const sources = files.map(({ bytes }, at) => ({ contentId: `tep-${at + 1}`, open: () => once(bytes) }));
  const whole = message.kind === 'document' ? { ...message, attachments } : message;
  const chunks: Uint8Array[] = [];
  for await (const chunk of buildEdxml(whole, sources)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
