/** Why a delivery waits or stopped, in a clerk's words, and what to do about it: one row for every `reason_code`. */
import type { ConnectorErrorCode } from '../../connectors/index.ts';

interface Words {
  readonly vi: string;
  readonly en: string;
}

/** A reason of ours: what it says and what to do. */
export interface Reason extends Words {
  readonly act: Words;
}

/** Reasons that are no error of a counterparty. */
export const DELIVERY_REASONS = {
  GATEWAY_FAULT: {
    vi: 'Lỗi bên trong trục khi gửi.',
    en: 'A fault of ours while delivering.',
    act: {
      vi: 'Trục tự thử lại; nếu dừng hẳn, báo quản trị trục (nhật ký có nguyên nhân) rồi bấm Thử lại.',
      en: 'Tried again by itself; when it stopped, tell the operator (the log has the cause), then try again.',
    },
  },
  SIGNATURE_FAILED: {
    vi: 'Chữ ký của một tệp không hợp lệ; theo chính sách, văn bản chờ quyết định.',
    en: 'The signature of a file failed; by policy the document waits for a decision.',
    act: {
      vi: 'Người có thẩm quyền xem kết quả kiểm tra chữ ký; bấm Thử lại để cho qua, hoặc trả lại bằng trạng thái 02.',
      en: 'An officer reads the signature report, and tries again to pass it on, or returns it with status 02.',
    },
  },
  SIGNATURE_REFUSED: {
    vi: 'Chữ ký không đạt chính sách của cơ quan nhận; văn bản được trả lại bằng trạng thái 02.',
    en: "The signatures do not meet the recipient's policy; the document is returned with status 02.",
    act: {
      vi: 'Bên gửi xem lý do trong trạng thái 02, ký lại và gửi thành văn bản mới.',
      en: 'The sender reads the reason in status 02, signs again and sends it as a new document.',
    },
  },
  STATUS_FOR_UNKNOWN_DOCUMENT: {
    vi: 'Trạng thái nói về một văn bản chưa từng gửi qua trục.',
    en: 'A status about a document that was never sent through here.',
    act: {
      vi: 'Xem trạng thái đến từ đâu; bấm Thử lại để chuyển cho cơ quan nhận.',
      en: 'Look where it came from; try again to pass it on to the agency.',
    },
  },
  COUNTERPARTY_DOWN: {
    vi: 'Hệ thống bên kia đang không trả lời; trục tạm ngừng gửi tới đó và tự thử lại.',
    en: 'The other system does not answer; sending to it is paused and tried again by itself.',
    act: {
      vi: 'Không phải làm gì; nếu kéo dài, hỏi đơn vị vận hành hệ thống bên kia.',
      en: 'Nothing; when it lasts, ask those who run the other system.',
    },
  },
  COUNTERPARTY_MAINTENANCE: {
    vi: 'Quản trị trục đang tạm dừng gửi tới hệ thống này để bảo trì.',
    en: 'The operator has paused sending to this system for maintenance.',
    act: {
      vi: 'Không phải làm gì; văn bản đi tiếp ngay khi quản trị mở lại.',
      en: 'Nothing; it goes on as soon as the operator resumes the system.',
    },
  },
  STORE_AWAY: {
    vi: 'Kho đối tượng (S3) của trục đang không trả lời; việc gửi chờ và tự đi tiếp.',
    en: 'The object store (S3) of the gateway does not answer; sending waits and goes on by itself.',
    act: {
      vi: 'Không phải làm gì; quản trị trục xem kho đối tượng (lienthong doctor).',
      en: 'Nothing; the operator looks at the object store (lienthong doctor).',
    },
  },
  CONTENT_CHANGED: {
    vi: 'Nội dung đã lưu của gói tin bị thay đổi, không còn khớp mã băm; trục không gửi đi.',
    en: 'The stored bytes of the package were changed and no longer match their digest; they are not sent.',
    act: {
      vi: 'Quản trị khôi phục tệp từ bản sao lưu (hoặc phiên bản cũ trong kho đối tượng), tìm nguyên nhân, rồi bấm Thử lại.',
      en: 'The operator restores the file from the backup (or an older version in the bucket), finds the cause, then tries again.',
    },
  },
  CONTENT_MISSING: {
    vi: 'Không còn nội dung đã lưu của gói tin; trục không gửi được.',
    en: 'The stored bytes of the package are gone; it cannot be sent.',
    act: {
      vi: 'Quản trị khôi phục tệp từ bản sao lưu rồi bấm Thử lại.',
      en: 'The operator restores the file from the backup, then tries again.',
    },
  },
} as const satisfies Readonly<Record<string, Reason>>;

const WAIT: Words = {
  vi: 'Không phải làm gì: trục tự gửi lại. Nếu đã dừng hẳn, hỏi đơn vị vận hành hệ thống bên kia rồi bấm Thử lại.',
  en: 'Nothing: it is sent again by itself. When it stopped, ask those who run the other system, then try again.',
};
const NEW_DOCUMENT: Words = {
  vi: 'Sửa văn bản theo lý do bên kia nêu và gửi thành văn bản mới.',
  en: 'Correct the document as the other side says and send it as a new one.',
};
const DIRECTORY: Words = {
  vi: 'Quản trị kiểm tra mã cơ quan trong danh mục và hỏi đơn vị vận hành trục, rồi bấm Thử lại.',
  en: 'The operator checks the agency code in the directory and asks those who run the axis, then tries again.',
};

/** What to do about each failure of a counterparty. */
const CONNECTOR_ACTIONS: Readonly<Record<ConnectorErrorCode, Words>> = {
  CONNECTOR_UNREACHABLE: WAIT,
  CONNECTOR_TIMEOUT: WAIT,
  CONNECTOR_CANCELLED: WAIT,
  CONNECTOR_RATE_LIMITED: WAIT,
  CONNECTOR_REMOTE_FAULT: WAIT,
  CONNECTOR_BAD_ANSWER: WAIT,
  CONNECTOR_AUTH_FAILED: {
    vi: 'Quản trị kiểm tra tài khoản, khoá bí mật và đồng hồ máy chủ, rồi bấm Thử lại.',
    en: 'The operator checks account, secret and clock, then tries again.',
  },
  CONNECTOR_REFUSED: NEW_DOCUMENT,
  CONNECTOR_INVALID_DOCUMENT: NEW_DOCUMENT,
  CONNECTOR_RECIPIENT_UNKNOWN: DIRECTORY,
  CONNECTOR_RECIPIENT_LOCKED: DIRECTORY,
  CONNECTOR_SENDER_UNKNOWN: {
    vi: 'Quản trị đăng ký cơ quan gửi với trục bên kia, rồi bấm Thử lại.',
    en: 'The operator registers the sending agency on that axis, then tries again.',
  },
  CONNECTOR_NOT_FOUND: {
    vi: 'Quản trị đối chiếu với hệ thống bên kia, rồi bấm Thử lại.',
    en: 'The operator compares with the other system, then tries again.',
  },
  CONNECTOR_ALREADY_EXISTS: {
    vi: 'Bên kia đã có: bấm Thử lại để trục đối chiếu và ghi nhận.',
    en: 'The other side has it: try again, and it is looked up and recorded.',
  },
  CONNECTOR_TOO_LARGE: {
    vi: 'Chia nhỏ hoặc nén tệp đính kèm và gửi thành văn bản mới.',
    en: 'Split or shrink the attachments and send them as a new document.',
  },
  CONNECTOR_REDIRECTED: {
    vi: 'Quản trị sửa địa chỉ của hệ thống bên kia trong cấu hình, rồi bấm Thử lại.',
    en: "The operator corrects the other system's address in the settings, then tries again.",
  },
};

/** What a person does about a delivery with this `reason_code`. */
export function actionFor(code: string): Words {
  if (Object.hasOwn(DELIVERY_REASONS, code))
    return DELIVERY_REASONS[code as keyof typeof DELIVERY_REASONS].act;
  if (Object.hasOwn(CONNECTOR_ACTIONS, code)) return CONNECTOR_ACTIONS[code as ConnectorErrorCode];
  return DELIVERY_REASONS.GATEWAY_FAULT.act;
}
