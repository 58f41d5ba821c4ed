import { judgeCompound } from '../proof/compounds.ts';
import { isVietnameseSyllable } from '../proof/syllable.ts';
import type { OcrFields } from '../types.ts';
import { repairResponse } from './lists/abbreviations.ts';
import { withoutNote } from './notes.ts';
import { withApostrophe } from './repair.ts';
import { distance, type FieldLine, fieldOf, middle, toKey, trimEnds } from './text.ts';

const BULLET = /^[-–—•*+~]\s*/u;
/** `Lưu: VT, …` always is an item of its own, the last one. */
const LAST_ITEM = /^luu\s?:/;
const MAX_ITEMS = 60;

/** Whether two syllables are a word of the lexicon. */
function isCompound(first: string, second: string): boolean {
  return judgeCompound(first.toLocaleLowerCase('vi'), second.toLocaleLowerCase('vi')).kind === 'known';
}

function cleanItem(text: string): string {
  const bare = trimEnds(text.replace(BULLET, '')).replace(/\.$/, '');
  return repairResponse(
    bare
      .replace(/:{2,}\s*/g, ': ')
      .replace(/^(?:L[uưừứữ]+:?|\p{L}?[uưừứữ]+:)\s*V[TFELIĨỊÌÍỤÝíịìi[]+(?=[\s.,]|$)/u, 'Lưu: VT')
      .replace(/^(Lưu: VT)[.,;]\s*(?=\p{L})/u, '$1, ')
      .replace(/^Lưu[;.,](?= VT)/u, 'Lưu:')
      .replace(/(?<=\p{Lu}),(?=\()/gu, ', ')
      .replace(/^Lưu:(?=\p{L})/u, 'Lưu: ')
      .replace(
        /^([ÔôBb]\S{1,2}|Anh|Chị) (?=H\p{Lu}\p{Ll})(\S+)/u,
        (_, before: string, name: string) => `${before} ${withApostrophe(name)}`,
      )
      // Articles are named with their figure, and nothing else is called so: `Như Điêu 3`.
      .replace(
        /^Như [ĐD]i[eêéếềểễẻẽè]u (?:(\d)|[Il|](?=$|[,; ]))/u,
        (_, figure = '1') => `Như Điều ${figure}`,
      )
      .replace(/(?<!\p{L})([Đđ])[aàáâãảăạằẳẵẩẫầ]ng (?=(?:bộ|ủy|uỷ|viên)(?!\p{L}))/gu, '$1ảng ')
      // No sentence ends inside an item: `Các thôn. tổ dân phố`.
      .replace(/(?<=\p{Ll}{2})\.\s+(?=\p{Ll})/gu, ', ')
      // Nor before a name, which `ThS.` may stand before: `Thanh Hóa. Nghệ An`.
      .replace(/(\p{L}*\p{Ll}{2})\.\s+(?=\p{Lu})/gu, (seen, word: string) =>
        isVietnameseSyllable(word) ? `${word}, ` : seen,
      )
      // Nor does an abbreviation of three letters or more: `CVP. các PCVP`, `ĐTĐT. TH`.
      .replace(/(?<=\p{Lu}{3})\.\s+(?=\p{Ll}|\p{Lu}{2})/gu, ', ')
      // Where copies are kept stand units, which have no full stops: `Lưu: VT, NV2. TH`, `Lưu: VP.PC`.
      .replace(/(?<=^Lưu: .*[\p{Lu}\d]{2})\.\s*(?=\p{Lu}{2})/gu, ', ')
      // Bodies of an organisation: `các chỉ hội`.
      .replace(/(?<!\p{L})([Cc])hỉ (?=(?:bộ|hội|đoàn|cục|nhánh)(?!\p{L}))/gu, '$1hi ')
      .replace(/(?<=(?:^|[ :])CT)\.\s+(?=các )/gu, ', ')
      // Units are numbered in figures: `NV1`.
      .replace(/(?<=^Lưu: .*\bNV)[Il|](?!\p{L})/gu, '1')
      // Names of the highlands: no place begins with a small letter.
      .replace(/(?<=(?:^|[ ,])(?:[Xx]ã|[Hh]uyện|[Tt]hị trấn) )la(?= \p{Lu}\p{Ll})/gu, 'Ia')
      .replace(/\((?:t\s*[/1lI|]?|[ưƯ])\s*h\)/g, '(t/h)')
      // The semicolon behind it, taken for a letter.
      .replace(/(?<=\p{L}, thành phố)\p{Ll}$/u, '')
      .replace(/\(đ[êếềễ] /g, '(để ')
      .replace(/\(để b[iíìï][êếềểễ][nt]\)/gu, '(để biết)')
      // `(b/c)` in small print: nothing else in brackets has a stroke and one letter.
      .replace(/ (?:\(|0|O)\/[oceO0]\)$/u, ' (b/c)')
      .replace(/(?<=\((?:để |thay )?)b\s*[/1l]\s*[coeO]?\)/g, 'b/c)')
      // A `t` before a bracket is taken for an n: `(niêm yến)`.
      .replace(/(\p{L}+) (\p{L}+)n(?=\)|$)/gu, (seen, first: string, second: string) =>
        isCompound(first, `${second}n`) || !isCompound(first, `${second}t`) ? seen : `${first} ${second}t`,
      )
      // Copies kept, whose bracket was lost: `VP 2)`.
      .replace(/^([^()]* )(\d{1,3}b?\))$/, '$1($2')
      .replace(/(?<=\p{L} )(?:t[íìĩị]|[ứửừ]|t)nh(?=$|[,;)]| \(| \p{Lu}\p{Ll})/gu, 'tỉnh')
      .replace(/(?<=[\p{L}\d])([,;])(?=\p{L})/gu, '$1 ')
      // Abbreviations of offices and of the organs they are of: `PCTUBND`, `Ti. HĐND`, `BGP`.
      .replace(/(?<!\p{L})(P?CT|TT|LĐ)(?=(?:UBND|HĐND)(?!\p{L}))/gu, '$1 ')
      .replace(/^T[iíìỉl1I]\.(?= \p{Lu})/u, 'TT.')
      .replace(/(?<!\p{L})BG[DPĐ]P?(?!\p{L})/gu, 'BGĐ')
      // Head and deputies named together: `GD, các PGD Sở`; alone, a PGD may be an office of a bank.
      .replace(/(?<!\p{L})G[DÐĐ]+([,;]? (?:các )?P)G[DÐĐ]+(?!\p{L})/gu, 'GĐ$1GĐ')
      .replace(/thông t[íìĩị]n/giu, (found) => `${found.slice(0, -3)}tin`),
  );
}

/** Bullets from which a list has one before each item. */
const BULLETED = 2;

/**
 * Joins lines into items: a bullet or a closed line before begins a new one. Where the items have bullets, a comma
 * closes none: it may be a semicolon misread, but a line without a bullet goes on with the one before.
 */
function collectItems(lines: readonly FieldLine[]): string[] {
  const items: string[] = [];
  const bullets = lines.filter((line) => BULLET.test(line.text)).length;
  const closed = bullets >= BULLETED ? /[;.:]$/ : /[;.:,]$/;
  let open = false;
  for (const line of lines) {
    const goesOn = open && !BULLET.test(line.text) && !LAST_ITEM.test(line.key);
    if (goesOn && items.length > 0) items[items.length - 1] += ` ${line.text}`;
    else items.push(line.text);
    open = !closed.test(line.text);
  }
  // Of a short list all stand in one line: `- UBND xã; - Công an xã.`
  return items
    .flatMap((item) => item.split(/;\s+(?=[-–] )/))
    .map(cleanItem)
    .filter((item) => item !== '');
}

/** `Nơi nhận:` with up to three letters misread. */
export function isRecipientsLabel(key: string): boolean {
  // Who takes over, in a record or an agreement: `BÊN NHẬN`, `2. Nhận: Phòng Khoáng sản`.
  if (/^(ben|nguoi) nhan\b|^\d/.test(key)) return false;
  const label = /^(.{5,11}?)\s*:/.exec(key)?.[1] ?? key;
  return distance(label, 'noi nhan', 3) <= 2 || (/nhan$/.test(label) && distance(label, 'noi nhan', 4) <= 3);
}

/** Items of `Nơi nhận` (box 9b): lines under the label in its column, up to `Lưu`. */
export function findRecipients(lines: readonly FieldLine[]): OcrFields['recipients'] {
  const at = lines.findLastIndex((l) => l.left < 0.4 && isRecipientsLabel(l.key));
  const label = lines[at];
  if (!label) return null;
  const below = lines
    .filter(
      (l) =>
        l.page === label.page &&
        l.box[1] > label.box[1] + 0.3 * label.height &&
        l.left < 0.45 &&
        l.left > label.left - 0.04,
    )
    .filter((l) => Math.abs(l.left - label.left) < 0.09)
    .sort((a, b) => a.box[1] - b.box[1]);
  const block: FieldLine[] = [];
  let bottom = label.box[3];
  for (const line of below) {
    if (line.box[1] - bottom > 1.6 * line.height || block.length >= MAX_ITEMS) break;
    block.push(line);
    bottom = line.box[3];
    if (/^[-–—•*]?\s*l[uư]+:?\b/u.test(line.key) && /\.$/.test(line.text)) break;
  }
  const items = collectItems(block);
  return items.length === 0 ? null : fieldOf(items, block);
}

/** `Kính gửi`, perhaps after a speck. */
export const ADDRESSEES_LABEL = /^[^a-z0-9]{0,3}kinh gu+i\b/;
/** Lines left of the addressees that are passed over: a stamp of arrival beside them. */
const STRANGERS = 3;

/** The part of the label's line behind its colon, as a line of its own. */
function behindColon(label: FieldLine): FieldLine | null {
  const colon = label.words.findIndex((w) => /:$/.test(w.text));
  const behind = colon < 0 ? [] : label.words.slice(colon + 1);
  // A dash begins a list, however little sure: it is no note.
  const own = BULLET.test(behind[0]?.text ?? '') ? behind : withoutNote(behind);
  // The semicolon behind it, taken for a letter.
  const words = own.map((w, i) =>
    i === own.length - 1 && /^phố\p{Ll}$/u.test(w.text) && own[i - 1]?.text === 'thành'
      ? { ...w, text: 'phố;' }
      : w,
  );
  const [first] = words;
  if (!first) return null;
  const share = (label.right - label.left) / Math.max(1, label.box[2] - label.box[0]);
  return {
    ...label,
    words,
    text: words.map((w) => w.text).join(' '),
    key: toKey(words.map((w) => w.text).join(' ')),
    left: label.left + (first.box[0] - label.box[0]) * share,
  };
}

/** How far the second line of a centred one may be off its middle, share of the page width, and how near it stands. */
const SECOND_LINE = { offCentre: 0.03, gap: 0.8 };

/** The short line about the same middle in which a name too long for the line of the label goes on. */
function goesOnBelow(label: FieldLine, next: FieldLine | undefined): FieldLine[] {
  if (!next || next.page !== label.page || /[.;:]$/.test(label.text)) return [];
  const isNear = next.box[1] - label.box[3] < SECOND_LINE.gap * next.height && next.box[1] > label.box[1];
  const isCentred = Math.abs(middle(next) - middle(label)) < SECOND_LINE.offCentre;
  return isNear && isCentred && next.right - next.left < 0.9 * (label.right - label.left) ? [next] : [];
}

/** Lines of the first item of a list without dashes at most. */
const LINES_OF_ITEM = 4;

/** Whether the first of a list without dashes ends in a semicolon, and what follows begins right under it. */
function goesOnAligned(first: FieldLine, under: readonly FieldLine[]): boolean {
  let above = first;
  for (const next of under.slice(0, LINES_OF_ITEM)) {
    const isAligned = next.page === first.page && Math.abs(next.left - first.left) < ALIGNED;
    if (!isAligned || next.box[1] - above.box[3] > first.height) return false;
    // In a fax both dots of a semicolon are round.
    if (/[;:]$/.test(above.text)) return true;
    above = next;
  }
  return false;
}

/** How far apart lines of one list begin at most, share of the page width. */
const ALIGNED = 0.012;

/** Agencies after `Kính gửi:` (box 9a): on the same line, or one per bullet beside and below. */
export function findAddressees(lines: readonly FieldLine[]): OcrFields['addressees'] {
  const at = lines.findIndex((l) => ADDRESSEES_LABEL.test(l.key));
  const label = lines[at];
  if (!label) return null;
  const rest = label.text.replace(/^\S+\s+\S+?\s*:?\s*(?=\S*$|\s|\p{L}|-)/u, '').replace(/^:\s*/, '');
  const beside = behindColon(label);
  const afterColon =
    beside?.text ?? (label.text.includes(':') ? label.text.slice(label.text.indexOf(':') + 1).trim() : rest);
  const isList = beside !== null && (BULLET.test(beside.text) || goesOnAligned(beside, lines.slice(at + 1)));
  if (afterColon.length > 3 && !isList) {
    const rest = goesOnBelow(label, lines[at + 1]);
    const items = [afterColon, ...rest.map((l) => l.text)]
      .join(' ')
      .split(/;\s*/)
      .map(cleanItem)
      .filter((item) => item !== '');
    return fieldOf(items, [label, ...rest], [...label.words.slice(2), ...rest.flatMap((l) => l.words)]);
  }
  const block: FieldLine[] = isList ? [beside] : [];
  let bottom = label.box[3];
  let strangers = 0;
  for (const line of lines.slice(at + 1)) {
    const tooFar = line.box[1] - bottom > 1.2 * line.height;
    const first = block[0];
    // Items in the middle of the page begin left of the label that stands above them.
    const from = BULLET.test(line.text) && line.right > label.right ? line.left : label.left;
    const outside = line.left < from - 0.03 || (first && line.left < first.left - 0.03);
    // One item ends in a full stop: `Kính gửi: - … .`
    if (line.page !== label.page || tooFar || /\.$/.test(block.at(-1)?.text ?? '')) break;
    if (outside && isList && line.right < (first?.left ?? 0) && ++strangers <= STRANGERS) continue;
    if (outside) break;
    block.push(line);
    bottom = line.box[3];
    if (/\.$/.test(line.text)) break;
  }
  const items = collectItems(block);
  return items.length === 0 ? null : fieldOf(items, block);
}
