import type { Box, OcrPage, OcrWord } from '../types.ts';

/** Words of one line of a result page, and the box around them. */
export interface PageLine {
  words: OcrWord[];
  box: Box;
}

/** The lines of a page: its words stand in the order of its text, whose lines are parted by `\n`. */
export function linesOf(page: OcrPage): PageLine[] {
  let at = 0;
  return page.text.split('\n').flatMap((text) => {
    const count = text === '' ? 0 : text.split(' ').length;
    const words = page.words.slice(at, at + count);
    at += count;
    if (words.length === 0) return [];
    const box: Box = [
      Math.min(...words.map((w) => w.box[0])),
      Math.min(...words.map((w) => w.box[1])),
      Math.max(...words.map((w) => w.box[2])),
      Math.max(...words.map((w) => w.box[3])),
    ];
    return [{ words, box }];
  });
}

/** Characters XML 1.0 does not allow are dropped, those it reserves are escaped. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
