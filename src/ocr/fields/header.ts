import { unionBox } from '../page/geometry.ts';
import type { OcrField, OcrFields } from '../types.ts';
import {
  beginsAsSpelt,
  endingComma,
  endsOpen,
  isAfterWhole,
  isLastWord,
  isNumeralOf,
  isOfficeOf,
  leadingDash,
  repeatsHead,
  repeatsSuperior,
} from './agencies/names.ts';
import { NO_HEADS, SCHOOL } from './lists/no-agencies.ts';
import { findNumberLine, numberUnderTitle } from './number.ts';
import { ADDRESSEES_LABEL } from './parties.ts';
import { headOf, repairAgency } from './repair.ts';
import {
  distance,
  type FieldLine,
  fieldOf,
  goesOnInRow,
  isCapitals,
  isSameRow,
  joinLines,
  middle,
  toKey,
  trimEnds,
} from './text.ts';
import { AGENCY_HEADS } from './vocabulary.ts';

/** Where the head of a document lies on its first page. */
export interface Head {
  /** Line of the country's name, when found. */
  country: FieldLine | null;
  /** The country's name stands in the right half: agencies stand on the left. */
  twoColumns: boolean;
  /** Lines left of the country's name, top down. */
  left: FieldLine[];
  numberLine: FieldLine | null;
}

const COUNTRY = 'cong hoa xa hoi chu nghia viet nam';
const MOTTO = 'doc lap tu do hanh phuc';
/** Stands where the country's name does on documents of the Party (HD 36-HD/VPTW 2018 item II.1). */
const PARTY = 'dang cong san viet nam';
/** The head ends above this share of the page height (as multiples of the page width, A4 upright). */
const HEAD_SHARE = 0.42;

function findCountry(lines: readonly FieldLine[]): FieldLine | null {
  const near = (line: FieldLine): boolean =>
    distance(line.key, COUNTRY, 8) <= 7 ||
    distance(line.key.replace(/[^a-z ]/g, '').replace(/ +/g, ' '), MOTTO, 6) <= 5;
  const party = (line: FieldLine): boolean => middle(line) > 0.55 && distance(line.key, PARTY, 4) <= 3;
  return lines.slice(0, 14).find(near) ?? lines.slice(0, 14).find(party) ?? null;
}

/** Finds the head: agencies at the left, country and motto at the right (NĐ 30/2020 App. I, boxes 1 to 4). */
export function findHead(lines: readonly FieldLine[], pageWidth: number): Head {
  const country = findCountry(lines);
  const twoColumns = country !== null && middle(country) > 0.55;
  const border = twoColumns && country ? country.left : 0.5;
  const limit = (country?.box[1] ?? 0) + HEAD_SHARE * pageWidth;
  const left = lines
    .filter((l) => l !== country && l.box[1] < limit && l.left < border && middle(l) < border)
    .filter((l) => country === null || l.box[3] > country.box[1] - 2 * country.height)
    .sort((a, b) => a.box[1] - b.box[1]);
  const numberLine = findNumberLine(left) ?? (country ? numberUnderTitle(lines) : null);
  return { country, twoColumns, left, numberLine };
}

const HEAD_KEYS = AGENCY_HEADS.map((head) => toKey(head));
/** Whether a line begins with what names of agencies begin with. */
export function beginsAgency(line: FieldLine): boolean {
  if (NO_HEADS.some((head) => head.test(line.text))) return false;
  if (isCapitals(line.text) && headOf(line.text) !== null) return true;
  // Past a speck in front of it: `„CÔNG AN HUYỆN`.
  const key = line.key.replace(/^[^a-z\d]+/, '');
  // Alone, a word of other marks is the end of a name: `TRƯỜNG THPT LÊ HỒNG` / `PHONG`.
  const isHead = (head: string, i: number): boolean =>
    key === head
      ? head.includes(' ') || trimEnds(line.text).endsWith(AGENCY_HEADS[i] as string)
      : key.startsWith(`${head} `);
  return SCHOOL.test(key) || HEAD_KEYS.some(isHead);
}

/** Lines with the parts of one row put together: `BẢO` and `M XÃ HỘI`, between which letters were lost. */
function rowsOf(lines: readonly FieldLine[]): FieldLine[] {
  const rows: FieldLine[] = [];
  for (const line of lines) {
    const at = rows.findIndex((row) => goesOnInRow(row, line) || goesOnInRow(line, row));
    const row = rows[at];
    if (row) rows[at] = goesOnInRow(row, line) ? joinLines(row, line) : joinLines(line, row);
    else rows.push(line);
  }
  return rows;
}

/** Documents that two agencies or more issue together. */
const JOINT = /liên (tịch|ngành)/;

/**
 * Groups the lines above the number into agencies: the last one issues, the one before is its superior. Of a joint
 * document all of them issue, and none is another's superior.
 */
export function findAgencies(
  head: Head,
  title: Title | null,
): Pick<OcrFields, 'issuingAgency' | 'superiorAgency'> {
  const none = { issuingAgency: null, superiorAgency: null };
  if (!head.twoColumns && !isLetterhead(head)) return none;
  const isOver =
    head.numberLine !== null && head.left.some((l) => isSameRow(l, head.numberLine as FieldLine));
  const below = head.country ? head.country.box[3] + 5 * head.country.height : 0;
  const end = Math.min(
    isOver && head.numberLine ? head.numberLine.box[1] : below,
    // Beside a letterhead the title may stand higher than its second line.
    (head.country && title?.lines[0]?.box[1]) ?? Number.MAX_VALUE,
  );
  const groups: FieldLine[][] = [];
  for (const line of rowsOf(head.left.filter((l) => l.box[1] < end).map(withoutCountry))) {
    const last = groups.at(-1);
    const isShort = line.text.length < 3 && !isLastWord(line, last?.at(-1));
    if (!isNumeralOf(line, last?.at(-1)) && (!isCapitals(line.text) || isShort)) continue;
    const isNew =
      beginsAgency(line) ||
      beginsAsSpelt(line, last?.at(-1)) ||
      repeatsHead(line, last) ||
      isAfterWhole(line, last?.at(-1));
    const goesOn = last && (endsOpen(last) || isOfficeOf(last, line) || repeatsSuperior(groups));
    const startsNew = isNew && !goesOn;
    if (last && !startsNew) last.push(line);
    else groups.push([line]);
  }
  const toField = (group: FieldLine[] | undefined) =>
    group
      ? // Line by line, and over their ends: `… TĨNH` / `TÂY NINH`.
        fieldOf(
          repairAgency(
            group
              .map(
                (l, i) =>
                  (i > 0 ? leadingDash(l) : '') +
                  repairAgency(trimEnds(l.text.replace(/[\s.,·_]+$/u, ''))) +
                  endingComma(l, group[i + 1]),
              )
              .join(' '),
          ),
          group,
        )
      : null;
  if (JOINT.test(title?.name ?? '')) {
    // A branch is of the body named above it, not one more that issues.
    const bodies = groups.flatMap((group, i) =>
      /^chi nhanh\b/.test(group[0]?.key ?? '') && i > 0 ? [] : [i],
    );
    const names = bodies.map((start, i) =>
      toField(groups.slice(start, bodies[i + 1]).flat())?.value.replace(/\s*[-–]$/, ''),
    );
    return {
      issuingAgency: groups.length > 0 ? fieldOf(names.join(' - '), groups.flat()) : null,
      superiorAgency: null,
    };
  }
  return {
    issuingAgency: toField(groups.at(-1)),
    superiorAgency: toField(groups.length > 1 ? groups.slice(0, -1).flat() : undefined),
  };
}

/**
 * Papers of companies have no country's name, and of a poor scan it may be unreadable: agencies then are what stands
 * over the number, where that begins like one.
 */
function isLetterhead({ country, left, numberLine }: Head): boolean {
  if (country !== null || numberLine === null || !left.includes(numberLine)) return false;
  const first = left.find((l) => l.box[1] < numberLine.box[1] && isCapitals(l.text));
  return first !== undefined && beginsAgency(first);
}

/** The line up to the country's name, where specks between the columns have joined the two. */
function withoutCountry(line: FieldLine): FieldLine {
  const keys = line.words.map((w) => toKey(w.text));
  const at = keys.findIndex((key, i) => i > 0 && key === 'cong' && keys[i + 1] === 'hoa');
  if (at < 0) return line;
  const words = line.words.slice(0, at);
  const text = words.map((w) => w.text).join(' ');
  const [x0, y0, x1, y1] = unionBox(words.map((w) => w.box));
  const right = (line.right * x1) / line.box[2];
  return { ...line, words, text, key: toKey(text), box: [x0, y0, x1, y1], right, height: y1 - y0 };
}

/** Title of the document: type name and the lines that belong to it. */
export interface Title {
  name: string;
  lines: FieldLine[];
  /** A paper about one person, whose details are looked for; its title says all and no subject follows. */
  isForm: boolean;
  /** What stands in the line of a type of the list behind it: `Làm việc` of `BIÊN BẢN LÀM VIỆC`. */
  rest?: string;
}

/** Lines under the title that say what the document is about: centred, until the body or a gap. */
export function findSubject(
  lines: readonly FieldLine[],
  head: Head,
  title: Title | null,
): OcrFields['subject'] {
  if (!title) return officialLetterSubject(head);
  const under = subjectUnder(lines, title);
  if (title.isForm && under && !isSubtitle(under, lines)) return null;
  return under ?? (title.isForm ? null : subjectBeside(title));
}

/** Of a form, whose title says all, only a line that says more of the kind: none that begins its items. */
function isSubtitle(under: OcrField, lines: readonly FieldLine[]): boolean {
  const [x0, y0, x1, y1] = under.box;
  const own = lines.filter((l) => l.box[0] >= x0 && l.box[1] >= y0 && l.box[2] <= x1 && l.box[3] <= y1);
  return own.every((l) => l.right - l.left < 0.6) && !/[:\d]/.test(under.value);
}

function subjectUnder(lines: readonly FieldLine[], title: Title): OcrFields['subject'] {
  const last = title.lines.at(-1) as FieldLine;
  const axis = middle(title.lines[0] as FieldLine);
  const found: FieldLine[] = [];
  let bottom = last.box[3];
  let closest = Number.MAX_VALUE;
  const under = lines.slice(lines.indexOf(last) + 1);
  for (const [i, line] of under.entries()) {
    const centred = Math.abs(middle(line) - axis) < 0.035;
    const gap = line.box[1] - bottom;
    const body =
      /^(can cu|kinh gui|dieu \d|chuong |thuc hien .*\bso \d|theo (?!doi )|xet (don|de nghi|to trinh)|hom nay|so ?:|ky hieu|.*\btran trong kinh moi\b)/.test(
        line.key,
      ) ||
      // A subject may go on with the day of what it is about, in small letters.
      (/^ngay \S{1,3} t\S{1,3}ng/.test(line.key) && (found.length === 0 || !/^ng/u.test(line.text))) ||
      /^\(/.test(line.text) ||
      // Who, where and when: the first item of the text.
      /^(nguoi|ben|don vi|ho (va )?ten|ong(\/ba)?|thoi gian|dia (diem|chi))\b[^:]{0,30}: /.test(line.key) ||
      isCapitals(line.text) ||
      // A sentence that leads to what follows: no subject ends so.
      /:$/.test(line.text);
    const isWide = line.right - line.left > 0.72;
    const fullWidth = isWide && (/^thuc hien /.test(line.key) || !leadsToCentred(line, under[i + 1]));
    if (!centred || body || fullWidth || gap > 1.1 * line.height || found.length >= 6) break;
    if (found.length > 0 && isAfterGap(line, gap - closest)) break;
    closest = Math.min(closest, gap);
    found.push(line);
    bottom = line.box[3];
  }
  return found.length === 0 ? null : fieldOf(asPhrase(found.map((l) => l.text).join(' ')), found);
}

/** How much more than above the lines before, in heights of a line, is free above one that is no part of them. */
const WIDER_GAP = 0.33;

/** A label with what it is of: `Tổng chỉ tiêu: 70 học sinh`. */
const LABELLED = /^\p{Lu}(?:\p{Ll}+ ?){2,6}: ./u;

/** Whether a line centred like the subject is one of its own: it begins with a capital, and stands further below or has a label. */
function isAfterGap(line: FieldLine, wider: number): boolean {
  return (wider > WIDER_GAP * line.height && /^\P{L}*\p{Lu}/u.test(line.text)) || LABELLED.test(line.text);
}

/** No sentence ends inside a subject: `Tiếp nhận. xử lý`. */
function asPhrase(text: string): string {
  return (
    trimEnds(text)
      .replace(/ [.,;:·]+$/u, '')
      .replace(/(?<=\p{Ll}{2})\. (?=\p{Ll})/gu, ', ')
      // The quarter of a year, its stroke read with the one behind it.
      .replace(/(?<=quý )[1Il|]\u2044(?=\d{4})/giu, 'I/')
  );
}

/** What stands in the line of the type, behind it: `BIÊN BẢN LÀM VIỆC`. */
function subjectBeside({ rest, lines }: Title): OcrFields['subject'] {
  return rest === undefined ? null : fieldOf(rest, lines);
}

/** Whether a line as wide as the body is the first of a subject: it goes on in a short line about the same middle. */
function leadsToCentred(line: FieldLine, next: FieldLine | undefined): boolean {
  if (!next || next.page !== line.page || next.box[1] - line.box[3] > 1.1 * line.height) return false;
  const isShort = next.right - next.left < 0.8 * (line.right - line.left);
  return isShort && Math.abs(middle(next) - middle(line)) < 0.035 && next.left - line.left > 0.05;
}

/** Right under the number of a letter nothing but `V/v` begins so (`VẤy rà soát …`); -1 when nothing does. */
function misreadLabel({ left, numberLine }: Head): number {
  const at =
    numberLine === null ? -1 : left.findIndex((l) => l.box[1] > numberLine.box[1] + 0.5 * numberLine.height);
  return at >= 0 && /^v[a-z]{1,2}[vy] [a-z]/.test((left[at] as FieldLine).key) ? at : -1;
}

/** Degrees of urgency and secrecy, stamped under the subject (NĐ 30/2020 App. I boxes 10a and 10b). */
const MARKS = /^(thuong khan|hoa toc( hen gio)?|khan|mat|toi mat|tuyet mat)$/;

/** `V/v …` under the number of an official letter (box 5b). */
function officialLetterSubject(head: Head): OcrFields['subject'] {
  const written = head.left.findIndex((l) => /^v\s?[/l1|]\s?v\b/i.test(l.key));
  const start = written < 0 ? misreadLabel(head) : written;
  if (start < 0) return null;
  const found: FieldLine[] = [];
  for (const line of head.left.slice(start)) {
    const before = found.at(-1);
    const isOver =
      ADDRESSEES_LABEL.test(line.key) ||
      (isCapitals(line.text) && MARKS.test(trimEnds(line.key).replace(/\.$/, '')));
    if (before && (line.box[1] - before.box[3] > 0.9 * line.height || isOver)) break;
    found.push(line);
  }
  const text = found
    .map((l) => l.text)
    .join(' ')
    .replace(/^(v\s?[/l1|]\s?v|V\p{L}{1,2}[vy])\.?:?\s*/iu, '');
  return fieldOf(asPhrase(text), found);
}
