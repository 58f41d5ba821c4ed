import { isVietnameseSyllable } from '../../proof/syllable.ts';
import type { OcrFields } from '../../types.ts';
import { beginsAgency } from '../header.ts';
import { isRecipientsLabel } from '../parties.ts';
import { dateIn } from '../place-date.ts';
import { repairPosition } from '../repair.ts';
import {
  confidenceOf,
  distance,
  type FieldLine,
  fieldOf,
  isCapitals,
  isSameRow,
  middle,
  toKey,
  trimEnds,
} from '../text.ts';
import { isDeputy, withDeputies } from './deputy.ts';
import {
  isRestOfName,
  looksLikeName,
  nameField,
  repairDegree,
  TITLES,
  withMiddleName,
  withoutScraps,
  withRest,
} from './name.ts';
import { POSITIONS } from './people.ts';
import { inItsLetters, isParty, isSide, roleLines } from './role.ts';

/** Words before the office that say by whose authority (NĐ 30/2020 App. I Part I item 7a). */
const AUTHORITY =
  /^["'„“‘'_\s]*(?:(TM|KT|TL|TUQ|Q)\s?[.,:;]|(TM|KT|TL|TUQ)(?= \p{Lu}{2})|(T\/M|K\/T|T\/L)\b\s?[.,]?)\s*/iu;
/** Largest distance from office to name, in page widths (stamp and signature stand between). */
const MAX_GAP = 0.32;

/** Two who sign side by side stand so far apart, share of the page width. */
const SIDE_BY_SIDE = 0.2;

/** Confidence from which a line under an office is part of it. */
const OFFICE_SURE = 0.75;

type SignerFields = Pick<OcrFields, 'signerCompetence' | 'signerPosition' | 'signerName'>;

const POSITION_KEYS = POSITIONS.map(toKey);

/** How offices begin that no list has whole: `NGƯỜI NHẬN HỒ SƠ`, `CÁN BỘ TIẾP NHẬN`. */
const OFFICE_BEGINNINGS =
  /^(NGƯỜI|CÁN BỘ|CÔNG CHỨC|VIÊN CHỨC|CHUYÊN VIÊN|NHÂN VIÊN|THỦ (QUỸ|KHO|TRƯỞNG)|KẾ TOÁN|BÁC S[ĨỸ]|Y S[ĨỸ]|TRƯỞNG|PHÓ|QUYỀN|CHÁNH|THANH TRA VIÊN|ĐIỀU TRA VIÊN|THẨM TRA VIÊN|CHỦ (HỘ|CƠ SỞ|ĐẦU TƯ)|GIÁO VIÊN|GIẢNG VIÊN|ỦY VIÊN|TRỢ LÝ) /u;
/** Words of such an office at most: what is longer is a heading. */
const OFFICE_WORDS = 8;

function beginsLikeOffice(line: FieldLine): boolean {
  return (
    line.words.length <= OFFICE_WORDS && OFFICE_BEGINNINGS.test(trimEnds(line.text)) && !isNoOffice(line)
  );
}

function looksLikeOffice(line: FieldLine): boolean {
  if (AUTHORITY.test(line.text)) return true;
  const key = trimEnds(line.key);
  return (
    isCapitals(line.text) &&
    (beginsLikeOffice(line) ||
      POSITION_KEYS.some((p) => key.startsWith(p)) ||
      POSITION_KEYS.some((p) => distance(p, key, 2) <= 1))
  );
}

/** Confidence under which what is no syllable is a scrap. */
const SCRAP_CONFIDENCE = 0.3;

function isScrap({ text, confidence }: FieldLine['words'][number]): boolean {
  const isOwn =
    AUTHORITY.test(text.replace(/^[-–~]+/u, '')) || isVietnameseSyllable(trimEnds(text).replace(/\.$/, ''));
  return confidence < SCRAP_CONFIDENCE && !isOwn;
}

/** A line in capitals without what the rim of a seal left in front of it: `ồ CHỦ TỊCH`. */
function withoutSpecks(line: FieldLine): FieldLine {
  // An office as it stands, one letter of it misread: `TỐỔNG GIÁM ĐỐC`.
  if (POSITION_KEYS.some((p) => distance(p, trimEnds(line.key), 1) <= 1)) return line;
  const own = line.words.findIndex((w) => !/^(\p{Ll}|[^\p{L}\d])$/u.test(w.text) && !isScrap(w));
  const words = line.words.slice(own);
  const text = words.map((w) => w.text).join(' ');
  return own > 0 && isCapitals(text) ? { ...line, words, text, key: toKey(text) } : line;
}

/** `KT.` and `T/M` whose full stop or stroke was read as a letter: no office begins so. */
const AUTHORITY_MISREAD: readonly (readonly [RegExp, string])[] = [
  [/^KT[LI1l|](?= \p{Lu}{2})/u, 'KT.'],
  [/^T(?:MI|IM|1M|\|M|7M|\/MI)(?= BAN )/u, 'T/M'],
];

function withAuthority(line: FieldLine): FieldLine {
  const text = AUTHORITY_MISREAD.reduce((known, [seen, is]) => known.replace(seen, is), line.text)
    // No sentence ends inside an office: `TRƯỞNG. PHÒNG`.
    .replace(/(?<=\p{Lu}{4})\.(?= \p{Lu}{2})/gu, '')
    // What a seal or a stroke left in front of it.
    .replace(/^[-–~]+ ?(?=(?:KT|TM|TL|TUQ)\.)/u, '')
    // A last letter that came off its word: `CHỦ TỊC H`.
    .replace(/(?<=^| )(\p{Lu}{2,6}) (\p{Lu})(?=$| )/gu, (seen, word: string, letter: string) =>
      !isVietnameseSyllable(word) && isVietnameseSyllable(word + letter) ? word + letter : seen,
    );
  return text === line.text ? line : { ...line, text, key: toKey(text) };
}

/** Letters of a line that is no more than what a seal left of one, above an office; under it, it may be its last word. */
const SCRAP = 3;

/** Lines of the block that ends at the office: authority and office lines right above each other. */
function officeBlock(
  lines: readonly FieldLine[],
  name: FieldLine,
  pageWidth: number,
  roles: ReadonlySet<FieldLine> = roleLines(lines),
): FieldLine[] {
  const isOffice = (l: FieldLine): boolean => looksLikeOffice(l) || roles.has(l);
  const above = lines
    .filter(
      (l) =>
        l.page === name.page &&
        l.box[3] <= name.box[1] + 0.3 * name.height &&
        Math.abs(middle(l) - middle(name)) < 0.1,
    )
    .filter((l) => name.box[1] - l.box[3] < MAX_GAP * pageWidth && (isCapitals(l.text) || roles.has(l)))
    .sort((a, b) => b.box[1] - a.box[1]);
  const last = above.findIndex(isOffice);
  if (last < 0 || isAnothers(above.slice(0, last + 1), lines, name)) return [];
  const block = [above[last] as FieldLine];
  for (const line of above.slice(last + 1)) {
    const below = block[0] as FieldLine;
    const isFar = below.box[1] - line.box[3] > 0.9 * below.height || below.right - below.left > 0.5;
    if (isFar || (line.text.length <= SCRAP && !isWordOver(line, below))) break;
    block.unshift(line);
  }
  const [first] = block;
  const office = block.findIndex(isOffice);
  const own = first && office > 0 && isNoOffice(first) ? block.slice(office) : block;
  return [...own, ...officeGoesOn(above.slice(0, last).reverse(), block.at(-1) as FieldLine)];
}

/**
 * Whether the office, last of `above`, is another's: under it stands a name, and under that an office not known as one
 * (`CHỦ TỊCH`, `Nguyễn Văn A`, `THỦ QUỸ`, and only then the name asked about).
 */
function isAnothers(above: readonly FieldLine[], lines: readonly FieldLine[], name: FieldLine): boolean {
  const office = above.at(-1) as FieldLine;
  return lines.some(
    (l) =>
      l.page === name.page &&
      l.box[1] >= office.box[3] &&
      above.some((own) => own.box[1] >= l.box[3]) &&
      Math.abs(middle(l) - middle(name)) < 0.1 &&
      l.key !== name.key &&
      looksLikeName(trimEnds(l.text)),
  );
}

/** Above an office, certificates name the agency once more, or say who signs: `CHI NHÁNH VĂN PHÒNG …`, `NGƯỜI KÝ GIẤY KHAI SINH`. */
function isNoOffice(line: FieldLine): boolean {
  return /^nguoi ky\b/.test(line.key) || beginsAgency(line);
}

/** What stands in an office beside syllables: dashes, and the organs it is of (`CHÁNH VĂN PHÒNG HĐND VÀ UBND`). */
const NO_SYLLABLE = /^([-–,]|UBND|HĐND|MTTQ|UBMTTQ)$/u;

/**
 * The lines right under an office that go on with it (`TRƯỞNG PHÒNG` / `TỔ CHỨC - HÀNH CHÍNH`), top down. Only what is
 * spelt as Vietnamese and was read with some certainty: under an office stand seals and signatures as well.
 */
function officeGoesOn(under: readonly FieldLine[], office: FieldLine): FieldLine[] {
  const found: FieldLine[] = [];
  let [top, bottom] = [office.box[1], office.box[3]];
  for (const line of [...under].sort((a, b) => a.box[1] - b.box[1])) {
    const spelt = line.words.every((w) => NO_SYLLABLE.test(w.text) || isVietnameseSyllable(trimEnds(w.text)));
    const sure =
      line.words.every((w) => w.confidence > OFFICE_SURE) && confidenceOf(line.words) >= OFFICE_SURE;
    const near =
      line.box[1] - bottom < 0.6 * Math.max(line.height, office.height) &&
      line.box[1] > top - 0.3 * line.height;
    // An office that ends in a dash is not at its end, however little sure the rest is.
    const isOpen = /( [-–]|,| VÀ)$/u.test((found.at(-1) ?? office).text);
    // A word in the middle under it, at the pitch of lines: neither seals nor signatures stand so.
    const isCentred =
      Math.abs(middle(line) - middle(office)) < OFF_CENTRE && line.words.every((w) => w.confidence > 0.5);
    if (!near || !spelt || !(sure || isOpen || isCentred)) break;
    found.push(line);
    [top, bottom] = [Math.min(line.box[1], ...found.map((l) => l.box[1])), Math.max(bottom, line.box[3])];
  }
  // Parts of one row stand from left to right.
  return found.sort((a, b) => (isSameRow(a, b) ? a.left - b.left : a.box[1] - b.box[1]));
}

/**
 * Authority, office and name of the one who signed: the rightmost of the pairs of office and name that stand level with
 * the last. Nobody when all of these sign for parties to an agreement.
 */
export function findSigner(all: readonly FieldLine[], pageWidth: number): SignerFields {
  const lines = withDeputies(all.map(withoutSpecks).map(withAuthority).map(withoutScraps)).map(
    withMiddleName,
  );
  const roles = roleLines(lines);
  const found = lines
    .map((l) => withRest(l, lines))
    .filter((l) => looksLikeName(trimEnds(l.text)) && l.right - l.left < 0.45)
    .map((name) => ({ name, block: officeBlock(lines, name, pageWidth, roles) }))
    .filter((pair) => pair.block.length > 0);
  const last = found.at(-1);
  if (!last) return { ...officeOverSeal(lines, roles), signerName: nameUnderSeal(lines) };
  const level = found.filter(
    (p) =>
      p.name.page === last.name.page && Math.abs(p.name.box[1] - last.name.box[1]) < 3 * last.name.height,
  );
  const best = level.reduce((a, b) => (middle(b.name) > middle(a.name) ? b : a));
  if (level.every(({ block }) => isParty(block)) && (level.length > 1 || isSide(best.block))) return NOBODY;
  const hidden = officeBeside(lines, best.block, pageWidth);
  if (hidden.length > 0) {
    const theirs = found.find(({ block }) => block.some((l) => hidden.includes(l)));
    return { ...officeFields(hidden), signerName: theirs ? nameField(theirs.name) : null };
  }
  const isRest = isRestOfName(best.name, best.block.at(-1));
  return { ...officeFields(best.block), signerName: isRest ? null : nameField(best.name) };
}

const NOBODY: SignerFields = { signerCompetence: null, signerPosition: null, signerName: null };

/** Whether a short line is the last word of an authority that had no room for it, in the middle over the office. */
function isWordOver(line: FieldLine, office: FieldLine): boolean {
  const isSure = line.words.every((w) => w.confidence > OFFICE_SURE) && isVietnameseSyllable(line.text);
  return isSure && Math.abs(middle(line) - middle(office)) < OFF_CENTRE;
}

/**
 * Office at the right of the signer found, whose own name a seal or signature hides or which stands lower or higher: it
 * is that person who signed, and the name at the left is another's.
 */
function officeBeside(
  lines: readonly FieldLine[],
  block: readonly FieldLine[],
  pageWidth: number,
): FieldLine[] {
  const [first] = block;
  if (!first) return [];
  const beside = lines.filter(
    (l) =>
      l.page === first.page &&
      middle(l) > middle(first) + SIDE_BY_SIDE &&
      Math.abs(l.box[1] - first.box[1]) < 3 * first.height &&
      looksLikeOffice(l),
  );
  const last = beside.reduce<FieldLine | null>(
    (low, l) => (low === null || l.box[1] > low.box[1] ? l : low),
    null,
  );
  if (last === null) return [];
  const [x0, , x1, bottom] = last.box;
  const under = {
    ...last,
    box: [x0, bottom + last.height, x1, bottom + 2 * last.height] as FieldLine['box'],
  };
  return officeBlock(lines, under, pageWidth);
}

function officeFields(block: readonly FieldLine[]): Omit<SignerFields, 'signerName'> {
  let lastAuthority = block.findLastIndex((l) => AUTHORITY.test(l.text));
  // Of a joint document: for the head of which agency, before the office of who signs (`KT. BỘ TRƯỞNG`, `BỘ Y TẾ`, `THỨ TRƯỞNG`).
  // Also what goes on with the line of the authority: `KT. CỤC TRƯỞNG CỤC QUẢN LÝ`, `KHÁM, CHỮA BỆNH`, `PHÓ CỤC TRƯỞNG`.
  while (lastAuthority >= 0 && lastAuthority < block.length - 2) {
    const [next, ...under] = block.slice(lastAuthority + 1);
    const goesOn = next && !looksLikeOffice(next) && under.some(looksLikeOffice);
    if (!goesOn && !isAgency(next)) break;
    lastAuthority++;
  }
  const authority = block.slice(0, lastAuthority + 1);
  const office = block.slice(lastAuthority + 1);
  const join = (part: readonly FieldLine[]): string => part.map((l) => repairLine(l.text)).join(' ');
  return {
    signerCompetence: authority.length > 0 ? fieldOf(join(authority), authority) : null,
    signerPosition:
      office.length > 0 && !standsIn(join(authority), join(office)) ? fieldOf(join(office), office) : null,
  };
}

/** `KT. GIÁM ĐỐC`, `GIÁM ĐỐC`: who signs for the head is another than the head, and `PHÓ` was hidden. */
function standsIn(authority: string, office: string): boolean {
  return authority.endsWith(`KT. ${office}`);
}

/** Offices named for what they head: `CHI CỤC TRƯỞNG` is no `CHI CỤC`. */
const HEADS = POSITION_KEYS.filter((key) => / truong$/.test(key));

const isAgency = (line: FieldLine | undefined): boolean =>
  line !== undefined && beginsAgency(line) && !HEADS.some((head) => `${line.key} `.startsWith(`${head} `));

/** `Nơi nhận`, which the signer's block stands beside. */
function recipientsLabel(lines: readonly FieldLine[]): FieldLine | undefined {
  return lines.findLast((l) => l.left < 0.4 && isRecipientsLabel(l.key));
}

/** How far above and below `Nơi nhận` the office begins, in heights of the label. */
const OFFICE_REACH = { above: 4, below: 6 };

/**
 * Authority and office beside `Nơi nhận`, or under place and date, when signature and seal hide the name under them. The office only when it is
 * one of the list as it stands: of one half hidden the rest is another office (`THỨ TRƯỞNG`, `TRƯỞNG`).
 */
function officeOverSeal(
  lines: readonly FieldLine[],
  roles: ReadonlySet<FieldLine>,
): Omit<SignerFields, 'signerName'> {
  const none = { signerCompetence: null, signerPosition: null };
  const label = recipientsLabel(lines);
  // Certificates and forms have place and date there instead, above the office.
  const anchor = label ?? lines.findLast((l) => middle(l) > 0.58 && l.words.length <= 12 && dateIn(l.text));
  if (!anchor) return none;
  const { above, below } = OFFICE_REACH;
  const top = anchor.box[1] - (label ? above : 0) * anchor.height;
  const bottom = anchor.box[1] + below * anchor.height;
  const beside = lines
    .filter((l) => l.page === anchor.page && middle(l) > 0.58 && l.left > 0.45)
    .filter((l) => l.box[1] > top && l.box[1] < bottom && l.text.length > 3)
    .filter((l) => isCapitals(l.text) || roles.has(l))
    .sort((a, b) => a.box[1] - b.box[1]);
  const authority = beside.filter((l) => AUTHORITY.test(l.text));
  const last = authority.at(-1);
  const first = last === undefined ? beside[0] : beside[beside.indexOf(last) + 1];
  const position = first === undefined ? '' : repairPosition(trimEnds(first.text));
  const isNear = last === undefined || (first && first.box[1] - last.box[3] < 0.9 * last.height);
  const isKnown =
    first !== undefined &&
    isNear &&
    (POSITIONS.includes(position) || roles.has(first) || isDeputy(first, last) || isWholeUnder(first, last));
  if (last === undefined && !isKnown) return none;
  return {
    signerCompetence: last ? fieldOf(authority.map((l) => repairLine(l.text)).join(' '), authority) : null,
    signerPosition: isKnown && first ? wholeOffice(position, first, beside) : null,
  };
}

/** An office with the lines among `others` that go on with it. */
function wholeOffice(position: string, first: FieldLine, others: readonly FieldLine[]) {
  const rest = officeGoesOn(others.slice(others.indexOf(first) + 1), first);
  return fieldOf(
    [inItsLetters(position, trimEnds(first.text)), ...rest.map((l) => repairLine(l.text))].join(' '),
    [first, ...rest],
  );
}

/** How far the middle of an office may be off that of the authority above it, share of the page width. */
const OFF_CENTRE = 0.012;

/**
 * Whether an office of no list is there whole: lines of a block have one middle, and of one half hidden the rest is off
 * it.
 */
function isWholeUnder(line: FieldLine, authority: FieldLine | undefined): boolean {
  return (
    authority !== undefined &&
    looksLikeOffice(line) &&
    Math.abs(middle(line) - middle(authority)) < OFF_CENTRE &&
    line.words.every((w) => w.confidence > OFFICE_SURE && isVietnameseSyllable(trimEnds(w.text)))
  );
}

/**
 * A name that stands where the signer's does, beside or below `Nơi nhận`, when a seal hides the office above it. Three
 * words at least: of less, one may be hidden as well.
 */
function nameUnderSeal(lines: readonly FieldLine[]): OcrFields['signerName'] {
  // Where even the label is misread, a name under a seal is as well.
  const label = lines.findLast((l) => l.left < 0.4 && /^noi nhan\b/.test(l.key));
  if (!label) return null;
  const names = lines.filter((l) => {
    const text = repairDegree(trimEnds(l.text)).replace(TITLES, '');
    const beside = l.page === label.page && l.box[1] > label.box[3] && middle(l) > 0.58;
    return beside && looksLikeName(text) && text.split(' ').length >= 3 && l.right - l.left < 0.35;
  });
  const name = names.length === 1 ? names[0] : undefined;
  return name ? nameField(name) : null;
}

function repairLine(text: string): string {
  const authority = AUTHORITY.exec(text);
  if (!authority) return inItsLetters(repairPosition(trimEnds(text)), text);
  // The Party writes `T/M` without a full stop (HD 36-HD/VPTW 2018).
  const dotted = authority[1] ?? authority[2];
  const word = dotted === undefined ? (authority[3] as string) : `${dotted}.`;
  return `${word.toUpperCase()} ${repairPosition(trimEnds(text.slice(authority[0].length)))}`;
}
