import { judgeCompound } from '../proof/compounds.ts';
import { isVietnameseSyllable } from '../proof/syllable.ts';
import { NAMESAKES } from './lists/namesakes.ts';
import { NO_HEADS } from './lists/no-agencies.ts';
import { FORMER_PROVINCES, PROVINCES } from './lists/places.ts';
import { FAMILY_NAMES, MORE_FAMILY_NAMES, POSITIONS } from './signers/people.ts';
import { distance, stripMarks } from './text.ts';
import { AGENCY_HEADS, LEADING_WORDS, PHRASES } from './vocabulary.ts';

interface Phrase {
  tokens: string[];
  words: string[];
  /** Whether it ends the line. */
  last: boolean;
  /** All of the list that differ from it by their marks alone, itself included: `THỨ TRƯỞNG`, `THỦ TRƯỞNG`. */
  twins: readonly string[];
}

/** Stands in a phrase for the end of the line. */
const END = '$';

function toPhrases(list: readonly string[]): Phrase[] {
  const unique = [...new Set(list)];
  const plain = (text: string): string => stripMarks(text).toUpperCase();
  return unique
    .map((text) => {
      const words = text.split(' ').filter((w) => w !== END);
      const tokens = words.map((w) => stripMarks(w).toUpperCase());
      return {
        words,
        tokens,
        last: text.endsWith(END),
        twins: unique.filter((other) => plain(other) === plain(text)),
      };
    })
    .sort((a, b) => b.tokens.length - a.tokens.length);
}

const AGENCY_PHRASES = toPhrases([
  ...PHRASES,
  ...NAMESAKES,
  // Nothing stands behind the name of a province: `TỈNH BẮC NINH` is one, `THÀNH PHỐ HUÊ LÂM` none.
  ...[...PROVINCES, ...FORMER_PROVINCES].flatMap((name) =>
    ['TỈNH', 'THÀNH PHỐ'].map((kind) => `${kind} ${name.toLocaleUpperCase('vi')} ${END}`),
  ),
]);
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
      // What a longer phrase has spelt already stands: `BẠN QUẢN LÝ DỰ ÁN` is of two.
      const matches = phrase.tokens.every(
        (token, i) => keys[at + i] === token && (!done[at + i] || words[at + i] === phrase.words[i]),
      );
      if (phrase.tokens.every((_, i) => done[at + i])) continue;
      if (!matches || (phrase.last && at + phrase.tokens.length < words.length)) continue;
      const read = words.slice(at, at + phrase.tokens.length).join(' ');
      const spelt = phrase.twins.includes(read) ? read.split(' ') : phrase.words;
      spelt.forEach((word, i) => {
        // Inside a phrase stands no mark that is not its own: `QUẢN, LÝ`.
        const isLast = i === spelt.length - 1;
        const tail = isLast
          ? (/[.,;:]+$/.exec(words[at + i] as string)?.[0] ?? '')
          : (/[.,;:]+$/.exec(word)?.[0] ?? '');
        words[at + i] = word.replace(/[.,;:]+$/, '') + tail;
        done[at + i] = true;
      });
    }
  }
  // `SỞ Y TẾ TÍNH BÌNH SƠN`; but HÀ TĨNH is one, and `TINH BỘT` a word.
  keys.forEach((key, i) => {
    if (
      key === 'TINH' &&
      i > 0 &&
      i + 1 < words.length &&
      keys[i - 1] !== 'HA' &&
      !done[i] &&
      !isWord(words[i], words[i + 1])
    )
      words[i] = 'TỈNH';
  });
  const isName = NO_HEADS.some((head) => head.test(text));
  const first = isName ? undefined : LEADING_WORDS[keys[0] ?? ''];
  // `PHƯƠNG` is a word of names as well: `ĐẠI HỌC`, `PHƯƠNG ĐÔNG`.
  if (first && !done[0] && words.length > 1 && words[0] !== 'PHƯƠNG' && !isWord(words[0], words[1]))
    words[0] = first + (/[.,;:]+$/.exec(words[0] as string)?.[0] ?? '');
  return words.join(' ');
}

/** Whether two words make one as they were read: `VIÊN CHỨC` is no institute. */
function isWord(first = '', second = ''): boolean {
  return judgeCompound(first.toLocaleLowerCase('vi'), second.toLocaleLowerCase('vi')).kind === 'known';
}

/** Letters of the first words of an agency to one that may be misread, and words they have at least. */
const LETTERS_OF_HEAD = 4;
const WORDS_OF_HEAD = 3;
const LONG_HEADS = AGENCY_HEADS.map((head) => ({
  head: head.split(' '),
  key: stripMarks(head).toUpperCase(),
})).filter(({ head }) => head.length >= WORDS_OF_HEAD);

/** The long first words of an agency a line of capitals begins with, letters misread: `BẢO m XÃ HỘI`. */
export function headOf(text: string): readonly string[] | null {
  const words = text.split(' ');
  const near = LONG_HEADS.map(({ head, key }) => ({
    head,
    off: distance(bare(words.slice(0, head.length).join(' ')), key, key.length / LETTERS_OF_HEAD),
    allowed: Math.floor(key.length / LETTERS_OF_HEAD),
    // The word itself must be there, however it was read.
    same: head.filter((word, i) => bare(words[i] ?? '') === bare(word)).length >= head.length - 1,
    // `CỤC HÀNG KHÔNG` is no `CẢNG HÀNG KHÔNG`.
    other: bare(words[0] ?? '') !== bare(head[0] as string) && AGENCY_HEADS.includes(words[0] ?? ''),
  })).filter(({ off, allowed, same, other }) => off <= allowed && same && !other);
  return near.sort((a, b) => a.off - b.off || b.head.length - a.head.length)[0]?.head ?? null;
}

function withHead(text: string): string {
  const head = headOf(text);
  return head === null ? text : [...head, ...text.split(' ').slice(head.length)].join(' ');
}

/** What is read for the last strokes of `VIII`: no other letters but those of Roman numbers stand before them. */
function mendRoman(text: string): string {
  return (
    text
      .replace(/(?<=(?:^| )[XV]?)(?:IH|HI|IIL|ILI|LII)$/u, 'III')
      // Behind what is numbered so: `KHU VỰC H`.
      .replace(/(?<=(?:^| )(?:KHU VỰC|VÙNG|CỤC) X{0,2}V?)H$/u, 'II')
  );
}

/** The family name of whom a school is called after, before two names more: `NGUYÊN BÌNH` is a place. */
const PERSON_OF_SCHOOL =
  /(?<=(?:THPT|THCS|TIỂU HỌC|MẦM NON|MẪU GIÁO|PHỔ THÔNG|CƠ SỞ|CHUYÊN) )NGUY[EÊÉẾỄỂẼẺ]N(?= \p{Lu}{2,} \p{Lu}{2,}$)/u;

/** No agency and no office is a friend: `BẠN DÂN TỘC`. */
const FRIEND =
  /^BẠN(?= \p{Lu})|(?<= )BẠN(?= (?:NỘI CHÍNH|TỔ CHỨC|TUYÊN GIÁO|DÂN VẬN|QUẢN LÝ|CHỈ (?:HUY|ĐẠO)|THƯỜNG VỤ|CHẤP HÀNH)(?: |$))/gu;

/** Accent repair of agency names: TINH → TỈNH, THÀNH PHÔ → THÀNH PHỐ. The names of places are left as read. */
export function repairAgency(text: string): string {
  // No sentence ends inside a name: `BAN TUYÊN. GIÁO`, `CẢNH: SÁT`; of `TP. HUẾ` the stop is its own.
  const bareName = text
    .replace(/(?<=\p{Lu}{3})[.:;] ?(?=\p{Lu}{2})/gu, ' ')
    .replace(/(?<=\p{Lu}{2})[.:]$/u, '')
    .replace(FRIEND, 'BAN')
    // `PHÒNG CÔNG CHỨNG SÔ 1`.
    .replace(/(?<= )S[OÔÓÒỎÕỌỒỔỖỘ](?= \d+$)/u, 'SỐ')
    // The one province of one syllable: no other name ends so.
    .replace(/(?<= )HU[EÊÉẺẼÈ]$/u, 'HUẾ');
  return restore(mendRoman(withHead(partCapitals(partProvinces(bareName)))), AGENCY_PHRASES).replace(
    PERSON_OF_SCHOOL,
    'NGUYỄN',
  );
}

const GLUED_PROVINCES = new Map(
  PROVINCES.filter((name) => name.includes(' ')).map((name) => [
    bare(name).replace(/ /g, ''),
    name.toLocaleUpperCase('vi'),
  ]),
);

/** Parts the name of a province run together: `ĐĂKLĂK`. */
function partProvinces(text: string): string {
  return text
    .split(' ')
    .map((word) => GLUED_PROVINCES.get(bare(word)) ?? word)
    .join(' ');
}

const PLACE_KIND = /^(TỈNH|THÀNH|PHỐ|PHƯỜNG|HUYỆN|QUẬN|XÃ)$/u;

/** Parts two syllables in capitals run together where there is but one way to: `SỞY TẾ`, `KIẾNAN`. */
function partCapitals(text: string): string {
  const part = (word: string): string => {
    if (!/^\p{Lu}{3,12}$/u.test(word) || stripMarks(word) === word || isVietnameseSyllable(word)) return word;
    const seams = Array.from({ length: word.length - 1 }, (_, i) => i + 1).filter(
      (at) => isVietnameseSyllable(word.slice(0, at)) && isVietnameseSyllable(word.slice(at)),
    );
    // Of two ways the one after the kind of a place: `TỈNHAN` is no `TỈN HAN`.
    const [only, ...more] =
      seams.length > 1 ? seams.filter((at) => PLACE_KIND.test(word.slice(0, at))) : seams;
    return only === undefined || more.length > 0 ? word : `${word.slice(0, only)} ${word.slice(only)}`;
  };
  return text.split(' ').map(part).join(' ');
}

/** What is told apart by numbers: `TRƯỞNG PHÒNG 12`, `ĐỘI TRƯỞNG ĐỘI 2`. */
function isNumbered(word = ''): boolean {
  return /^(PHÒNG|ĐỘI|SỐ|VÙNG|TỔ|TRẠM|VỰC)$/u.test(word);
}

/** An office without what a seal left inside it: `PHÓ CH: CHÁNH VĂN PHÒNG`. Its first word tells a deputy and stays. */
function withoutScraps(text: string): string {
  const own = (word: string): boolean => isVietnameseSyllable(word.replace(/[.,;:]+$/, ''));
  return text
    .split(' ')
    .filter((word, i, all) => i === 0 || own(word) || (/^\d{1,2}$/.test(word) && isNumbered(all[i - 1])))
    .join(' ');
}

/** Letters that may be misread in an office. */
const LETTERS_OFF = 3;

/** Accent repair of offices, after a spelling check against the closed list (one wrong letter in six allowed). */
export function repairPosition(seen: string): string {
  const text = seen.replace(FRIEND, 'BAN');
  const whole = withoutScraps(text);
  if (whole !== text && POSITIONS.includes(whole)) return whole;
  const key = bare(text);
  const words = key.split(' ').length;
  // All of it words, more than one letter off, it is another office: `PHÓ TRƯỞNG TOÁN` is no `PHÓ TRƯỞNG BAN`.
  const isSpelt = text.split(' ').every((word) => isVietnameseSyllable(word.replace(/[.,;:]+$/, '')));
  const off = isSpelt ? 1 : Math.min(LETTERS_OFF, Math.floor(key.length / 6));
  // More than one letter off, it may be a word more: `PHÓ TRƯỞNG CÔNG AN XÃ`.
  const close = POSITIONS.map((p) => ({ p, d: distance(bare(p), key, LETTERS_OFF) }))
    .filter(({ p, d }) => d <= 1 || p.split(' ').length === words)
    .sort((a, b) => a.d - b.d)[0];
  if (close && close.d > 0 && close.d <= Math.min(off, Math.floor(key.length / 6))) return close.p;
  return restore(text, POSITION_PHRASES);
}

/** Either word of `Trung tướng`, a rank. */
function isRank(before: string | undefined, word: string, after: string | undefined): boolean {
  const pair = (first = '', second = ''): boolean => RANK.test(`${first} ${second}`);
  return pair(word, after) || pair(before, word);
}

const RANK = /^(Đại|Thượng|Trung|Thiếu) (tướng|tá|úy|uý)$/u;

/** `HRinh`, `HBia`: women of the highlands are called `H'…`; inside a word stands no capital. */
export function withApostrophe(name: string): string {
  return name.replace(/(?<![\p{L}'’])H(?=\p{Lu}\p{Ll})/gu, "H'");
}

/** Letters a family name must have before one of them may be lost. */
const LETTERS_OF_FAMILY = 4;

/** Family names of these letters; of what is no syllable, those a letter longer that no other comes near (`Dươn`). */
function familiesLike(word: string, key: string): string[] {
  const plain = (name: string): string => stripMarks(name).toLowerCase();
  if (MORE_FAMILY_NAMES.includes(word)) return [];
  // No syllable, and one with a u for an n: `Bñi`.
  if (!isVietnameseSyllable(word) && key.includes('n')) {
    const read = [...key].flatMap((letter, i) =>
      letter === 'n' ? [`${key.slice(0, i)}u${key.slice(i + 1)}`] : [],
    );
    const turned = [...FAMILY_NAMES, ...MORE_FAMILY_NAMES].filter((name) => read.includes(plain(name)));
    if (turned.length > 0) return turned;
  }
  const same = FAMILY_NAMES.filter((name) => plain(name) === key);
  if (same.length > 0 || isVietnameseSyllable(word) || key.length < LETTERS_OF_FAMILY) return same;
  return [...FAMILY_NAMES, ...MORE_FAMILY_NAMES].filter(
    (name) => plain(name).length === key.length + 1 && distance(plain(name), key, 1) <= 1,
  );
}

/** Repairs the family name at the front of a person's name when its toneless form can only be one. */
export function repairName(text: string): string {
  // The dot of an i taken for a hook: nobody is called `Chỉ`, `Nhỉ`.
  const words = withApostrophe(text.replace(/(?<=\p{L})ỉ$/u, 'i')).split(' ');
  const at = words.findIndex((word, i) => !word.endsWith('.') && !isRank(words[i - 1], word, words[i + 1]));
  const first = words[at];
  if (first === undefined) return words.join(' ');
  const key = stripMarks(first).toLowerCase();
  const match = familiesLike(first, key);
  if (match.length !== 1) return words.join(' ');
  const name = match[0] as string;
  words[at] = first === first.toUpperCase() ? name.toUpperCase() : name;
  return words.join(' ');
}

/** Whether the first word of a name is a common family name, accents aside. */
export function beginsWithFamilyName(name: string): boolean {
  const first = stripMarks(name.split(' ')[0] ?? '').toLowerCase();
  return [...FAMILY_NAMES, ...MORE_FAMILY_NAMES].some((family) => stripMarks(family).toLowerCase() === first);
}

/** Letters an engine confuses with digits, turned back; only for places where nothing but digits can stand. */
export function toDigits(text: string): string {
  return (
    text
      .replace(/[OoQDÔØ]/g, '0')
      // The stroke of a slanted 6 is taken for an acute: a 0 has none.
      .replace(/[Óó]/g, '6')
      // A slanted 1 with its foot is taken for a J.
      .replace(/[lIJiïíìÏÍÌỊ|!\]}]/g, '1')
      .replace(/[Zz]/g, '2')
      .replace(/[Ss]/g, '5')
      .replace(/B/g, '8')
  );
}
