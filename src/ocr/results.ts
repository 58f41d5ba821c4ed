import type { OcrError } from './errors.ts';
import type { OcrPage, OcrProblem, PageReading } from './types.ts';

/** A page of the result. */
export function toPage(number: number, reading: PageReading, fromLayer: boolean): OcrPage {
  const words = reading.lines.flatMap((line) => line.words);
  const letters = words.reduce((sum, w) => sum + w.text.length, 0);
  const weight = words.reduce((sum, w) => sum + w.confidence * w.text.length, 0);
  return {
    number,
    width: reading.width,
    height: reading.height,
    dpi: Math.round(reading.dpi),
    rotation: reading.rotation,
    skewDegrees: reading.skewDegrees,
    source: fromLayer ? 'text-layer' : 'ocr',
    text: reading.lines.map((line) => line.words.map((w) => w.text).join(' ')).join('\n'),
    confidence: letters === 0 ? 0 : Math.round((1000 * weight) / letters) / 1000,
    words,
    ...(reading.treatment === undefined ? {} : { treatment: reading.treatment }),
  };
}

/** What went wrong with a part of the dossier, for people. */
export function toProblem(error: OcrError, place: Pick<OcrProblem, 'file' | 'page'>): OcrProblem {
  return { ...place, code: error.code, vi: error.vi, en: error.en };
}
