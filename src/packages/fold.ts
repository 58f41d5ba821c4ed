/** Combining marks after NFD; Vietnamese has no other way to mark a letter but đ. */
const MARKS = /\p{M}+/gu;

/**
 * A text as it is searched and compared: no diacritics, `đ` as `d`, small letters, everything else than letters and digits one
 * space. `Lý lịch tư pháp` and `ly lich TU PHAP` fold to the same.
 */
export function foldVietnamese(text: string): string {
  return text
    .normalize('NFD')
    .replace(MARKS, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
