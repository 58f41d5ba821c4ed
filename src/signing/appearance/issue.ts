/** Number and date put on a document when it is issued, before the agency seals it (NĐ 30/2020 art. 15, App. I Part I II.3–4). */
import { SigningError } from '../errors.ts';
import type { PdfDocument } from '../pdf/syntax/document.ts';
import type { PdfPage } from '../pdf/syntax/pages.ts';
import type { Drawing, PlacedText } from './drawing.ts';
import { placedTexts } from './drawing.ts';
import { type Box, within } from './geometry.ts';
import { loadFont, textWidth } from './glyphs/font.ts';
import { type Blank, type IssueLine, readIssueLine } from './issue-line.ts';
import { pageCharacters } from './page-text.ts';

/** What the clerk gives out. */
export interface IssueStamp {
  /** Arabic number, with a letter where one is inserted: `15`, `15a`. */
  readonly number: string;
  /** yyyy-MM-dd. */
  readonly date: string;
}

/** Ready to be drawn. */
export interface IssueDrawing {
  readonly box: Box;
  readonly drawing: Drawing;
}

/** Smaller than this share of the line's size, a number is not legible as part of it. */
const LEAST_SCALE = 0.6;
const PAD = 2;

function invalid(reason: string): SigningError {
  return new SigningError('SIGNING_OPTION_INVALID', { details: { reason } });
}

function conflict(what: string, printed: string, given: string): SigningError {
  return new SigningError('SIGNING_NUMBER_CONFLICT', {
    details: { reason: `${what}: ${printed} ≠ ${given}` },
  });
}

/** Numbers below 10 get a zero in front (II.3c), and so do days below 10 and months 1 and 2 (II.4b). */
function partsOf(stamp: IssueStamp): { number: string; day: string; month: string; year: string } {
  const number = /^(\d{1,5})([a-zđ]?)$/.exec(stamp.number.trim());
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(stamp.date);
  if (number === null) throw invalid('issue number');
  const [, year = '', month = '', day = ''] = date ?? [];
  const isDay = date !== null && new Date(`${stamp.date}T00:00:00Z`).toISOString().startsWith(stamp.date);
  if (!isDay) throw invalid('issue date is yyyy-MM-dd');
  const [, digits = '', letter = ''] = number;
  return {
    number: `${digits.padStart(2, '0')}${letter}`,
    day,
    month: Number(month) <= 2 ? month : String(Number(month)),
    year,
  };
}

function isSame(printed: string, given: string): boolean {
  return printed.replace(/^0+/, '') === given.replace(/^0+/, '');
}

function fill(blank: Blank, text: string, slant: boolean, isOpen = false): PlacedText {
  const font = loadFont('termes');
  const room = blank.x1 - blank.x0 - 2;
  const width = textWidth(font, text, blank.size);
  const scale = isOpen ? 1 : Math.min(1, room / width);
  if (scale < LEAST_SCALE)
    throw new SigningError('SIGNING_ANCHOR_NOT_FOUND', { details: { reason: `no room for ${text}` } });
  const size = blank.size * scale;
  const x = isOpen ? blank.x0 + blank.size * 0.25 : (blank.x0 + blank.x1 - width * scale) / 2;
  return { text, x, y: blank.y, size, slant, width: width * scale };
}

function numberTexts(line: IssueLine, number: string, documentCode: string | undefined): PlacedText[] {
  if (line.number === null)
    throw new SigningError('SIGNING_ANCHOR_NOT_FOUND', { details: { reason: 'Số: …/…' } });
  const { notation, printed } = line.number;
  const wanted =
    documentCode?.includes('/') === true ? documentCode.slice(documentCode.indexOf('/') + 1) : '';
  if (notation !== '' && wanted !== '' && notation !== wanted) throw conflict('ký hiệu', notation, wanted);
  if (printed !== '') {
    if (!isSame(printed, number)) throw conflict('số', printed, number);
    return [];
  }
  if (notation !== '') return [fill(line.number, number, false)];
  return [fill(line.number, wanted === '' ? number : `${number}/${wanted}`, false, true)];
}

function dateTexts(line: IssueLine, parts: { day: string; month: string; year: string }): PlacedText[] {
  if (line.date === null)
    throw new SigningError('SIGNING_ANCHOR_NOT_FOUND', { details: { reason: 'ngày … tháng … năm …' } });
  const texts: PlacedText[] = [];
  for (const part of ['day', 'month', 'year'] as const) {
    const blank = line.date[part];
    if (blank.printed === '') texts.push(fill(blank, parts[part], true, part === 'year'));
    else if (!isSame(blank.printed, parts[part]))
      throw conflict('ngày, tháng, năm', blank.printed, parts[part]);
  }
  return texts;
}

/**
 * Number and date for the blanks of page 1; null when both are printed there already.
 * @param documentCode số/ký hiệu: its notation must be the printed one, or is written with the number.
 * @throws SigningError SIGNING_ANCHOR_NOT_FOUND, SIGNING_NUMBER_CONFLICT, SIGNING_OPTION_INVALID
 */
export function drawIssue(
  document: PdfDocument,
  page: PdfPage,
  stamp: IssueStamp,
  documentCode: string | undefined,
): IssueDrawing | null {
  const line = readIssueLine(pageCharacters(document, page));
  const parts = partsOf(stamp);
  const texts = [...numberTexts(line, parts.number, documentCode), ...dateTexts(line, parts)];
  if (texts.length === 0) return null;
  const left = Math.min(...texts.map(({ x }) => x)) - PAD;
  const right = Math.max(...texts.map(({ x, width }) => x + width)) + PAD + 3;
  const bottom = Math.min(...texts.map(({ y, size }) => y - size * 0.25)) - PAD;
  const top = Math.max(...texts.map(({ y, size }) => y + size)) + PAD;
  const box = within(page, [left, bottom, right - left, top - bottom]);
  return { box, drawing: placedTexts(texts, box) };
}

/** The blank of the number on page 1 when nothing is printed in it; null: numbered, or no such line. */
export function blankNumber(document: PdfDocument, page: PdfPage): Blank | null {
  const { number } = readIssueLine(pageCharacters(document, page));
  return number === null || number.printed !== '' || number.notation === '' ? null : number;
}
