import { isVietnameseSyllable } from '../proof/syllable.ts';
import type { OcrFields, OcrWord } from '../types.ts';
import { FORMER_PROVINCES, PROVINCES, SEATS } from './lists/places.ts';
import { toDigits } from './repair.ts';
import { asDoubtful, type FieldLine, fieldOf, isFilledIn, middle, stripMarks } from './text.ts';

const DATE =
  /ng[aàáảãạăâuùúủũụ]y[.,]?\s*(\S{1,3}(?:\s\S)?)\s*th[aáàảãạăâúu]ng[.,]?\s*(\S{1,3}(?:\s\S)?)\s*[nh][aăâắằ]m\s*(\S{4,5})/iu;

/** yyyy-MM-dd when the three parts make a real date between 1945 and 2100, else `null`. */
export function isoDate(day: string, month: string, year: string): string | null {
  return (
    checkedDate(day, month, year, (part) => part) ??
    checkedDate(day, month, year, (part) => part.replace(/[ÓóÔôGb]/g, '6').replace(/[$ÿşŠ]/g, '5'))
  );
}

/** `reread` offers the second choice for letters that stand for two digits, and for figures that hang below the line. */
function checkedDate(
  day: string,
  month: string,
  year: string,
  reread: (part: string) => string,
): string | null {
  const [d, m, y] = [day, month, year].map((part) =>
    Number(toDigits(reread(part.replace(/[\s.,;:]+/g, '')))),
  );
  if (d === undefined || m === undefined || y === undefined || ![d, m, y].every(Number.isInteger))
    return null;
  if (y < 1900 || y > 2100) return null;
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCFullYear() !== y || date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return null;
  return date.toISOString().slice(0, 10);
}

/** Date of a line of running text, `ngày 12 tháng 02 năm 2025`. */
export function dateIn(text: string): string | null {
  const match = DATE.exec(text);
  return match ? isoDate(match[1] as string, match[2] as string, match[3] as string) : null;
}

/** `Làm tại: Tân Lập, ngày …` on forms. */
const PLACE_LABEL = /^(làm tại|lập tại|tại)\s*:?\s*/iu;
/** A name of a place, perhaps after what kind it is; `Đăng ký lần đầu, ngày …` ends in a small letter. */
const PLACE =
  /^(?:(?:phường|xã|thị trấn|quận|huyện|thị xã|thành phố|tỉnh) )?\p{Lu}[^\s:]*(?:.*[\s'’.-][\p{Lu}\d][^\s:]*)?$/u;
/** `Ngày 05 tháng 3 năm 2026` alone: receipts and invoices name no place. Inside a text the line would go on. */
const DATE_ALONE =
  /^Ng[aàáảãạ]y[.,]?\s*\S{1,3}(?:\s\S)?\s*th[aáàảãạ]ng\s*\S{1,3}(?:\s\S)?\s*n[aăâắằ]m\s*\S{4}$/u;

/** Place and date of issue: `Hải Vân, ngày 17 tháng 4 năm 2025` standing alone (box 4), or the first date of minutes. */
export function findPlaceAndDate(
  lines: readonly FieldLine[],
  isMinutes: boolean,
): Pick<OcrFields, 'place' | 'promulgationDate'> {
  for (const [i, own] of lines.entries()) {
    const line = withMonth(withoutSpecks(withYear(own, lines[i + 1])));
    const match = DATE.exec(line.text);
    if (!match) continue;
    const alone = line.text.length - match.index - match[0].length <= 3;
    // What stands between the comma and "ngày" is part of a seal or a stroke: names of places have no comma.
    const before = (line.text.slice(0, match.index).split(',')[0] ?? '')
      .replace(PLACE_LABEL, '')
      // The same label misread: `Lùm tại: Liên Bạt`. No place has a colon.
      .replace(/^\p{L}{2,4} t\p{L}{1,2}:\s*/u, '')
      // `Ia Rtô`: no place begins with a small letter.
      .replace(/^la(?= \p{Lu})/u, 'Ia')
      .replace(/[\s,.;]+$/, '')
      // A comma read as a letter: `Huết ngày 15`.
      .replace(/\p{L}+$/u, (word) => (line.text.includes(',') ? word : withoutComma(word)));
    const isPlace =
      before.length >= 2 && before.length <= 40 && before.split(' ').length <= 6 && PLACE.test(before);
    if (!alone || !isPlace || middle(line) < 0.45) continue;
    const value = isoDate(match[1] as string, match[2] as string, match[3] as string);
    const split = line.words.findIndex((w) => /^ng[aàáảãạuùúủũụ]y/iu.test(w.text));
    const placeWords = line.words.slice(0, Math.max(0, split)).slice(-before.split(' ').length);
    return {
      place: fieldOf(repairPlace(before, placeWords), [line], placeWords),
      promulgationDate: value ? dateField(value, line, Math.max(0, split)) : null,
    };
  }
  const undated = lines.find((l) => middle(l) > 0.45 && !DATE.test(l.text) && isUndated(l, lines));
  if (undated) {
    const before = UNDATED.exec(undated.text)?.[1] as string;
    const words = undated.words.slice(0, before.split(' ').length);
    return { place: fieldOf(repairPlace(before, words), [undated], words), promulgationDate: null };
  }
  const opening = isMinutes
    ? lines.find((l) => /^(hom nay|vao hoi|hoi )/.test(l.key) && dateIn(l.text))
    : undefined;
  if (!opening && !isMinutes) {
    const alone = lines.filter((l) => DATE_ALONE.test(l.text) && dateIn(l.text) !== null);
    // Over the first of three who sign, when no other date stands alone.
    const dated = alone.find((l) => middle(l) > 0.45) ?? (alone.length === 1 ? alone[0] : undefined);
    return {
      place: null,
      promulgationDate: dated ? dateField(dateIn(dated.text) as string, dated, 0) : null,
    };
  }
  const value = opening ? dateIn(opening.text) : null;
  return { place: null, promulgationDate: opening && value ? fieldOf(value, [opening]) : null };
}

/** Confidence under which what stands between the parts of a date is a speck. */
const SPECK_CONFIDENCE = 0.1;

/** A line of place and date that is whole without what specks left in it: `tháng - 1i 11 năm`. */
function withoutSpecks(line: FieldLine): FieldLine {
  if (DATE.test(line.text) || !/, ?ng\S{1,2} .* \d{4}$/u.test(line.text)) return line;
  const words = line.words.filter(
    (w) => w.confidence >= SPECK_CONFIDENCE || /^\d{1,2}$|^\p{Lu}/u.test(w.text),
  );
  return { ...line, words, text: words.map((w) => w.text).join(' ') };
}

/** Day and month between `ngày` and `năm`, and `tháng` unread between the two: `ngày 25 3 năm 2024`. */
const NO_MONTH_LABEL = /(, ng[aàáảãạ]y \d{1,2}) (?:[^\p{L}\d\s]{1,2} )?(\d{1,2} n[aăâắằ]m \d{4})$/iu;

function withMonth(line: FieldLine): FieldLine {
  const text = line.text.replace(NO_MONTH_LABEL, '$1 tháng $2');
  return text === line.text ? line : { ...line, text };
}

/** A syllable whose last letter is none of its own. */
function withoutComma(word: string): string {
  const bare = word.slice(0, -1);
  return !isVietnameseSyllable(word) && isVietnameseSyllable(bare) ? bare : word;
}

/** A line that ends in `năm` with the year that did not fit into a narrow cell, centred under it. */
function withYear(line: FieldLine, next: FieldLine | undefined): FieldLine {
  const isYear = next !== undefined && next.page === line.page && /^(19|20)\d{2}$/.test(next.text);
  if (!isYear || !/ n[aăâắằ]m$/iu.test(line.text)) return line;
  if (Math.abs(middle(next) - middle(line)) > 0.02 || next.box[1] - line.box[3] > line.height) return line;
  return { ...line, text: `${line.text} ${next.text}`, words: [...line.words, ...next.words] };
}

/** `Hòa Lạc, ngày … tháng …`: the day was left blank for the pen. */
const UNDATED = /^(\p{Lu}[\p{L}. ]{1,39}),\s*ng[aàáảãạ]y[\s.,…_]*(th[aáàảãạ]ng.*)?$/u;

/** Whether a line says the place, but no day; `tháng …` stands in it or behind it. */
function isUndated(line: FieldLine, lines: readonly FieldLine[]): boolean {
  const match = UNDATED.exec(line.text);
  if (!match || (match[1] as string).split(' ').length > 6) return false;
  const middleOf = (l: FieldLine): number => (l.box[1] + l.box[3]) / 2;
  const isMonth = (l: FieldLine): boolean =>
    l.page === line.page &&
    l.left >= line.right &&
    Math.abs(middleOf(l) - middleOf(line)) < 0.5 * line.height &&
    /^thang\b/.test(l.key);
  return match[2] !== undefined || lines.some(isMonth);
}

/** The date of a line whose `ngày` is word `at`; day and month are often left blank for the pen. */
function dateField(value: string, line: FieldLine, at: number): OcrFields['promulgationDate'] {
  const field = fieldOf(value, [line], line.words.slice(at));
  const byHand = [at + 1, at + 3].some((word) => isFilledIn(line.words, word));
  return byHand ? asDoubtful(field) : field;
}

const PLACES = [...PROVINCES, 'Thành phố Hồ Chí Minh', 'TP. Hồ Chí Minh'];
/** Names that communes have as well but for their marks: Hải Dương, Hải Đường. */
const OTHER_PLACES = [...FORMER_PROVINCES, ...SEATS];
/** Confidence from which such a name is left as read. */
const PLACE_SURE = 0.9;

function repairPlace(text: string, words: readonly OcrWord[]): string {
  const key = (place: string): string => stripMarks(place).toLowerCase();
  const isUnsure = words.some((word) => word.confidence < PLACE_SURE);
  const known = isUnsure ? [...PLACES, ...OTHER_PLACES] : PLACES;
  return known.find((place) => key(place) === key(text)) ?? text;
}
