import { unionBox } from '../../page/geometry.ts';
import { isVietnameseSyllable } from '../../proof/syllable.ts';
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
/** Words from which a text can be judged. */
const FEW_WORDS = 8;
/**
 * Share of words in Western letters with marks that are no Vietnamese syllables, from which a text is taken for one in a
 * font of the time before Unicode: TCVN3 and VNI texts have 0.6 and more, French 0.4 at most.
 */
const MAX_STRANGE = 0.5;
/** Latin-1 letters and signs: where the fonts of TCVN3 (`.VnTime`) and VNI keep Vietnamese letters. */
const WESTERN = /[\u00a1-\u00ff]/u;
const BEYOND_WESTERN = /[\u0100-\u{10ffff}]/u;
const EDGES = /^[\p{P}\s]+|[\p{P}\s]+$/gu;

function isStrange(word: string): boolean {
  if (!WESTERN.test(word) || BEYOND_WESTERN.test(word)) return false;
  const parts = word
    .replace(EDGES, '')
    .split(/[-/.,;:()]/u)
    .filter((part) => part !== '');
  return !parts.every((part) => isVietnameseSyllable(part));
}

/**
 * Whether the text of a page is what is seen on it: few characters without a meaning, and not written in a font that
 * keeps Vietnamese letters in places of others (`Céng hoµ` for `Cộng hoà`).
 * @param unmapped characters of which the PDF does not say what they mean
 */
export function isLegible(text: string, unmapped = 0): boolean {
  const dense = text.replace(/\s/g, '');
  const garbage = dense.match(/[\ufffd\p{Co}\p{Cc}]/gu)?.length ?? 0;
  if (Math.max(garbage, unmapped) > MAX_GARBAGE * dense.length) return false;
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const strange = words.filter(isStrange).length;
  return strange < FEW_WORDS || strange < MAX_STRANGE * words.length;
}

/** Whether an invisible layer is worth keeping: legible, with Vietnamese marks. */
export function isBelievableLayer(text: string, unmapped = 0): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 20) return false;
  const marked = text.normalize('NFD').match(/\p{M}|[đĐ]/gu)?.length ?? 0;
  return marked / letters >= MIN_MARKED && isLegible(text, unmapped);
}
