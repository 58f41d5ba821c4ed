import type { StatusCode } from './types.ts';

/** A label in both languages. */
export interface Label {
  vi: string;
  en: string;
}

/** What a receiver can say of a document (13: what its sender asks). QĐ 28/2018/QĐ-TTg; official sample messages. */
export const STATUS_CODES: Readonly<Record<StatusCode, Label>> = {
  '01': { vi: 'Đã đến', en: 'Arrived, not yet looked at' },
  '02': { vi: 'Từ chối tiếp nhận', en: 'Refused and returned' },
  '03': { vi: 'Đã tiếp nhận', en: 'Accepted and registered' },
  '04': { vi: 'Phân công xử lý', en: 'Assigned' },
  '05': { vi: 'Đang xử lý', en: 'Being processed' },
  '06': { vi: 'Hoàn thành', en: 'Finished' },
  '13': { vi: 'Bên gửi yêu cầu lấy lại', en: 'Sender asks to take back, update or replace' },
  '15': { vi: 'Bên nhận đồng ý lấy lại, cập nhật', en: 'Receiver agrees to the request' },
  '16': { vi: 'Bên nhận từ chối lấy lại, cập nhật', en: 'Receiver refuses the request' },
};

/** True for a code of {@link STATUS_CODES}. */
export function isStatusCode(text: string): text is StatusCode {
  return Object.hasOwn(STATUS_CODES, text);
}

/** `OtherInfo.Priority`. Urgent lanes start at 1. The numbers' labels are those of a production system's table. */
export const PRIORITIES: Readonly<Record<number, Label>> = {
  0: { vi: 'Thường', en: 'Normal' },
  1: { vi: 'Khẩn', en: 'Urgent' },
  2: { vi: 'Thượng khẩn', en: 'Very urgent' },
  3: { vi: 'Hỏa tốc', en: 'Express' },
  4: { vi: 'Hỏa tốc hẹn giờ', en: 'Express, at a set hour' },
};

/** `BussinessDocType`. QCVN 102 clause 2.2.1. */
export const BUSINESS_DOC_TYPES: Readonly<Record<number, Label>> = {
  0: { vi: 'Văn bản mới', en: 'New document' },
  1: { vi: 'Thu hồi văn bản', en: 'Recall' },
  2: { vi: 'Cập nhật văn bản', en: 'Update' },
  3: { vi: 'Thay thế văn bản', en: 'Replacement' },
};

/**
 * What may follow. Steps may be skipped forward (small offices register and finish at once), never taken back; assigning
 * and progress may be told again; a request (13) is answered before anything else; an answered request leaves the
 * document where it was, so processing goes on.
 */
const STATUS_MOVES: Readonly<Record<StatusCode | 'none', readonly StatusCode[]>> = {
  none: ['01', '02', '03'],
  '01': ['02', '03', '04', '05', '06', '13'],
  '02': [],
  '03': ['04', '05', '06', '13'],
  '04': ['04', '05', '06', '13'],
  '05': ['05', '06', '13'],
  '06': ['13'],
  '13': ['15', '16'],
  '15': ['03', '04', '05', '06', '13'],
  '16': ['03', '04', '05', '06', '13'],
};

/**
 * Does `to`, heard of a document whose last known status is `from` (undefined: none), say more than that? As
 * {@link isStatusMoveAllowed}, but words get lost and overtake each other on the way: of a document nothing was heard of yet, work
 * that has begun or ended is news.
 */
export function isStatusNews(from: string | undefined, to: string): boolean {
  return (
    isStatusMoveAllowed(from, to) || (from === undefined && isStatusMoveAllowed('03', to) && to !== '13')
  );
}

/** May a document whose last status is `from` (undefined: none yet) get status `to`? QĐ 28/2018/QĐ-TTg. */
export function isStatusMoveAllowed(from: string | undefined, to: string): boolean {
  if (!isStatusCode(to) || (from !== undefined && !isStatusCode(from))) return false;
  return STATUS_MOVES[from ?? 'none'].includes(to);
}
