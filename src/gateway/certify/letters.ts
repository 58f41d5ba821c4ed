/** What the partner agency of a certification sends: invented, and saying so. */
import { createHash, randomUUID } from 'node:crypto';
import {
  type AttachmentSource,
  buildEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
  formatVietnamTime,
} from '../../packages/index.ts';

/** An agency of the session. */
export interface Party {
  readonly code: string;
  readonly name: string;
}

/** A package ready to go. */
export interface Letter {
  readonly message: EdxmlMessage;
  readonly bytes: Buffer;
  readonly sha256: string;
}

const NOTE = 'Nội dung thử, không có giá trị / test content without any force\n';

function documentOf(from: Party, to: Party, number: number, subject: string, at: Date): EdxmlDocument {
  const day = formatVietnamTime(at).slice(0, 10);
  const notation = `THU-${randomUUID().slice(0, 4).toUpperCase()}`;
  return {
    kind: 'document',
    from: { organId: from.code, organName: from.name },
    to: [{ organId: to.code, organName: to.name }],
    documentId: `${from.code},${day.replaceAll('-', '/')},${number}/${notation}`,
    code: { codeNumber: String(number), codeNotation: notation },
    promulgationInfo: { place: 'Hà Nội', promulgationDate: day },
    documentType: { type: 2, typeName: 'Công văn' },
    subject,
    signerInfo: { competence: 'TL. CHỦ TỊCH', position: 'Chánh Văn phòng', fullName: 'Người Ký Thử' },
    responseFor: [],
    traceHeaders: [{ organId: from.code, timestamp: formatVietnamTime(at) }],
    business: { businessDocType: 0, businessDocReason: 'Văn bản điện tử mới' },
    attachments: [],
  };
}

async function packed(
  message: EdxmlMessage,
  files: readonly { name: string; zip: boolean }[],
  order: 'vxp' | 'qcvn',
): Promise<Letter> {
  const content = Buffer.from(NOTE, 'utf8');
  const attachments = files.map(({ name, zip }) => ({
    contentId: randomUUID(),
    name,
    contentType: 'text/plain',
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: content.length,
    wasZipped: zip,
  }));
  const sources: AttachmentSource[] = attachments.map(({ contentId, wasZipped }) => ({
    contentId,
    zip: wasZipped,
    open: async function* open() {
      yield content;
    },
  }));
  const whole = message.kind === 'document' ? { ...message, attachments } : message;
  const parts: Uint8Array[] = [];
  for await (const part of buildEdxml(whole, sources, { order })) parts.push(part);
  const bytes = Buffer.concat(parts);
  return { message: whole, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * The two documents every client gets: one as the axis' own library writes it (files zipped), one as .NET systems do (order
 * of the standard, file as it is, urgent).
 */
export async function firstLetters(from: Party, to: Party, at: Date): Promise<Letter[]> {
  const plain = documentOf(from, to, 101, 'V/v thử kết nối: hai tệp nén', at);
  const urgent = documentOf(from, to, 102, 'V/v thử kết nối: văn bản khẩn, tệp không nén', at);
  return [
    await packed(
      plain,
      [
        { name: 'công văn.txt', zip: true },
        { name: 'phụ lục 1.txt', zip: true },
      ],
      'vxp',
    ),
    await packed({ ...urgent, otherInfo: { priority: 1 } }, [{ name: 'khan.txt', zip: false }], 'qcvn'),
  ];
}

/** Asks `document` back. */
export function recallOf(document: EdxmlDocument, at: Date): Promise<Letter> {
  const { signerInfo: _, ...rest } = document;
  const message: EdxmlDocument = {
    ...rest,
    traceHeaders: [{ organId: document.from.organId, timestamp: formatVietnamTime(at) }],
    business: {
      documentId: document.documentId,
      businessDocType: 1,
      businessDocReason: 'Thử thu hồi văn bản',
    },
    attachments: [],
  };
  return packed(message, [], 'vxp');
}

/** The partner's answer to a document of the client. */
export function answerTo(
  document: EdxmlDocument,
  from: Party,
  statusCode: '01' | '03',
  at: Date,
): Promise<Letter> {
  const { codeNumber, codeNotation } = document.code;
  const message: EdxmlStatus = {
    kind: 'status',
    from: { organId: from.code, organName: from.name },
    responseFor: {
      organId: document.from.organId,
      code: `${codeNumber}/${codeNotation}`,
      documentId: document.documentId,
      promulgationDate: document.promulgationInfo.promulgationDate,
    },
    statusCode,
    description: statusCode === '01' ? 'Đã đến (thử)' : 'Đã tiếp nhận (thử)',
    timestamp: formatVietnamTime(at),
  };
  return packed(message, [], 'vxp');
}
