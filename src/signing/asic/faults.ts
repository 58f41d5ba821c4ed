/** Sentences about containers, in both languages. */
import type { Message } from '../facts.ts';

const TEXT = {
  ASIC_FILE_MISSING: ['Tệp được ký không có trong gói.', 'A signed file is not in the container.'],
  ASIC_MANIFEST_MISSING: ['Không có bản kê cho chữ ký.', 'There is no manifest for the signature.'],
  ASIC_NOTHING_SIGNED: [
    'Chữ ký trong gói không bao phủ tệp nào của gói.',
    'The signature in the container covers no file of it.',
  ],
  ASIC_FILE_NOT_SIGNED: [
    'Gói có tệp không được chữ ký này bao phủ.',
    'The container has a file this signature does not cover.',
  ],
  ASIC_FILE_CHANGED: [
    'Tệp trong gói đã bị thay đổi sau khi ký.',
    'A file of the container was changed after signing.',
  ],
  ASIC_LISTED_FILE_MISSING: [
    'Bản kê của gói nêu tệp không có trong gói.',
    'The container’s list names a file that is not there.',
  ],
  ASIC_LISTED_FILE_NOT_SIGNED: [
    'Bản kê của gói nêu tệp không chữ ký nào bao phủ.',
    'The container’s list names a file that no signature covers.',
  ],
  ASIC_FILE_NOT_LISTED: [
    'Gói có tệp không nằm trong bản kê của gói và không chữ ký nào bao phủ.',
    'The container has a file that neither its list names nor any signature covers.',
  ],
  ASIC_EVIDENCE_RECORD: [
    'Gói có hồ sơ bằng chứng lưu trữ hoặc dấu thời gian cho bản kê; phần mềm chưa dùng làm chứng cứ thời gian.',
    'The container has an evidence record or a time-stamp over a manifest; it is not used as a proof of time.',
  ],
  ASIC_ARCHIVE_CONTRADICTED: [
    'Bản kê lưu trữ không khớp với tệp trong gói; dấu thời gian trên bản kê không được dùng cho chữ ký này.',
    'An archive manifest disagrees with a file of the container; the time-stamp over it is not used for this signature.',
  ],
  ASIC_SIGNATURE_UNREADABLE: [
    'Tệp chữ ký trong gói không đọc được.',
    'A signature file of the container cannot be read.',
  ],
  ASIC_MEDIA_TYPE_DIFFERS: [
    'Bản kê của gói và chữ ký nêu hai loại tệp khác nhau.',
    'The container’s list and the signature state different media types for a file.',
  ],
  ASIC_TIMESTAMP_FOREIGN: [
    'Dấu thời gian chữ ký không phải của chữ ký này.',
    'The signature time-stamp was not made over this signature.',
  ],
  ASIC_TIMESTAMP_REPEATED: [
    'Một thuộc tính SignatureTimeStamp mang nhiều dấu thời gian.',
    'One SignatureTimeStamp property holds several tokens.',
  ],
  ASIC_TIMESTAMP_OUTSIDE_VALIDITY: [
    'Chữ ký được đóng dấu thời gian ngoài thời hạn của chứng thư số.',
    'The signature was time-stamped outside the validity of the signer’s certificate.',
  ],
  ASIC_REVOCATION_VALUE_UNREADABLE: [
    'Dữ liệu thu hồi kèm theo chữ ký không đọc được.',
    'Revocation data kept with the signature cannot be read.',
  ],
  ASIC_CONTAINER_UNREADABLE: [
    'Gói chữ ký bị hỏng hoặc không hợp lệ.',
    'The container is damaged or not one.',
  ],
} as const satisfies Record<string, readonly [vi: string, en: string]>;

/** A sentence about a container; `detail` names the file or value. */
export function asicMessage(code: keyof typeof TEXT, level: Message['level'], detail: string): Message {
  const [vi, en] = TEXT[code];
  return { code, level, vi: `${vi} (${detail})`, en: `${en} (${detail})` };
}
