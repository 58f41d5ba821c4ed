import type { BoxedWord, LetterBox } from '../../image/lines/letter-boxes.ts';
import type { Prepared } from '../../image/prepare.ts';
import type { RawWord, Recognizer } from '../tesseract.ts';

/** Words in boxes read per page at most. */
const MAX_WORDS = 80;
/** Confidence left to a word whose letters are not as many as its boxes. */
const MISCOUNTED = 0.5;

function toWord({ boxes }: BoxedWord, read: readonly RawWord[]): RawWord | null {
  const text = [...read]
    .sort((a, b) => a.x0 - b.x0)
    .map((word) => word.text)
    .join('');
  const [first, last] = [boxes[0] as LetterBox, boxes.at(-1) as LetterBox];
  if (text === '') return null;
  const confidence = Math.min(...read.map((word) => word.confidence));
  const height = first.y1 - first.y0;
  return {
    text,
    confidence: [...text].length === boxes.length ? confidence : MISCOUNTED * confidence,
    x0: first.x0,
    y0: first.y0,
    x1: last.x1,
    y1: last.y1,
    baseline: first.y1 - Math.round(0.2 * height),
    rowHeight: height,
  };
}

/** Reads what stands in boxes for one letter each, every run of them as one word. */
export async function readLetterBoxes(
  recognizer: Recognizer,
  { letterBoxes }: Pick<Prepared, 'letterBoxes'>,
): Promise<RawWord[]> {
  const boxed = letterBoxes.flatMap((row) => row.words).slice(0, MAX_WORDS);
  const found: RawWord[] = [];
  for (const single of [true, false]) {
    const chosen = boxed.filter((word) => (word.boxes.length === 1) === single);
    const pictures = chosen.map((word) => word.picture);
    const read = pictures.length === 0 ? [] : await recognizer.readAll(pictures, single ? '10' : '7');
    chosen.forEach((word, i) => {
      const own = toWord(word, read[i] ?? []);
      if (own) found.push(own);
    });
  }
  return found;
}
