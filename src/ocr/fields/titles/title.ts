import { beginsAgency, type Head, type Title } from '../header.ts';
import { ADDRESSEES_LABEL } from '../parties.ts';
import { POSITIONS } from '../signers/people.ts';
import { distance, type FieldLine, isCapitals, middle, sentenceCase, toKey, trimEnds } from '../text.ts';
import { DOCUMENT_TYPES, FORM_TITLES } from '../vocabulary.ts';
import { OTHER_PAPERS, PAPER_BEGINNINGS } from './papers.ts';

/** Widest line taken for a title by its first words alone, share of the page width. */
const WIDEST = 0.8;
/** How far its middle may be off that of the page, share of the width; a letterhead alone has the title beside it. */
const OFF_CENTRE = { country: 0.14, letterhead: 0.24 };

/** Finds the type by a fuzzy match of centred lines in capitals with the closed lists, or by how they begin. */
export function findTitle(lines: readonly FieldLine[], head: Head): Title | null {
  const top = head.country ? head.country.box[1] : 0;
  const offCentre = head.country ? OFF_CENTRE.country : OFF_CENTRE.letterhead;
  const candidates = lines
    .slice(0, 40)
    .filter((l) => isCapitals(l.text) && l.box[1] >= top && Math.abs(middle(l) - 0.52) < offCentre);
  for (const [i, line] of candidates.entries()) {
    if (line === head.country) continue;
    const next = candidates[i + 1];
    const follows = next && next.box[1] - line.box[3] < 1.2 * line.height ? next : null;
    const title = titleAt(line, follows);
    if (title) return { ...title, isForm: title.isForm || isOfPerson(title, head, lines) };
  }
  return null;
}

/**
 * A paper under the country's name alone, without a number, which is addressed to an agency: a person wrote it, whatever
 * its kind is called. An authority is of a kind that agencies give as well.
 */
function isOfPerson({ name }: Title, head: Head, lines: readonly FieldLine[]): boolean {
  if (head.country === null || head.twoColumns || head.numberLine !== null) return false;
  return name === 'Giấy ủy quyền' || lines.some((l) => ADDRESSEES_LABEL.test(l.key));
}

/** Lines under the title of a certificate among which it names whom it is about. */
const LINES_TO_NAME = 6;
const NAME_ITEM = /^\W*(\d{1,2}\W+)?ho,? (va )?(chu dem,? (va )?)?ten\b[^:]{0,30}:/;

/**
 * A certificate that begins with the items of one person: `GIẤY XÁC NHẬN … Họ và tên: …, Ngày sinh: …`. Its subject stays
 * that of a document; of a business, it names who stands for it further down.
 */
export function isAboutNamed({ name, lines: own }: Title, lines: readonly FieldLine[]): boolean {
  const title = own.at(-1);
  if (title === undefined || !/^Giấy (xác|chứng) nhận$/.test(name)) return false;
  return lines
    .filter((l) => l.page === title.page && l.box[1] > title.box[1] && l !== title)
    .slice(0, LINES_TO_NAME)
    .some((l) => NAME_ITEM.test(l.key));
}

function titleAt(line: FieldLine, follows: FieldLine | null): Title | null {
  const key = bareKey(line);
  // `Đơn vị bán hàng: CÔNG TY …` has capitals enough, but is no title.
  const isTitle = /^\P{L}*\p{Lu}(?!\p{Ll})/u.test(line.text);
  if (isTitle && FORM_TITLES.some((form) => key.startsWith(`${toKey(form)} `) || key === toKey(form))) {
    const all = follows ? [line, follows] : [line];
    return { name: paperName(all), lines: all, isForm: true };
  }
  for (const used of follows ? [[line, follows], [line]] : [[line]]) {
    const name = closest(used.map(bareKey).join(' '), LISTED);
    if (name) return { name, lines: used, isForm: ABOUT_ONE_PERSON.test(name) };
  }
  return isTitle && line.right - line.left < WIDEST ? (paperAt(line, follows) ?? typeWithRest(line)) : null;
}

/** A paper that is not of the list of NĐ 30: its whole title is its type. */
function paperAt(line: FieldLine, follows: FieldLine | null): Title | null {
  if (!PAPER_BEGINNINGS.test(squeeze(bareKey(line)))) return null;
  const goesOn =
    follows !== null &&
    follows.box[1] - line.box[3] < 0.8 * line.height &&
    !/^s\S{1,2}\s*[:.;]/.test(follows.key) &&
    !beginsAgency(follows) &&
    !POSITIONS.some((position) => follows.key.startsWith(toKey(position)));
  const all = goesOn ? [line, follows] : [line];
  const known = closest(all.map(bareKey).join(' '), OTHER_PAPERS);
  const name = known ?? paperName(all);
  return { name, lines: all, isForm: ABOUT_ONE_PERSON.test(name.toLocaleLowerCase('vi')) };
}

/** A type of the list with words behind it in its line: `HỢP ĐỒNG LAO ĐỘNG`. */
function typeWithRest(line: FieldLine): Title | null {
  const key = bareKey(line);
  const name = LISTED.filter((type) => key.startsWith(`${toKey(type)} `)).sort(
    (a, b) => b.length - a.length,
  )[0];
  if (name === undefined || line.words.length > 8) return null;
  const words = trimEnds(line.text).split(' ').slice(name.split(' ').length);
  return { name, lines: [line], isForm: false, rest: sentenceCase(words.join(' ')) };
}

const LISTED = DOCUMENT_TYPES.map(([name]) => name);

/** Key of a line without the dashes around it and what is put in brackets behind: `TRÍCH LỤC KHAI SINH (BẢN SAO)`. */
function bareKey(line: FieldLine): string {
  return trimEnds(line.key)
    .replace(/\s*\(.*$/, '')
    .trim();
}

/** Papers of one person, read like the form they answer; of a marriage there are two. */
const ABOUT_ONE_PERSON =
  /tiếp nhận|^(giấy|phiếu) (?!bàn giao|chuyển|trình).*hồ sơ|khai sinh|khai tử|hôn nhân|biên nhận|giấy hẹn|hẹn lại|biên lai|bổ sung|từ chối|kiểm soát quá trình|lý lịch|căn cước|cư trú|ra viện|cam kết|cam đoan|nộp tiền|^phiếu (đăng ký|thu$)/;

/** The name of a list whose toneless form is nearest: one wrong letter in seven allowed. */
function closest(key: string, names: readonly string[]): string | null {
  let best: { name: string; d: number } | null = null;
  const allowed = Math.floor(key.length / 7);
  for (const name of names) {
    const d = distance(toKey(name), key, allowed);
    if (d <= allowed && (best === null || d < best.d)) best = { name, d };
  }
  return best?.name ?? null;
}

function paperName(lines: readonly FieldLine[]): string {
  return formTitle(trimEnds(lines.map((l) => l.text.replace(/\s*\(.*$/, '')).join(' ')));
}

/** A vowel read twice, with one mark and with the other: `CHÚỨNG`. */
const squeeze = (key: string): string => key.replace(/([aeiouy])\1/g, '$1');

const FORM_WORDS = [
  'GIẤY',
  'TỜ KHAI',
  'YÊU CẦU',
  'CẤP',
  'PHIẾU',
  'LÝ LỊCH TƯ PHÁP',
  'ĐĂNG KÝ',
  'KHAI SINH',
  'KẾT HÔN',
  'KHAI TỬ',
  'ĐƠN ĐỀ NGHỊ',
  'GIẤY PHÉP',
  'CẤP LẠI',
  'BẢN SAO',
  'TRÍCH LỤC',
  'HỘ TỊCH',
  'XÁC NHẬN',
  'TÌNH TRẠNG HÔN NHÂN',
  'CHỨNG CHỈ',
  'CHỨNG NHẬN',
  'HƯỞNG TRỢ CẤP',
  'HƯỞNG CHẾ ĐỘ',
  'HƯỞNG CHÍNH SÁCH',
];

/** `TỜ KHAI YÊU CẦU CẤP PHIẾU LÝ LỊCH TƯ PHÁP` → `Tờ khai yêu cầu cấp Phiếu lý lịch tư pháp`. */
function formTitle(text: string): string {
  let out = text;
  for (const word of FORM_WORDS) {
    const tokens = toKey(word).split(' ');
    const parts = out.split(' ');
    const at = parts.findIndex((_, i) => tokens.every((t, j) => squeeze(toKey(parts[i + j] ?? '')) === t));
    if (at >= 0) parts.splice(at, tokens.length, ...word.split(' '));
    out = parts.join(' ');
  }
  // Names of papers keep their capital (NĐ 30/2020 App. II Part IV).
  return sentenceCase(out).replace(
    /(?<=\s)(phiếu lý lịch|giấy chứng nhận|giấy phép|giấy khai sinh)/g,
    (m) => m.charAt(0).toLocaleUpperCase('vi') + m.slice(1),
  );
}
