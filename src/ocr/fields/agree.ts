/** Values a document gives twice: the surer reading of the two is taken. */
import type { OcrField, OcrFields } from '../types.ts';
import { FORMER_PROVINCES, PROVINCES, SEATS } from './lists/places.ts';
import { repairName } from './repair.ts';
import { distance, type FieldLine, fieldOf, isCapitals, sentenceCase, toKey } from './text.ts';

/**
 * A form names the applicant twice, filled in at the top and under the signature. Where both agree but for the
 * accents, each word is taken from the surer reading.
 */
export function agreeOnName(
  filled: OcrFields['applicantName'],
  signed: OcrFields['signerName'],
  lines: readonly FieldLine[],
): OcrFields['applicantName'] {
  if (!filled || !signed || toKey(filled.value) !== toKey(signed.value)) return filled;
  const sureness = (value: string, page: number): number[] =>
    value.split(' ').map((part) => {
      const words = lines.filter((l) => l.page === page).flatMap((l) => l.words);
      return Math.max(0, ...words.filter((w) => w.text === part).map((w) => w.confidence));
    });
  const [own, other] = [filled.value.split(' '), signed.value.split(' ')];
  const [ownSure, otherSure] = [sureness(filled.value, filled.page), sureness(signed.value, signed.page)];
  const capitals = isCapitals(filled.value);
  const value = own
    .map((word, i) => ((otherSure[i] ?? 0) > (ownSure[i] ?? 0) ? inCase(other[i] ?? word, capitals) : word))
    .join(' ');
  return { ...filled, value };
}

function inCase(word: string, capitals: boolean): string {
  return !capitals && isCapitals(word) ? sentenceCase(word) : recase(word, capitals);
}

function recase(word: string, capitals: boolean): string {
  return capitals ? word.toLocaleUpperCase('vi') : word;
}

/** A name spelt by all the places of its page where it stands: under a receipt the applicant signs at the left. */
export function agreeWithTwins(name: OcrField | null, lines: readonly FieldLine[]): OcrField | null {
  if (!name) return null;
  const [key, length] = [toKey(name.value), name.value.split(' ').length];
  const runs = lines
    .filter((l) => l.page === name.page)
    .flatMap((l) => l.words.map((_, i) => ({ line: l, words: l.words.slice(i, i + length) })));
  const spelt = ({ words }: (typeof runs)[number]): string =>
    words.map((w) => w.text.replace(/[.,;:]$/, '')).join(' ');
  return runs
    .filter((run) => toKey(spelt(run)) === key)
    .reduce<OcrField | null>(
      (known, run) => agreeOnName(known, fieldOf(repairName(spelt(run)), [run.line], run.words), lines),
      name,
    );
}

/** Letters a name must have before one of them may be taken for misread. */
const LETTERS_FOR_ONE_ERROR = 5;

/** Kinds of places, which their names stand behind. */
const KIND_OF_PLACE = /^(tinh|pho|huyen|quan|xa|phuong|tran|khu|dao)$/;

/** Whether a place may stand at `at` of a name: at its end, or behind what kind it is. `BAN AN TOÀN …` is of no `Tân An`. */
function isWherePlacesStand(keys: readonly string[], at: number, length: number): boolean {
  return at > 0 && (at + length === keys.length || KIND_OF_PLACE.test(keys[at - 1] as string));
}

/** Where the words of a place stand among those of a name: as they are, or one letter of them off. */
function placeIn(keys: readonly string[], place: readonly string[]): number {
  const same = keys.findIndex((_, i) => place.every((word, j) => word === keys[i + j]));
  const own = place.join(' ');
  if (same >= 0 || own.length < LETTERS_FOR_ONE_ERROR) return same;
  return keys.findIndex(
    (_, i) =>
      i + place.length <= keys.length &&
      isWherePlacesStand(keys, i, place.length) &&
      distance(keys.slice(i, i + place.length).join(' '), own, 1) <= 1,
  );
}

/**
 * An agency whose name holds the place of issue but for its marks or a letter (`THÀNH PHỐ CÂN GIANG` – `Cần Giang,
 * ngày …`): each word is taken from the surer reading.
 */
export function agreeWithPlace(
  agency: OcrField | null,
  place: OcrFields['place'],
  lines: readonly FieldLine[],
): OcrField | null {
  if (!agency || !place) return agency;
  const [own, other] = [agency.value.split(' '), place.value.split(' ')];
  const keys = own.map(toKey);
  const at = placeIn(keys, other.map(toKey));
  if (at < 0 || other.length < 2) return agency;
  const sureness = (text: string): number => surenessOf(text, lines);
  const known = listedOf(own, at, other);
  if (known === 'own') return agency;
  const value = own.map((word, i) => {
    const twin = other[i - at];
    if (twin === undefined || i < at) return word;
    const capitals = recase(twin, true);
    return capitals !== word && (known === 'other' || sureness(twin) > sureness(word)) ? capitals : word;
  });
  return { ...agency, value: value.join(' ') };
}

const LISTED = new Set([...PROVINCES, ...FORMER_PROVINCES, ...SEATS].map((name) => recase(name, true)));
/** Communes and districts are called like provinces, but for the marks. */
const SMALLER = /^(XÃ|PHƯỜNG|HUYỆN|TRẤN)$/u;

/** Which of two spellings alone is the name of a province or its seat: that in `name` from `at` on, or the place. */
function listedOf(name: readonly string[], at: number, place: readonly string[]): 'own' | 'other' | null {
  if (SMALLER.test(name[at - 1] ?? '')) return null;
  const [own, other] = [name.slice(at, at + place.length), place].map((words) =>
    LISTED.has(recase(words.join(' '), true)),
  );
  if (own === other) return null;
  return own ? 'own' : 'other';
}

/** How sure the surest word read so is; marks behind it count for nothing. */
function surenessOf(text: string, lines: readonly FieldLine[]): number {
  const same = lines.flatMap((l) => l.words).filter((w) => w.text.replace(/[.,;:]$/, '') === text);
  return Math.max(0, ...same.map((w) => w.confidence));
}

/**
 * The place of issue mostly is in the name of the agency, too: `Hỏi Vân` under `SỞ Y TẾ HẢI VÂN`. A place that differs
 * from the agency's words by one letter, marks aside, is spelt as they are where they are as sure; one that agrees is
 * left as read.
 */
export function agreeOnPlace(
  place: OcrFields['place'],
  agencies: readonly (OcrField | null)[],
  lines: readonly FieldLine[],
): OcrFields['place'] {
  if (!place) return null;
  const key = toKey(place.value);
  const length = key.split(' ').length;
  const names = agencies.flatMap((agency) => {
    const words = agency?.value.split(' ') ?? [];
    return words.slice(0, Math.max(0, words.length - length + 1)).map((_, i) => ({
      own: words.slice(i, i + length),
      isPlace: isWherePlacesStand(words.map(toKey), i, length),
    }));
  });
  const keys = names.map(({ own }) => toKey(own.join(' ')));
  if (key.length < LETTERS_FOR_ONE_ERROR) return place;
  const listed = agencies.flatMap((agency) => {
    const [name, read] = [agency?.value.split(' ') ?? [], place.value.split(' ')];
    const from = placeIn(name.map(toKey), key.split(' '));
    const own = name
      .slice(from, from + length)
      .map(sentenceCase)
      .join(' ');
    return from >= 0 && listedOf(name, from, read) === 'own' ? [own] : [];
  });
  if (listed[0] !== undefined) return { ...place, value: listed[0] };
  if (keys.includes(key)) return place;
  const at = keys.findIndex((other, i) => names[i]?.isPlace && distance(other, key, 1) <= 1);
  if (at < 0) return place;
  const own = place.value.split(' ');
  const value = (names[at]?.own ?? []).map((word, i) => {
    const read = own[i] as string;
    return surenessOf(word, lines) < surenessOf(read, lines) && toKey(word) !== toKey(read)
      ? read
      : sentenceCase(word);
  });
  return { ...place, value: value.join(' ') };
}

/** Letters an abbreviation must have before one of them may be taken for misread. */
const LETTERS_OF_UNIT = 3;

/**
 * The unit that drafted a document stands in its notation and behind `Lưu: VT` (NĐ 30/2020 App. I Part I items 3 and
 * 9b), there in small letters: one letter off, it is spelt as in the notation.
 */
export function agreeOnUnit(
  recipients: OcrFields['recipients'],
  notation: OcrFields['codeNotation'],
): OcrFields['recipients'] {
  const units = (notation?.value ?? '').split(/[-/&]/).filter((unit) => unit.length >= LETTERS_OF_UNIT);
  if (!recipients || units.length === 0) return recipients;
  const mend = (part: string): string => {
    if (units.includes(part) || !/^[\p{Lu}\d]+$/u.test(part)) return part;
    const close = units.filter((unit) => unit.length === part.length && distance(unit, part, 1) <= 1);
    return close.length === 1 ? (close[0] as string) : part;
  };
  const value = recipients.value.map((item) =>
    item.startsWith('Lưu') ? item.replace(/[\p{Lu}\d]{3,}/gu, mend) : item,
  );
  return { ...recipients, value };
}

/** Letters initials must have before one of them may be taken for misread, and confidence of a notation that is left as read. */
const INITIALS = { letters: 4, sure: 0.7 };
/** Letters of a notation that is surer are mended where they look like those of a name that is as sure: no lexicon helps the engine with them. */
const ALIKE: Readonly<Record<string, RegExp>> = { Đ: /[PD]/, Ư: /U/ };
const ALIKE_SURE = { notation: 0.98, agency: 0.9 };
/** What a notation leaves out of the name of an agency: `BHXH` of the `BẢO HIỂM XÃ HỘI TỈNH …`. */
const OF_PLACE = / (TỈNH|THÀNH PHỐ|THỊ XÃ|THỊ TRẤN|HUYỆN|QUẬN|PHƯỜNG|(?<!HỢP TÁC )XÃ(?! HỘI)) .*$/u;

/**
 * A notation ends in the initials of the agency, or of the end of its name (NĐ 30/2020 App. I Part I item 3): an unsure one
 * that is a letter off them is spelt so (`QĐ-PHKTPN` of the `ĐẠI HỌC KỸ THUẬT PHƯƠNG NAM`).
 */
export function agreeOnInitials(
  notation: OcrFields['codeNotation'],
  agency: OcrFields['issuingAgency'],
): OcrFields['codeNotation'] {
  if (!notation || !agency) return notation;
  const parts = notation.value.split('-');
  const at = parts.findIndex(
    (part, i) => i > 0 && part.length >= INITIALS.letters && /^\p{Lu}+$/u.test(part),
  );
  const own = parts[at];
  if (own === undefined) return notation;
  const ends = [agency.value, agency.value.replace(OF_PLACE, '')].flatMap(endsOfInitials);
  const isUnsure = notation.confidence < INITIALS.sure;
  const mayBeAlike = notation.confidence < ALIKE_SURE.notation && agency.confidence >= ALIKE_SURE.agency;
  const close =
    ends.find((end) => end === own) ??
    ends.find((end) => (mayBeAlike && looksLike(own, end)) || (isUnsure && isMisread(own, end)));
  return close === undefined ? notation : { ...notation, value: parts.with(at, close).join('-') };
}

/** Initials of a name, and of the ends of it. */
function endsOfInitials(name: string): string[] {
  const initials = (name.match(/\p{L}+/gu) ?? [])
    .filter((word) => word !== 'VÀ')
    .map((word) => withoutTone(word.charAt(0)));
  return initials.map((_, i) => initials.slice(i).join('')).filter((end) => end.length >= INITIALS.letters);
}

/** A letter of an abbreviation, which has no tone: `UBND` of `ỦY BAN …`, `ƯPSC` of `ỨNG PHÓ …`. */
function withoutTone(letter: string): string {
  return letter
    .normalize('NFD')
    .replace(/[\u0300\u0301\u0303\u0309\u0323]/g, '')
    .normalize('NFC');
}

/** Whether all letters but some read for their like are the same. */
function looksLike(read: string, is: string): boolean {
  return (
    read.length === is.length &&
    [...is].every((letter, i) => letter === read[i] || ALIKE[letter]?.test(read[i] as string))
  );
}

/** Whether one letter was misread, or one read where there is none: one left out may not be in the notation. */
function isMisread(read: string, is: string): boolean {
  return read.length >= is.length && distance(read, is, 1) <= 1;
}
