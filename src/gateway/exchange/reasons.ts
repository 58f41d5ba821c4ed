/** Why a delivery waits or stopped, in a clerk's words, and what to do about it: one row for every `reason_code`. */
import { CONNECTOR_ERRORS, type ConnectorErrorCode } from '../../connectors/index.ts';
import type { ExchangeErrorCode } from './errors.ts';

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
  SYSTEM_NOT_CONFIGURED: {
    vi: 'Cơ quan nhận đi qua một hệ thống chưa được cấu hình, hoặc đã bị gỡ khỏi cấu hình.',
    en: 'The recipient is behind a system that is not configured, or was taken out of the settings.',
    act: {
      vi: 'Quản trị cấu hình hệ thống đó rồi khởi động lại trục, hoặc sửa danh mục cho cơ quan đi qua hệ thống khác; sau đó bấm Thử lại.',
      en: 'The operator configures that system and restarts the gateway, or lets the directory say another one, then tries again.',
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
  OUTCOME_UNCLEAR: {
    vi: 'Lần gửi trước đứt giữa chừng; trục đã hỏi, bên kia chưa có, và chờ thêm rồi hỏi lại để không gửi trùng.',
    en: 'The attempt before broke off; the other side was asked and does not have it yet, and is asked again later so that nothing is sent twice.',
    act: {
      vi: 'Không phải làm gì: trục tự hỏi lại, rồi ghi nhận hoặc gửi lại.',
      en: 'Nothing: it asks again by itself, then records it or sends it again.',
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

/** Why something from outside was kept and not passed on: what `acceptEdxml` refuses. A new code of the exchange needs words, or a place here. */
type ArrivalCode = Exclude<
  ExchangeErrorCode,
  | 'IDEMPOTENCY_CONFLICT'
  | 'DELIVERY_UNKNOWN'
  | 'DOCUMENT_WITHDRAWN'
  | 'CONTENT_EXPIRED'
  | 'RECALL_NOT_POSSIBLE'
  | `DOSSIER_${string}`
  | `BRIDGE_${string}`
  | 'KEY_UNKNOWN'
  | 'SIGNER_MISMATCH'
>;

/** An arrival is kept as it came; its sender's axis was told `fail`, so a corrected one comes as a new arrival. */
export const ARRIVAL_REASONS: Readonly<Record<ArrivalCode, Reason>> = {
  PACKAGE_INVALID: {
    vi: 'Gói tin từ bên ngoài không đọc được hoặc thiếu thông tin để chuyển.',
    en: 'A package from outside cannot be read, or lacks what is needed to pass it on.',
    act: {
      vi: 'Tải gói tin, gửi các lỗi nêu trên cho nơi gửi và đề nghị gửi lại; bản gửi lại được nhận như mới.',
      en: 'Download it, tell its sender the faults above and ask for it again; what is sent again is taken as new.',
    },
  },
  PACKAGE_TOO_LARGE: {
    vi: 'Gói tin từ bên ngoài vượt dung lượng cho phép; nội dung còn ở hệ thống gửi.',
    en: 'A package from outside is over the size limit; its content is still with the other system.',
    act: {
      vi: 'Quản trị nâng LIENTHONG_MAX_PACKAGE_BYTES nếu văn bản là thật, rồi đề nghị nơi gửi gửi lại; hoặc đề nghị chia nhỏ.',
      en: 'When it is a true document, the operator raises LIENTHONG_MAX_PACKAGE_BYTES and its sender sends again; or sends it in parts.',
    },
  },
  SENDER_NOT_ALLOWED: {
    vi: 'Hệ thống gửi thay cho cơ quan mà nó không được gửi thay.',
    en: 'A system sent in the name of an agency it does not speak for.',
    act: {
      vi: 'Quản trị kiểm tra cơ quan gửi thuộc hệ thống nào trong danh mục; nếu đúng, bổ sung rồi đề nghị gửi lại.',
      en: 'The operator looks in the directory which system the sender belongs to; when it is right, adds it and asks for it again.',
    },
  },
  RECIPIENT_UNKNOWN: {
    vi: 'Cơ quan nhận (hoặc cơ quan được trả lời) không có trong danh mục.',
    en: 'The recipient, or the agency answered, is not in the directory.',
    act: {
      vi: 'Quản trị đối chiếu mã cơ quan: còn thiếu thì bổ sung danh mục rồi đề nghị nơi gửi gửi lại; sai mã thì báo nơi gửi.',
      en: 'The operator compares the code: adds a missing agency and asks for it again, or tells the sender that the code is wrong.',
    },
  },
  SYSTEM_UNKNOWN: {
    vi: 'Cơ quan nhận nằm sau một hệ thống chưa được cấu hình.',
    en: 'The recipient is behind a system that is not configured.',
    act: {
      vi: 'Quản trị cấu hình hệ thống đó hoặc sửa danh mục (lienthong route explain), rồi đề nghị nơi gửi gửi lại.',
      en: 'The operator configures that system, or corrects the directory (lienthong route explain), then asks for it again.',
    },
  },
  DOCUMENT_CONFLICT: {
    vi: 'Văn bản cùng mã đã có với nội dung khác; bản đến sau được giữ riêng.',
    en: 'A document of the same identifier is here with other content; the later one is kept apart.',
    act: {
      vi: 'So hai bản; nếu bản sau đúng, đề nghị nơi gửi gửi dưới dạng cập nhật hoặc thay thế (BussinessDocType 2, 3).',
      en: 'Compare the two; when the later one is right, its sender sends it as an update or a replacement (BussinessDocType 2, 3).',
    },
  },
  HUB_LOOP: {
    vi: 'Gói tin đã đi qua trung tâm này rồi và quay lại.',
    en: 'The package has passed this centre before and came back.',
    act: {
      vi: 'Không gửi tiếp. Quản trị hỏi đơn vị vận hành trục vì sao mã nơi nhận được chuyển ngược về đây.',
      en: 'It goes no further. The operator asks those who run the axis why the recipient is routed back to here.',
    },
  },
  STATUS_NOT_ALLOWED: {
    vi: 'Trạng thái đến không phù hợp với văn bản.',
    en: 'A status that arrived does not fit its document.',
    act: {
      vi: 'Xem dòng thời gian của văn bản; báo nơi gửi trạng thái nếu sai.',
      en: "Look at the document's timeline; tell the status's sender when it is wrong.",
    },
  },
};

/** Every code a delivery can wait or stop with. */
export type ReasonCode = keyof typeof DELIVERY_REASONS | ConnectorErrorCode;

/** Every code a person can be shown, for tests and pages that must know them all. */
export const REASON_CODES: readonly string[] = [
  ...Object.keys(DELIVERY_REASONS),
  ...Object.keys(CONNECTOR_ERRORS),
  ...Object.keys(ARRIVAL_REASONS),
];

/** Those with words of their own. */
const OWN_REASONS: Readonly<Record<string, Reason>> = { ...ARRIVAL_REASONS, ...DELIVERY_REASONS };

/** What a code says in general, and what to do; a code from an older version says only that the operator has to look. */
export function reasonOf(code: string): Reason {
  if (Object.hasOwn(OWN_REASONS, code)) return OWN_REASONS[code] ?? DELIVERY_REASONS.GATEWAY_FAULT;
  if (!Object.hasOwn(CONNECTOR_ERRORS, code)) return DELIVERY_REASONS.GATEWAY_FAULT;
  const { vi, en } = CONNECTOR_ERRORS[code as ConnectorErrorCode];
  return { vi: `${vi}.`, en: `${en}.`, act: CONNECTOR_ACTIONS[code as ConnectorErrorCode] };
}

/** What a person does about a delivery with this `reason_code`. */
export function actionFor(code: string): Words {
  return reasonOf(code).act;
}
