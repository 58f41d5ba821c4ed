import type { OcrWord } from '../../types.ts';
import { repairPosition } from '../repair.ts';
import { type FieldLine, middle, toKey } from '../text.ts';

/** `KT. GIÁM ĐỐC`: for the head, as whose deputy somebody signs (NĐ 30/2020 App. I Part I item 7a). */
const FOR_HEAD = /^_?(?:KT\s?\.|K\/T)\s?(\p{Lu}[\p{Lu} ]{4,40})$/u;

/** Confidence from which what stands before the office is taken for another word than the deputy's own. */
const SURE = 0.75;
/** Confidence of a word of which a seal left only a part. */
const HALF_HIDDEN = 0.5;
/**
 * Pitch of the lines of an office, in heights of a line, and how far its end may be off, in letters: without its first
 * word in the middle it ends two earlier.
 */
const PITCH = { min: 0.5, max: 1.7 };
const OFF_END = { min: -0.9, max: 1.4 };

/** What the deputy of a head is called: ministers alone have another word for it. */
function deputyOf(head: string): string {
  return head === 'BỘ TRƯỞNG' ? 'THỨ TRƯỞNG' : `PHÓ ${head}`;
}

/** Letters of a word: `TRƯỞNG.` and `TRƯỞNG` are one. */
function lettersOf(word: OcrWord): string {
  return toKey(word.text).replace(/[^a-z]/g, '');
}

/** How many of the last words are those of the office, marks aside. */
function sameAtEnd(words: readonly OcrWord[], office: readonly string[]): number {
  let same = 0;
  while (
    same < Math.min(words.length, office.length) &&
    lettersOf(words[words.length - 1 - same] as OcrWord) === toKey(office[office.length - 1 - same] as string)
  )
    same++;
  return same;
}

/** What stands under the line of the head at the pitch of lines, from left to right. */
function rowUnder(head: FieldLine, lines: readonly FieldLine[], width: number): FieldLine[] {
  const centre = (head.box[0] + head.box[2]) / 2;
  const level = (line: FieldLine): number => (line.box[1] + line.box[3]) / 2;
  return lines
    .filter((line) => {
      const down = (level(line) - level(head)) / head.height;
      const isNear = line.page === head.page && down > PITCH.min && down < PITCH.max;
      return isNear && line.box[2] > centre - width / 2 && line.box[0] < centre + width / 2;
    })
    .sort((a, b) => a.box[0] - b.box[0]);
}

/**
 * The office under `KT. …` of which a seal hid the front: `ỞNG CÔNG AN HUYỆN`. Only the deputy of that head can sign
 * there, and its last words must stand where they would. `null` when it is whole, another, or not there at all.
 */
function hiddenDeputy(
  head: FieldLine,
  lines: readonly FieldLine[],
): { parts: FieldLine[]; line: FieldLine } | null {
  const named = FOR_HEAD.exec(head.text)?.[1];
  if (named === undefined) return null;
  const office = deputyOf(repairPosition(named)).split(' ');
  const letter = (head.box[2] - head.box[0]) / head.text.length;
  const width = office.join(' ').length * letter;
  const parts = rowUnder(head, lines, width);
  const words = parts.flatMap((part) => part.words);
  const same = sameAtEnd(words, office);
  const front = words.slice(0, words.length - same);
  const isWhole = parts.length < 2 && words.map((w) => w.text).join(' ') === office.join(' ');
  if (same === 0 || isWhole || front.some((w) => isAnotherWord(w, office))) return null;
  const [, y0, x1, y1] = (parts.at(-1) as FieldLine).box;
  const centre = (head.box[0] + head.box[2]) / 2;
  const off = (x1 - (centre + width / 2)) / letter;
  if (off < OFF_END.min || off > OFF_END.max) return null;
  const own = office.map((text, i): OcrWord => {
    const read = words[words.length - office.length + i];
    const isRead = i >= office.length - same && read !== undefined;
    const box = isRead ? read.box : ([centre - width / 2, y0, x1, y1] as OcrWord['box']);
    return { text, confidence: isRead ? read.confidence : HALF_HIDDEN, box };
  });
  const text = office.join(' ');
  const half = (width / 2) * ((head.right - head.left) / (head.box[2] - head.box[0]));
  const [left, right] = [middle(head) - half, middle(head) + half];
  const box: FieldLine['box'] = [Math.round(centre - width / 2), y0, x1, y1];
  return { parts, line: { ...head, text, key: toKey(text), words: own, box, left, right, height: y1 - y0 } };
}

/** Confidence under which a word of an office is what a stroke of the pen made of it. */
const STROKE = 0.3;

/**
 * The office under `KT. …` one word of which a stroke of the pen made unreadable: it is the deputy's, whose other words
 * stand in their places (`PHÓ CHỦ SiẾH THƯỜNG TRỰC` under `KT. CHỦ TỊCH`).
 */
function withHiddenWord(line: FieldLine, lines: readonly FieldLine[]): FieldLine {
  const at = line.words.findIndex((w) => w.confidence < STROKE);
  if (at < 1 || lettersOf(line.words[0] as OcrWord) !== 'pho') return line;
  const office = lines
    .filter((head) => rowUnder(head, [line], head.box[2] - head.box[0]).length > 0)
    .map((head) => FOR_HEAD.exec(head.text)?.[1])
    .flatMap((named) => (named === undefined ? [] : [deputyOf(repairPosition(named)).split(' ')]))
    .find((words) => words.every((own, i) => i === at || lettersOf(line.words[i] ?? ABSENT) === toKey(own)));
  const text = office?.[at];
  if (office === undefined || text === undefined || office.length < 3) return line;
  const words = line.words.map((w, i) => (i === at ? { ...w, text } : w));
  const whole = words.map((w) => w.text).join(' ');
  return { ...line, words, text: whole, key: toKey(whole) };
}

const ABSENT: OcrWord = { text: '', confidence: 0, box: [0, 0, 0, 0] };

/** Whether an office is the deputy's of the head in the line of the authority. */
export function isDeputy(office: FieldLine, authority: FieldLine | undefined): boolean {
  const head = FOR_HEAD.exec(authority?.text ?? '')?.[1];
  return head !== undefined && office.text === deputyOf(repairPosition(head));
}

/** Whether a word before the end was read for certain and is none of the office's. */
function isAnotherWord(word: OcrWord, office: readonly string[]): boolean {
  const letters = lettersOf(word);
  return letters.length > 1 && word.confidence >= SURE && !office.some((own) => toKey(own).endsWith(letters));
}

/** How far to the right the head stands over its deputy where `KT.` before it is hidden, in letters: half of that. */
const HIDDEN_AUTHORITY = { min: 0.8, max: 3 };

/**
 * A head right over its own deputy with the `KT.` a seal has hidden: nobody else is named there. In the middle over it, the
 * line would be whole.
 */
function withAuthorityOver(head: FieldLine, lines: readonly FieldLine[]): FieldLine {
  if (/^K\/T\b/.test(head.text)) return head;
  const from = head.words.findIndex((w) => /\p{Lu}{2}/u.test(w.text));
  const own = head.words.slice(Math.max(0, from));
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last || /\p{L}{2}/u.test(head.text.slice(0, head.text.indexOf(first.text)))) return head;
  const name = own.map((w) => w.text).join(' ');
  const isOver = lines.some((office) => {
    const letter = (office.box[2] - office.box[0]) / office.text.length;
    const off = (first.box[0] + last.box[2] - office.box[0] - office.box[2]) / 2 / letter;
    const down = (office.box[1] + office.box[3] - head.box[1] - head.box[3]) / 2 / office.height;
    return (
      office.page === head.page &&
      down > PITCH.min &&
      down < PITCH.max &&
      off > HIDDEN_AUTHORITY.min &&
      off < HIDDEN_AUTHORITY.max &&
      office.text === deputyOf(name)
    );
  });
  if (!isOver) return head;
  const [, y0, , y1] = head.box;
  const hidden: OcrWord = { text: 'KT.', confidence: HALF_HIDDEN, box: [head.box[0], y0, first.box[0], y1] };
  const text = `KT. ${name}`;
  return { ...head, text, key: toKey(text), words: [hidden, ...own] };
}

/** Lines with the offices of deputies, and of those they stand in for, made whole that a seal has hidden in part. */
export function withDeputies(all: readonly FieldLine[]): FieldLine[] {
  const lines = all.map((line) => withHiddenWord(withAuthorityOver(line, all), all));
  return lines.reduce<FieldLine[]>(
    (known, head) => {
      const hidden = hiddenDeputy(head, known);
      if (hidden === null) return known;
      return [...known.filter((line) => !hidden.parts.includes(line)), hidden.line];
    },
    [...lines],
  );
}
