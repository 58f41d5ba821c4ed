import { createHash } from 'node:crypto';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
  formatVietnamTime,
  parseEdxml,
} from '../../../packages/index.ts';

/** A package read whole: its message, its files, and the digest of the bytes as they came. */
export interface ReadPackage {
  message: EdxmlMessage;
  files: { name: string; bytes: Uint8Array }[];
  sha256: string;
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_ALL_FILES_BYTES = 256 * 1024 * 1024;

/** Reads a package with its files into memory, as a small document system would. Throws PackageError. */
export async function readPackage(source: AsyncIterable<Uint8Array>): Promise<ReadPackage> {
  const hash = createHash('sha256');
  const files: ReadPackage['files'] = [];
  async function* hashed() {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const limits = { maxAttachmentBytes: MAX_FILE_BYTES, maxTotalAttachmentBytes: MAX_ALL_FILES_BYTES };
  const { message } = await parseEdxml(hashed(), {
    limits,
    openAttachment: () => {
      const chunks: Uint8Array[] = [];
      return {
        write: (chunk) => void chunks.push(Uint8Array.from(chunk)),
        end: ({ name }) => void files.push({ name, bytes: Buffer.concat(chunks) }),
        abort: () => {},
      };
    },
  });
  return { message, files, sha256: hash.digest('hex') };
}

/** Words of QĐ 28/2018 a document system writes with each status. */
const DESCRIPTIONS: Record<string, string> = {
  '01': 'Đã đến: phần mềm quản lý văn bản đã nhận',
  '02': 'Từ chối tiếp nhận: chữ ký số trên văn bản không hợp lệ',
  '03': 'Đã tiếp nhận, vào sổ văn bản đến',
  '04': 'Đã phân công xử lý',
  '05': 'Đang xử lý',
  '06': 'Đã hoàn thành',
  '15': 'Đồng ý cho lấy lại hoặc cập nhật',
  '16': 'Từ chối cho lấy lại hoặc cập nhật',
};

/** The status message an agency answers a document with, as wire bytes. */
export async function buildStatus(
  document: EdxmlDocument,
  statusCode: string,
  from: { organId: string; organName: string },
  at: Date,
): Promise<{ bytes: Uint8Array; sha256: string; from: string }> {
  const status: EdxmlStatus = {
    kind: 'status',
    from,
    responseFor: {
      organId: document.from.organId,
      code: `${document.code.codeNumber}/${document.code.codeNotation}`,
      documentId: document.documentId,
      promulgationDate: document.promulgationInfo.promulgationDate,
    },
    statusCode,
    description: DESCRIPTIONS[statusCode] ?? statusCode,
    timestamp: formatVietnamTime(at),
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of buildEdxml(status)) chunks.push(Uint8Array.from(chunk));
  const bytes = Buffer.concat(chunks);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), from: from.organId };
}
