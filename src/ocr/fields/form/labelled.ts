/** Values of a form by their labels: behind them, beside them in a cell of its own, or below. */
import type { OcrWord } from '../../types.ts';
import { withoutNote } from '../notes.ts';
import type { FieldLine } from '../text.ts';
import { endsLabel, type Segment, toSegments } from './segments.ts';

/** A value found by its label. */
export interface Labelled {
  value: string;
  /** Line of the label first. */
  lines: FieldLine[];
  words: OcrWord[];
}

/** Lines of a form with their items. */
export interface Form {
  lines: readonly FieldLine[];
  segments: readonly Segment[];
}

export function toForm(lines: readonly FieldLine[]): Form {
  return { lines, segments: toSegments(lines) };
}

/** Makes a field of what stands by a label, or `null` when it is no value of its kind. */
type Read<T> = (found: Labelled) => T | null;

/**
 * The first value that `read` takes; labels in the order of how sure they are, items in the order of the page.
 * @param labels matched at the start of an item
 */
export function findLabelled<T>(form: Form, labels: readonly RegExp[], read: Read<T>): T | null {
  for (const label of labels) {
    for (const segment of form.segments) {
      for (const found of valuesOf(form, segment, label)) {
        const value = read(found);
        if (value !== null) return value;
      }
    }
  }
  return null;
}

/** Specks in front of a label at most. */
const SPECKS = 2;

function matchOf({ key }: Segment, label: RegExp): { matched: string; from: number } | null {
  const words = key.split(' ');
  for (let from = 0; from <= Math.min(SPECKS, words.length - 1); from++) {
    const matched = label.exec(words.slice(from).join(' '))?.[0];
    if (matched !== undefined) return { matched, from };
  }
  return null;
}

function* valuesOf(form: Form, segment: Segment, label: RegExp): Generator<Labelled> {
  const match = matchOf(segment, label);
  if (match === null) return;
  const { line, words } = segment;
  const colon = words.findIndex(endsLabel);
  const behind = colon < 0 ? behindWords(segment, match) : behindColon(words, colon);
  if (behind.length > 0) {
    const more = segment.words.at(-1) === line.words.at(-1) ? continuation(form, segment, behind) : [];
    yield labelled([line, ...more], [...behind, ...more.flatMap((l) => l.words)]);
  }
  const bare = segment.alone && (colon < 0 ? isBareLabel(segment) : behind.length === 0);
  if (!bare) return;
  const beside = cellBeside(form.lines, line);
  if (beside.length > 0)
    yield labelled(
      [line, ...beside],
      beside.flatMap((l) => l.words),
    );
  const below = lineBelow(form, line);
  if (below) yield labelled([line, below], below.words);
}

function labelled(lines: FieldLine[], words: OcrWord[]): Labelled {
  const own = withoutNote(words);
  const value = own
    .map((w) => w.text)
    .join(' ')
    .replace(/[.…_\s]+$/u, '')
    .trim();
  return { value, lines, words: own };
}

function behindColon(words: readonly OcrWord[], colon: number): OcrWord[] {
  const own = words[colon] as OcrWord;
  const glued = own.text.replace(/^[^:：]*[:：]+/u, '');
  return [...(glued === '' ? [] : [{ ...own, text: glued }]), ...words.slice(colon + 1)];
}

/** Words behind a label that has no colon, or lost it. */
function behindWords(segment: Segment, { matched, from }: { matched: string; from: number }): OcrWord[] {
  return segment.words.slice(segment.skipped + from + matched.trim().split(' ').length);
}

/** Words a label in a cell of its own has at most. */
const BARE_WORDS = 9;

/** Whether a line without a colon may be nothing but a label. */
function isBareLabel({ words }: Segment): boolean {
  return words.length <= BARE_WORDS && !words.slice(1).some((w) => /\d{2}/.test(w.text));
}

const centre = (l: FieldLine): number => (l.box[1] + l.box[3]) / 2;
/** Lines of one column begin within this share of the width. */
const COLUMN = 0.015;
/** Blank between a label in small print and the value under it at most, in heights of the label. */
const UNDER = 1.2;
/** Blank between two lines of one cell at most, in heights of a line. */
const SAME_CELL = 0.6;

/** Lines of the cell right of a label: from half way to the label above to half way to the label below. */
function cellBeside(lines: readonly FieldLine[], label: FieldLine): FieldLine[] {
  const page = lines.filter((l) => l.page === label.page);
  const column = page
    .filter((l) => Math.abs(l.left - label.left) < COLUMN)
    .sort((a, b) => a.box[1] - b.box[1]);
  const at = column.indexOf(label);
  const above = column[at - 1];
  let [last, below] = [label, column[at + 1]];
  // A label of two lines; one that begins with a capital is of the next row, set close.
  const goesOn =
    below &&
    !/^\p{Lu}\p{Ll}/u.test(below.text) &&
    !label.words.some(endsLabel) &&
    !below.words.some(endsLabel);
  if (below && goesOn && below.box[1] - last.box[3] < SAME_CELL * label.height)
    [last, below] = [below, column[at + 2]];
  const reach = 1.2 * label.height;
  const top = Math.max(label.box[1] - reach, above ? (above.box[3] + label.box[1]) / 2 : 0);
  const bottom = Math.min(last.box[3] + reach, below ? (last.box[3] + below.box[1]) / 2 : Number.MAX_VALUE);
  const right = page
    .filter((l) => l.left >= label.right && centre(l) > top && centre(l) < bottom && !isNoteAlone(l))
    .sort((a, b) => a.left - b.left);
  const [first] = right;
  if (!first) return [];
  const cell = right.filter((l) => l.left - first.left < COLUMN).sort((a, b) => a.box[1] - b.box[1]);
  return cell.some((l) => l.words.some(endsLabel)) || isLabel(first) ? [] : cell;
}

/** A note's raised number that stands for itself between label and value. */
function isNoteAlone({ words, text }: FieldLine): boolean {
  return words.length === 1 && text.length <= 3 && !/\d{2}/.test(text);
}

/** Whether a cell holds a label, not a value: `Ngày hẹn trả`. */
function isLabel({ key, text }: FieldLine): boolean {
  const begins =
    /^(ngay|thoi (gian|han)|thu tuc|noi (dung|nhan)|so (can|cmnd|cccd|dinh|dien|luong)|ma|le phi|dia chi|nguoi|dien thoai|ho ten|ho va ten)\b/;
  return !/\d/.test(text) && begins.test(key);
}

/** The line of a value right under its label, in small print above it. */
function lineBelow({ lines }: Form, label: FieldLine): FieldLine | null {
  const below = lines
    .filter(
      (l) => l.page === label.page && l.box[1] >= centre(label) && Math.abs(l.left - label.left) < COLUMN,
    )
    .sort((a, b) => a.box[1] - b.box[1])[0];
  if (
    !below ||
    below.box[1] - label.box[3] > UNDER * label.height ||
    below.words.some(endsLabel) ||
    isLabel(below)
  )
    return null;
  return below;
}

/** Right end of a line that is full, share of the page width. */
const FULL = 0.75;
/** What a part of an address that goes on in the next line ends in. */
const OPEN_END =
  /\b(so|duong|pho|ngo|ngach|to|khu|khoi|thon|xom|ap|ban|lang|xa|phuong|thi tran|quan|huyen|thanh pho|tp\.?|tinh|cong ty|va|-)$|,$/;

/** Words of a name that went on in a line of its own, at most. */
const REST_WORDS = 3;

/** What the rest of an address holds. */
const ADDRESS_REST = /,.*\b(xa|phuong|thi tran|quan|huyen|thi xa|thanh pho|tp\.?|tinh|viet nam)\b/;

/** Whether the first word of the next line had no room in a line any more. */
function isFull(line: FieldLine, next: FieldLine, lines: readonly FieldLine[]): boolean {
  const margin = Math.max(...lines.filter((l) => l.page === line.page).map((l) => l.box[2]));
  const [word] = next.words;
  return word !== undefined && line.box[2] + (word.box[2] - word.box[0]) > margin - 0.3 * line.height;
}

/** Following lines that go on with the value: no label, no item number, right under, not capitalised sentences. */
function continuation(
  { lines, segments }: Form,
  { line, at }: Segment,
  value: readonly OcrWord[],
): FieldLine[] {
  const text = value.map((w) => w.text).join(' ');
  const open = OPEN_END.test(line.key);
  if (line.right < FULL && !/,$/.test(text)) return [];
  const next = lines[at + 1];
  if (!next || next.page !== line.page || next.box[1] - line.box[3] > 0.9 * line.height) return [];
  const ownLabel =
    segments.some((s) => s.line === next && s.words.some(endsLabel)) ||
    /^\d{1,2}\s*[.)]/.test(next.text) ||
    /^[-–•]/.test(next.text);
  // A name that was parted: `thành phố Hải` / `Vân`.
  const isRest = next.words.length <= REST_WORDS && next.words.every((w) => /^\p{Lu}\p{Ll}/u.test(w.text));
  const isAddress = ADDRESS_REST.test(next.key) && isFull(line, next, lines);
  const capital = /^\p{Lu}/u.test(next.text) && !open && !isRest && !isAddress;
  return ownLabel || capital ? [] : [next];
}
