import { isVietnameseSyllable } from '../proof/syllable.ts';
import { distance, stripMarks } from './text.ts';
import { FAMILY_NAMES, LEADING_WORDS, PHRASES, POSITIONS } from './vocabulary.ts';

interface Phrase {
  tokens: string[];
  words: string[];
}

function toPhrases(list: readonly string[]): Phrase[] {
  return [...new Set(list)]
    .map((text) => ({
      words: text.split(' '),
      tokens: text.split(' ').map((w) => stripMarks(w).toUpperCase()),
    }))
    .sort((a, b) => b.tokens.length - a.tokens.length);
}

const AGENCY_PHRASES = toPhrases(PHRASES);
const POSITION_PHRASES = toPhrases([...POSITIONS, ...PHRASES]);

function bare(word: string): string {
  return stripMarks(word)
    .toUpperCase()
    .replace(/[.,;:]+$/, '');
}

/** Puts the accents of `phrases` on a line in capitals: only words whose toneless form agrees are touched. */
function restore(text: string, phrases: readonly Phrase[]): string {
  const words = text.replace(/[Ðð]/g, 'Đ').split(/\s+/);
  const keys = words.map(bare);
  const done = new Array<boolean>(words.length).fill(false);
  for (const phrase of phrases) {
    for (let at = 0; at + phrase.tokens.length <= words.length; at++) {
      const matches = phrase.tokens.every((token, i) => keys[at + i] === token && !done[at + i]);
      if (!matches) continue;
      phrase.words.forEach((word, i) => {
        // Inside a phrase stands no mark that is not its own: `QUẢN, LÝ`.
        const isLast = i === phrase.words.length - 1;
        const tail = isLast
          ? (/[.,;:]+$/.exec(words[at + i] as string)?.[0] ?? '')
          : (/[.,;:]+$/.exec(word)?.[0] ?? '');
        words[at + i] = word.replace(/[.,;:]+$/, '') + tail;
        done[at + i] = true;
      });
    }
  }
  // `SỞ Y TẾ TÍNH BÌNH SƠN`; but HÀ TĨNH is one.
  keys.forEach((key, i) => {
    if (key === 'TINH' && i > 0 && i + 1 < words.length && keys[i - 1] !== 'HA') words[i] = 'TỈNH';
  });
  const first = LEADING_WORDS[keys[0] ?? ''];
  if (first && !done[0] && words.length > 1) words[0] = first;
  return words.join(' ');
}

/** Accent repair of agency names: TINH → TỈNH, THÀNH PHÔ → THÀNH PHỐ. The names of places are left as read. */
export function repairAgency(text: string): string {
  // No sentence ends inside a name: `BAN TUYÊN. GIÁO`; of `TP. HUẾ` the stop is its own.
  return restore(partCapitals(text.replace(/(?<=\p{Lu}{3})\. (?=\p{Lu}{2})/gu, ' ')), AGENCY_PHRASES);
}

/** Parts two syllables in capitals run together where there is but one way to: `SỞY TẾ`, `KIẾNAN`. */
function partCapitals(text: string): string {
  const part = (word: string): string => {
    if (!/^\p{Lu}{3,12}$/u.test(word) || stripMarks(word) === word || isVietnameseSyllable(word)) return word;
    const seams = Array.from({ length: word.length - 1 }, (_, i) => i + 1).filter(
      (at) => isVietnameseSyllable(word.slice(0, at)) && isVietnameseSyllable(word.slice(at)),
    );
    const [only] = seams;
    return only === undefined || seams.length > 1 ? word : `${word.slice(0, only)} ${word.slice(only)}`;
  };
  return text.split(' ').map(part).join(' ');
}

/** An office without what a seal left inside it: `PHÓ CH: CHÁNH VĂN PHÒNG`. Its first word tells a deputy and stays. */
function withoutScraps(text: string): string {
  const own = (word: string): boolean => isVietnameseSyllable(word.replace(/[.,;:]+$/, ''));
  return text
    .split(' ')
    .filter((word, i) => i === 0 || own(word))
    .join(' ');
}

/** Letters that may be misread in an office. */
const LETTERS_OFF = 3;

/** Accent repair of offices, after a spelling check against the closed list (one wrong letter in six allowed). */
export function repairPosition(text: string): string {
  const whole = withoutScraps(text);
  if (whole !== text && POSITIONS.includes(whole)) return whole;
  const key = bare(text);
  const words = key.split(' ').length;
  // More than one letter off, it may be a word more: `PHÓ TRƯỞNG CÔNG AN XÃ`.
  const close = POSITIONS.map((p) => ({ p, d: distance(bare(p), key, LETTERS_OFF) }))
    .filter(({ p, d }) => d <= 1 || p.split(' ').length === words)
    .sort((a, b) => a.d - b.d)[0];
  if (close && close.d > 0 && close.d <= Math.min(LETTERS_OFF, Math.floor(key.length / 6))) return close.p;
  return restore(text, POSITION_PHRASES);
}

/** Repairs the family name at the front of a person's name when its toneless form can only be one. */
export function repairName(text: string): string {
  const words = text.split(' ');
  const at = words.findIndex((word) => !word.endsWith('.'));
  const first = words[at];
  if (first === undefined) return text;
  const key = stripMarks(first).toLowerCase();
  const match = FAMILY_NAMES.filter((name) => stripMarks(name).toLowerCase() === key);
  if (match.length !== 1) return text;
  const name = match[0] as string;
  words[at] = first === first.toUpperCase() ? name.toUpperCase() : name;
  return words.join(' ');
}

/** Whether the first word of a name is a common family name, accents aside. */
export function beginsWithFamilyName(name: string): boolean {
  const first = stripMarks(name.split(' ')[0] ?? '').toLowerCase();
  return FAMILY_NAMES.some((family) => stripMarks(family).toLowerCase() === first);
}

/** Letters an engine confuses with digits, turned back; only for places where nothing but digits can stand. */
export function toDigits(text: string): string {
  return text
    .replace(/[OoQDÔÓ]/g, '0')
    .replace(/[lIiïíìÏÍÌỊ|!\]]/g, '1')
    .replace(/[Zz]/g, '2')
    .replace(/[Ss]/g, '5')
    .replace(/B/g, '8');
}
