import { unionBox } from '../../page/geometry.ts';
import type { Box, OcrWord, ReadLine } from '../../types.ts';

/** One character of a text layer with its place on the page as shown; `null` for generated blanks. */
export interface LayerChar {
  character: string;
  box: Box | null;
}

/** Confidence given to a text layer that passed the check: it is what the author's program wrote. */
const LAYER_CONFIDENCE = 1;

/** Groups characters of a text layer into words and lines, in the order of the layer. */
export function collectLayerLines(chars: readonly LayerChar[]): ReadLine[] {
  const lines: ReadLine[] = [];
  let words: OcrWord[] = [];
  let text = '';
  let boxes: Box[] = [];
  const endWord = (): void => {
    const value = text.normalize('NFC');
    if (value !== '' && boxes.length > 0)
      words.push({ text: value, confidence: LAYER_CONFIDENCE, box: unionBox(boxes) });
    text = '';
    boxes = [];
  };
  const endLine = (): void => {
    endWord();
    if (words.length > 0) lines.push({ words, box: unionBox(words.map((w) => w.box)) });
    words = [];
  };
  for (const { character, box } of chars) {
    if (character === '\n' || character === '\r') endLine();
    else if (/^[\s\0\u00a0]$/.test(character)) endWord();
    else {
      text += character;
      if (box) boxes.push(box);
    }
  }
  endLine();
  return lines;
}

/** Least share of letters with Vietnamese marks in a believable layer; running text has 0.2 to 0.3. */
const MIN_MARKED = 0.08;
const MAX_GARBAGE = 0.05;

/** Whether an invisible layer is worth keeping: Vietnamese marks present, little garbage. */
export function isBelievableLayer(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 20) return false;
  const marked = text.normalize('NFD').match(/\p{M}|[đĐ]/gu)?.length ?? 0;
  const garbage = text.replace(/\s/g, '').match(/[\ufffd\p{Co}\p{Cc}]/gu)?.length ?? 0;
  return marked / letters >= MIN_MARKED && garbage / text.length <= MAX_GARBAGE;
}
