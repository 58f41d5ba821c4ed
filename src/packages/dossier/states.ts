import type { Label } from '../edxml/code-tables.ts';

/** States of a one-stop dossier (`TrangThaiHoSo` of the National Public Service Portal). */
export type DossierState = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** Labels of the states, as the portal shows them. */
export const DOSSIER_STATES: Readonly<Record<DossierState, Label>> = {
  1: { vi: 'Mới đăng ký', en: 'Newly submitted' },
  2: { vi: 'Được tiếp nhận', en: 'Accepted' },
  3: { vi: 'Không được tiếp nhận', en: 'Not accepted' },
  4: { vi: 'Đang xử lý', en: 'Being processed' },
  5: { vi: 'Yêu cầu bổ sung giấy tờ', en: 'More papers asked for' },
  6: { vi: 'Yêu cầu thực hiện nghĩa vụ tài chính', en: 'Payment asked for' },
  7: { vi: 'Công dân yêu cầu rút hồ sơ', en: 'Applicant asks to withdraw' },
  8: { vi: 'Dừng xử lý', en: 'Stopped' },
  9: { vi: 'Đã xử lý xong', en: 'Finished' },
  10: { vi: 'Đã trả kết quả', en: 'Result handed over' },
};

/**
 * What may follow what. 3 and 10 are final. A step of processing (4) may be told again by the next unit. A withdrawal
 * (7) ends in a stop or is turned down; what was stopped or finished can only be handed over. Never from 3, 5, 6 or 8
 * straight to 9: some vendors report them as finished in bulk, which hides them from the statistics.
 */
const MOVES: Readonly<Record<DossierState | 0, readonly DossierState[]>> = {
  0: [1, 2],
  1: [2, 3, 5, 6, 7],
  2: [4, 5, 6, 7, 8, 9],
  3: [],
  4: [4, 5, 6, 7, 8, 9],
  5: [2, 3, 4, 6, 7, 8],
  6: [2, 4, 5, 7, 8],
  7: [4, 8],
  8: [10],
  9: [10],
  10: [],
};

/** True for a number of {@link DOSSIER_STATES}. */
export function isDossierState(state: unknown): state is DossierState {
  return typeof state === 'number' && Object.hasOwn(DOSSIER_STATES, state);
}

/** May a dossier in state `from` (undefined: not known yet) go to state `to`? */
export function isDossierMoveAllowed(from: number | undefined, to: number): boolean {
  if (!isDossierState(to) || (from !== undefined && !isDossierState(from))) return false;
  return MOVES[from ?? 0].includes(to);
}
