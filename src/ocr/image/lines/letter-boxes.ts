import { crop, type Gray, inkBox } from '../gray.ts';
import type { Ruling } from './rulings.ts';

/** The inside of one box for one letter or digit, in pixels; ends exclusive. */
export interface LetterBox {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Boxes for one letter each, side by side between two rulings, left to right. */
export interface LetterBoxes {
  boxes: LetterBox[];
  /** What is written in them, an empty box between two words. */
  words: BoxedWord[];
}

/** Letters of boxes side by side. */
export interface BoxedWord {
  boxes: LetterBox[];
  /** The letters put together as a word is written. */
  picture: Gray;
}

interface Row {
  boxes: LetterBox[];
  /** First and last column of every upright line between them. */
  sides: [number, number][];
}

/** Pixels next to a side that its remains may stand on. */
const INSET = 2;
/** White between two letters put together, and around them, as shares of the height of a box. */
const LETTER_GAP = 0.12;
const MARGIN = 0.35;
/** Share of the height of a box its letter has at least; less is a comma's or a speck's. */
const MIN_LETTER = 0.2;

/** Height of a box, as a share of the page width: 3.5 to 11 mm on A4. */
const HEIGHT = { min: 0.0165, max: 0.055 };
/** A box is between half and one and a half times as wide as high. */
const ASPECT = { min: 0.45, max: 1.6 };
/** Share of the height a side must be drawn on; a hand's upright stroke does not touch both rulings. */
const SIDE_FILL = 0.9;
/** Thickest side, pixels at 200 dpi. */
const MAX_SIDE = 7;
/** Boxes a row has at least: two hold a day or a month. */
const MIN_BOXES = 2;

/** Upright lines from one ruling to the other, as `[first, last]` columns. */
function sidesBetween(image: Gray, threshold: number, top: Ruling, bottom: Ruling): [number, number][] {
  // One of the two may end early where it was printed pale: the last side stands at its own end of the other.
  const from = Math.max(0, Math.min(top.x0, bottom.x0) - MAX_SIDE);
  const to = Math.min(image.width, Math.max(top.x1, bottom.x1) + MAX_SIDE);
  const [y0, y1] = [top.y1, bottom.y0];
  const sides: [number, number][] = [];
  for (let x = from; x < to; x++) {
    let dark = 0;
    for (let y = y0; y < y1; y++) if ((image.data[y * image.width + x] as number) < threshold) dark++;
    if (dark < SIDE_FILL * (y1 - y0)) continue;
    const last = sides.at(-1);
    if (last && x - last[1] <= 1) last[1] = x;
    else sides.push([x, x]);
  }
  return sides.filter(([a, b]) => b - a < MAX_SIDE);
}

/** Whether a side ends at the rulings; those of a table go on into the next row. */
function endsThere(
  image: Gray,
  threshold: number,
  [a, b]: readonly [number, number],
  top: Ruling,
  bottom: Ruling,
): boolean {
  const x = (a + b) >> 1;
  const dark = (y: number): boolean => (image.data[y * image.width + x] ?? 255) < threshold;
  const beyond = [2, 4, 6].map((d) => [dark(top.y0 - d), dark(bottom.y1 + d)]);
  return !beyond.every(([above]) => above) && !beyond.every(([, below]) => below);
}

/** Rows of boxes of about the same width. */
function rowsOf(sides: readonly [number, number][], y0: number, y1: number): Row[] {
  const rows: Row[] = [];
  const height = y1 - y0;
  for (let i = 1; i < sides.length; i++) {
    const [left, right] = [sides[i - 1], sides[i]] as [[number, number], [number, number]];
    const [x0, x1] = [left[1] + 1, right[0]];
    if (x1 - x0 < ASPECT.min * height || x1 - x0 > ASPECT.max * height) continue;
    const row = rows.at(-1);
    if (row?.sides.at(-1) === left) {
      row.boxes.push({ x0, x1, y0, y1 });
      row.sides.push(right);
    } else rows.push({ boxes: [{ x0, x1, y0, y1 }], sides: [left, right] });
  }
  return rows.filter((row) => row.boxes.length >= MIN_BOXES);
}

/** Finds rows of boxes between rulings that lie a line of writing apart. */
function findRows(image: Gray, horizontal: readonly Ruling[], threshold: number): Row[] {
  const [min, max] = [HEIGHT.min * image.width, HEIGHT.max * image.width];
  const found: Row[] = [];
  for (const top of horizontal) {
    const bottom = horizontal.find((r) => {
      const overlap = Math.min(r.x1, top.x1) - Math.max(r.x0, top.x0);
      const isBelow = r.y0 - top.y1 >= min && r.y0 - top.y1 <= max;
      return isBelow && overlap > 0.8 * Math.max(r.x1 - r.x0, top.x1 - top.x0);
    });
    if (!bottom) continue;
    const sides = sidesBetween(image, threshold, top, bottom).filter((side) =>
      endsThere(image, threshold, side, top, bottom),
    );
    found.push(...rowsOf(sides, top.y1, bottom.y0));
  }
  return found;
}

/** The ink in a box, `null` when there is none to speak of. */
function letterIn(image: Gray, box: LetterBox, threshold: number): Gray | null {
  const inside = crop(
    image,
    box.x0 + INSET,
    box.y0 + INSET,
    box.x1 - box.x0 - 2 * INSET,
    box.y1 - box.y0 - 2 * INSET,
  );
  const ink = inkBox(inside, threshold);
  if (!ink || ink.y1 - ink.y0 < MIN_LETTER * (box.y1 - box.y0)) return null;
  return crop(inside, ink.x0, 0, ink.x1 - ink.x0, inside.height);
}

function compose(letters: readonly Gray[], height: number): Gray {
  const [gap, margin] = [Math.round(LETTER_GAP * height), Math.round(MARGIN * height)];
  const inner = letters[0]?.height ?? 0;
  const width = letters.reduce((sum, letter) => sum + letter.width + gap, 2 * margin - gap);
  const picture: Gray = {
    width,
    height: inner + 2 * margin,
    data: new Uint8Array(width * (inner + 2 * margin)).fill(255),
  };
  let left = margin;
  for (const letter of letters) {
    for (let y = 0; y < inner; y++)
      picture.data.set(
        letter.data.subarray(y * letter.width, (y + 1) * letter.width),
        (margin + y) * width + left,
      );
    left += letter.width + gap;
  }
  return picture;
}

function wordsOf(image: Gray, { boxes }: Row, threshold: number): BoxedWord[] {
  const words: { boxes: LetterBox[]; letters: Gray[] }[] = [];
  let open = false;
  for (const box of boxes) {
    const letter = letterIn(image, box, threshold);
    const word = words.at(-1);
    if (letter && open && word) {
      word.boxes.push(box);
      word.letters.push(letter);
    } else if (letter) words.push({ boxes: [box], letters: [letter] });
    open = letter !== null;
  }
  return words.map((word) => ({
    boxes: word.boxes,
    picture: compose(word.letters, (word.boxes[0] as LetterBox).y1 - (word.boxes[0] as LetterBox).y0),
  }));
}

/** Paints boxes, their sides and what is in them white. */
function erase(image: Gray, { boxes, sides }: Row): void {
  const [first] = boxes;
  const [left, right] = [sides[0]?.[0], sides.at(-1)?.[1]];
  if (!first || left === undefined || right === undefined) return;
  for (let y = first.y0; y < first.y1; y++) {
    const row = y * image.width;
    image.data.fill(255, row + Math.max(0, left - 1), row + Math.min(image.width, right + 2));
  }
}

/**
 * Takes rows of boxes for one letter each (`Số định danh: |0|3|6|…`) off the page, and gives what stood in them: letters
 * so far apart are no words to the recogniser. Their sides are shorter than what counts as a ruling.
 * @param horizontal rulings of the page; still on it
 * @param threshold grey level under which a pixel is ink
 */
export function takeLetterBoxes(
  image: Gray,
  horizontal: readonly Ruling[],
  threshold: number,
): LetterBoxes[] {
  return findRows(image, horizontal, threshold).map((row) => {
    const words = wordsOf(image, row, threshold);
    erase(image, row);
    return { boxes: row.boxes, words };
  });
}
