/** The raised numbers of footnotes on forms, which are read as all sorts of signs: `(1)`, `®`, `0)`, `(Ì`. */
import { isVietnameseSyllable } from '../proof/syllable.ts';
import type { OcrWord } from '../types.ts';

/** Letters and signs of a note at most. */
const NOTE_LENGTH = 4;
/** What the engine thinks of such small print. */
const UNSURE = 0.5;

function isNote({ text, confidence }: OcrWord): boolean {
  if (text.length > NOTE_LENGTH || /\d{3}/.test(text)) return false;
  if (/^[^\p{L}\d]+$/u.test(text) && text !== '-') return true;
  if (/^\(?[\p{L}\d]{0,2}[)}®©°]+[.,:]?$/u.test(text)) return true;
  return confidence < UNSURE && text.length <= 3 && !isVietnameseSyllable(text) && !/^\d+$/.test(text);
}

/** Words of a value without the note in front of it; alone, a sign may be the value. */
export function withoutNote(words: readonly OcrWord[]): OcrWord[] {
  const [first, second] = words;
  if (first === undefined) return [];
  if (second !== undefined && /^[\p{Lu}\d]/u.test(second.text) && isNote(first)) return words.slice(1);
  // A bracket that is opened and not closed: `(ÌỦy ban`.
  const glued = /^[({][^)\p{Ll}]{0,2}(?=\p{Lu}\p{Ll})/u.exec(first.text)?.[0];
  const closed = words.some((w, i) => (i > 0 || /\)/.test(w.text)) && /[)}]/.test(w.text));
  if (glued === undefined || closed) return [...words];
  return [{ ...first, text: first.text.slice(glued.length) }, ...words.slice(1)];
}
