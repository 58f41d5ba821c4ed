import { isVietnameseSyllable } from '../../proof/syllable.ts';
import type { OcrFields } from '../../types.ts';
import { beginsWithFamilyName, repairName, withApostrophe } from '../repair.ts';
import { type FieldLine, fieldOf, goesOnInRow, joinLines, middle, toKey, trimEnds } from '../text.ts';

/** Degrees, ranks and forms of address before a name. */
export const TITLES =
  /^((YS|ĐD|NGƯT|NGND|NSƯT|NSND|TTƯT|TTND|KTS|GVC|GS|PGS|TS|ThS|BS|BSCKII|BSCKI|CKII|CKI|KS|CN|LS|DS|Ông|Bà|((Chuẩn|Phó) )?Đô đốc|(Đại|Thượng|Trung|Thiếu)\.? (tướng|tá|úy|uý))(?:[.,]\s*|\s+))+/iu;
/** `Ngọc`, `K’Brơi`, `A`. */
const NAME_WORD = /^\p{Lu}(?:['’]\p{Lu})?[\p{Ll}'’]*[.,]?$/u;
/** A person's name as printed: two to six capitalised words, perhaps after titles. */
export function looksLikeName(text: string): boolean {
  const bare = withoutRim(repairDegree(text).replace(TITLES, ''));
  const words = bare.split(' ').filter((w) => w !== '');
  if (words.length < 2 || words.length > 6) return false;
  // `Y Moan`, `A Lăng`: there may be one such word, not two.
  if (words.filter((w) => w.replace(/[.,]/g, '').length === 1).length > 1) return false;
  // A word in capitals is no part of a name in small letters but what a seal left of one: `CKC Thị Bích Ngọc`.
  // `Thị` stands between a family name and a given one: where it is first, the family name is hidden.
  return words.every((w) => NAME_WORD.test(w)) && /\p{Ll}/u.test(bare) && words[0] !== 'Thị';
}

/** What the rim of a seal put into a name: strokes between words, dots behind them, capitals. */
function withoutRim(name: string): string {
  return (
    withApostrophe(name.replace(/(?<=\p{Lu})[`´](?=\p{Lu}\p{Ll})/gu, "'"))
      .replace(/(?<=\p{Ll})[/|\\](?=\p{Lu}\p{Ll})/gu, ' ')
      // An i whose foot is hidden, in a name that then is one: `Bù: Hùng Thiện`.
      .replace(/^(\p{Lu}\p{Ll}+):(?= \p{Lu})/u, (seen, family: string) =>
        beginsWithFamilyName(`${family}i`) ? `${family}i` : seen,
      )
      .replace(/(?<=\p{Ll})[.,](?= |$)/gu, '')
      .replace(/(?<=\p{Ll} )THỊ(?= \p{Lu}\p{Ll})/u, 'Thị')
  );
}

/** Scraps in front of a name at most. */
const SCRAPS = 3;
/** Confidence under which a word in small letters is one. */
const SCRAP_CONFIDENCE = 0.3;

/** A name without what the rim of a seal left in front of it: `N - Hoàng Trọng Nghĩa`. */
export function withoutScraps(line: FieldLine): FieldLine {
  const texts = line.words.map((w) => w.text);
  const at = texts.findIndex((text) => text.length > 1 && beginsWithFamilyName(text));
  const own = line.words.slice(at);
  const isStray = line.words.slice(0, Math.max(0, at)).every(
    // `TS` without its stop is a degree; what stands small before a name is nothing, and was read as such.
    ({ text, confidence }) =>
      (text.length <= 2 && !/^\p{Lu}{2}$/u.test(text) && !isVietnameseSyllable(text)) ||
      (confidence < SCRAP_CONFIDENCE && !/^_?\p{Lu}/u.test(text)),
  );
  if (at < 1 || at > SCRAPS || own.length < 2 || !isStray) return line;
  const text = own.map((w) => w.text).join(' ');
  const left =
    line.left +
    ((line.right - line.left) * ((own[0]?.box[0] ?? 0) - line.box[0])) / (line.box[2] - line.box[0]);
  const [, y0, x1, y1] = line.box;
  return { ...line, words: own, text, key: toKey(text), left, box: [own[0]?.box[0] ?? 0, y0, x1, y1] };
}

/** `Thị`, whose first letter the rim of a seal hides: no other word behind a family name has these letters. */
const MIDDLE_NAME = /^(\p{Lu}\p{Ll}+) [1ITl|7]?h[iịìíỉĩ] (?=\p{Lu}\p{Ll}+)/u;

/** A T whose foot or rim makes a figure of it: no name has one. */
const FIGURE_FOR_T = /(?<![^\s])[17](?=\p{Ll})/gu;

/** A name with the T of `1hắng` read whole. */
function withT(line: FieldLine): FieldLine {
  const text = line.text.replace(FIGURE_FOR_T, 'T');
  const isName = text !== line.text && looksLikeName(trimEnds(text));
  return isName && text.split(' ').every((word) => !/^T/.test(word) || isVietnameseSyllable(word))
    ? { ...line, text, key: toKey(text) }
    : line;
}

/** A line with the `Thị` of a woman's name read whole: `Huỳnh 1hị Ánh Sương`. */
export function withMiddleName(own: FieldLine): FieldLine {
  const line = withT(own);
  const [, family = ''] = MIDDLE_NAME.exec(line.text) ?? [];
  if (!beginsWithFamilyName(family)) return line;
  const text = line.text.replace(MIDDLE_NAME, '$1 Thị ');
  return { ...line, text, key: toKey(text) };
}

/** A name with its first or last word, where that stands apart: between the two a seal has put the line off. */
export function withRest(own: FieldLine, lines: readonly FieldLine[]): FieldLine {
  if (!looksLikeName(trimEnds(own.text))) return own;
  const family = lines.find(
    (l) =>
      l.page === own.page &&
      l.words.length === 1 &&
      /^\p{Lu}\p{Ll}+$/u.test(l.text) &&
      goesOnInRow(l, own) &&
      own.box[0] - l.box[2] < own.height,
  );
  const line = family ? joinLines(family, own) : own;
  const rest = lines.find((l) => l.page === line.page && goesOnInRow(line, l));
  const joined = rest ? joinLines(line, rest) : line;
  return rest && rest.box[0] - line.box[2] < line.height && looksLikeName(joined.text) ? joined : line;
}

/** `Trung. tá`: a speck in a rank. */
const RANK_PARTED = /^(Đại|Thượng|Trung|Thiếu)\.(?= (?:tướng|tá|úy|uý) )/u;

/** How far to the right of its office the rest of a name stands whose front is hidden, share of the page width. */
const REST_OFF = 0.03;

/**
 * Whether a line is but the rest of a name, its family name under a seal: a name stands in the middle under its office
 * (NĐ 30/2020 App. I Part I item 7d), and this one off to the right of it, without a family name.
 */
export function isRestOfName(name: FieldLine, office: FieldLine | undefined): boolean {
  const bare = repairDegree(trimEnds(name.text)).replace(TITLES, '');
  return office !== undefined && !beginsWithFamilyName(bare) && middle(name) - middle(office) > REST_OFF;
}

/** The name of a line, repaired. */
export function nameField(name: FieldLine): OcrFields['signerName'] {
  const text = repairDegree(trimEnds(name.text)).replace(RANK_PARTED, '$1');
  const titles = TITLES.exec(text)?.[0] ?? '';
  return fieldOf(repairName(titles + withoutRim(text.slice(titles.length))), [name]);
}

/**
 * `BS.CKII.`: the degree of a specialist, whose strokes are often misread; before `S.` a bracket is the T of `TS.`. The first
 * letter of a word of a name may stand apart: `Q uàng`, `Lê N gọc Thu`.
 */
export function repairDegree(name: string): string {
  return (
    name
      .replace(/(?<=^| )(\p{Lu}) (\p{Ll}{2,})/gu, (seen, first: string, rest: string) =>
        isVietnameseSyllable(first + rest) ? first + rest : seen,
      )
      .replace(/^(P?GS)(?=TS)/, '$1.')
      .replace(/^[[({|!]?S\.(?= ?\p{Lu}\p{Ll})/u, 'TS.')
      .replace(/(?<=^|[. ]|^BS)CK(?:[IHLl1|]{2,4}|[HU])(?=[. ])/, 'CKII')
      // One stroke is one, its foot that of a stop beside it.
      .replace(/(?<=^|[. ]|^BS)CK[Ll1|](?=[. ])/, 'CKI')
  );
}
