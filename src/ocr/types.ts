/** The shapes the module gives out (JSON of `lienthong ocr`) and the port of the recogniser. */

/** `[x0, y0, x1, y1]` in pixels of the upright page, origin top left. */
export type Box = [number, number, number, number];

/** Corners of a word seen aslant: top left, top right, bottom right, bottom left, `x` and `y` of each, pixels of the upright page. */
export type WordQuad = [number, number, number, number, number, number, number, number];

/** One recognised word. */
export interface OcrWord {
  /** NFC. */
  text: string;
  /** 0 to 1, three digits; words under 0.9 (about one in twenty) deserve a human look. */
  confidence: number;
  box: Box;
  /** Only on a photographed page: where the word is within `box`. */
  quad?: WordQuad;
  /** What the engine saw, when spelling and lexicon decided for `text`. */
  read?: string;
}

/** One page of the dossier, in the order of the input. */
export interface OcrPage {
  /** 1-based, counted over all input files. */
  number: number;
  /** Pixels of the upright page. */
  width: number;
  height: number;
  dpi: number;
  /** How far the scan stood turned clockwise: 0, 90, 180 or 270 degrees. */
  rotation: number;
  /** Slant of the text lines after `rotation` is undone; positive rises to the right (counter-clockwise). */
  skewDegrees: number;
  /** `text-layer` when a good layer was found in the PDF and kept. */
  source: 'ocr' | 'text-layer';
  /** Lines in reading order, separated by `\n`, NFC. */
  text: string;
  /** Mean word confidence weighted by length, 0 to 1; 0 on a blank page. */
  confidence: number;
  words: OcrWord[];
  /** What was done to make the page readable; only of pages read from pixels. */
  treatment?: PageTreatment;
}

/** Steps taken on a page, each decided by measuring it. The original image is what goes into the PDF. */
export interface PageTreatment {
  /** Nothing was found to read. */
  blank: boolean;
  /** In the order they were done; `rectify`: the page was photographed, its sheet was cut out and its perspective undone. */
  steps: (
    | 'rectify'
    | 'median'
    | 'blur'
    | 'even-background'
    | 'deskew'
    | 'remove-rulings'
    | 'remove-leaders'
    | 'scale-down'
  )[];
}

/** A file or page that could not be read while the rest of the dossier was. */
export interface OcrProblem {
  /** 0-based input file, when it is known. */
  file: number | null;
  /** 1-based page; `null` when the whole file could not be opened. */
  page: number | null;
  /** A code of OcrError. */
  code: string;
  vi: string;
  en: string;
}

/** A value read from the page with its evidence. */
export interface OcrField<T = string> {
  value: T;
  /** 0 to 1. */
  confidence: number;
  /** 1-based page number. */
  page: number;
  box: Box;
}

/** What was found on the pages; `null` when it is not there: nothing is invented. */
export interface OcrFields {
  issuingAgency: OcrField | null;
  superiorAgency: OcrField | null;
  codeNumber: OcrField | null;
  codeNotation: OcrField | null;
  place: OcrField | null;
  /** yyyy-MM-dd. */
  promulgationDate: OcrField | null;
  typeName: OcrField | null;
  subject: OcrField | null;
  signerCompetence: OcrField | null;
  signerPosition: OcrField | null;
  signerName: OcrField | null;
  recipients: OcrField<string[]> | null;
  /** Agencies of the `Kính gửi` block. */
  addressees: OcrField<string[]> | null;
  dossierCode: OcrField | null;
  applicantName: OcrField | null;
  /** 12-digit citizen number (or the older 9-digit one). */
  identityNumber: OcrField | null;
  /** yyyy-MM-dd. */
  dateOfBirth: OcrField | null;
  permanentAddress: OcrField | null;
  phoneNumber: OcrField | null;
  purpose: OcrField | null;
}

/** A bar code read on a page. */
export interface OcrBarcode {
  /** `QR_CODE`, `CODE_128`, … */
  format: string;
  text: string;
  /** 1-based. */
  page: number;
  box: Box;
  /** What the code says, when it is that of a chip identity card. */
  citizenCard?: CitizenCard;
}

/** The QR code of a chip identity card (căn cước công dân, căn cước). */
export interface CitizenCard {
  /** Twelve digits. */
  identityNumber: string;
  /** Nine digits of the card before. */
  earlierNumber: string | null;
  fullName: string;
  /** yyyy-MM-dd. */
  dateOfBirth: string;
  gender: 'Nam' | 'Nữ' | null;
  address: string | null;
  /** yyyy-MM-dd. */
  issuedOn: string | null;
}

/** The JSON of `lienthong ocr --out-json`. */
export interface OcrResult {
  /** Recogniser and model, each with its version: `tesseract.js 7.0.0, vie, best_int 4.0.0`. Results kept earlier have none. */
  engine?: string;
  pages: OcrPage[];
  fields: OcrFields;
  barcodes: OcrBarcode[];
  /** What could not be read; empty when all was. */
  problems: OcrProblem[];
}

/** Words of one line (one table cell, one column) in order from left to right. */
export interface ReadLine {
  words: OcrWord[];
  box: Box;
}

/** Where the pixels of a page are. Files are private to the dossier and gone when it ends. */
export type PageImage =
  | { kind: 'raw'; path: string; width: number; height: number; channels: 1 | 3 }
  | {
      kind: 'encoded';
      path: string;
      index: number;
      /** Size to read it in, when its own pixels are no squares. */
      square?: { width: number; height: number };
    }
  /** The JPEG a page of a PDF consists of, shown `turned` clockwise; what its EXIF says does not count there. */
  | { kind: 'jpeg'; path: string; turned: 0 | 90 | 180 | 270 };

/** `fast` reads by a smaller model at a lower resolution, and no line twice: for drafts and first looks (ADR 031). */
export type ReadingQuality = 'normal' | 'fast';
export const QUALITIES: readonly ReadingQuality[] = ['normal', 'fast'];

/** Dots per inch pages are drawn at and read in: 300 is no better than 200 and takes twice as long (measured). */
export const READING_DPI: Readonly<Record<ReadingQuality, number>> = { normal: 200, fast: 150 };

/** A page handed to the engine. */
export interface PageSource {
  image: PageImage;
  /** Dots per inch when known; otherwise estimated from the long side of A4. */
  dpi: number | null;
  /** `barcodes` leaves the text alone (the page has a good text layer). */
  mode: 'full' | 'barcodes';
  /** Default `normal`. */
  quality?: ReadingQuality;
  /** Make a small picture of the upright page as well. */
  preview?: boolean;
  /** Pixels allowed in one page. */
  maxPixels: number;
  /** CPU time allowed for the page, ms, where the engine can tell. */
  cpuLimitMs?: number;
}

/** What an engine reads from one page. Boxes are pixels of the upright page, not deskewed. */
export interface PageReading {
  width: number;
  height: number;
  dpi: number;
  rotation: number;
  skewDegrees: number;
  /** Reading order. */
  lines: ReadLine[];
  barcodes: Omit<OcrBarcode, 'page'>[];
  treatment?: PageTreatment;
  /** The sheet in a photograph: its size seen from above, upright, and the nine numbers (row by row) that map it to the page. */
  sheet?: { width: number; height: number; toPage: readonly number[] };
  /** JPEG of the upright page, when it was asked for. */
  preview?: Uint8Array;
}

/** A page as it is kept when it is finished. */
export interface StoredReading {
  reading: PageReading;
  /** From a good text layer, not from pixels. */
  fromLayer: boolean;
}

/** Where finished pages of one dossier are kept, so that a run cut short goes on after them. */
export interface PageStore {
  /** The page when it was finished before, else `null`. */
  load(number: number): Promise<StoredReading | null>;
  /** Resolves when the page is safe. */
  save(number: number, page: StoredReading): Promise<void>;
}

/** Port of the recogniser: one method to read a page, one to stop; one to be told of pages to come, one of a pause. */
export interface OcrEngine {
  /** Starts what so many pages at a time will need, without waiting for it; safe to call at any time. */
  prepare?(pages: number, quality: ReadingQuality): void;
  /** Reads one page; should stop early when `signal` aborts (the service settles without it if not). */
  readPage(page: PageSource, signal: AbortSignal): Promise<PageReading>;
  /** Gives back the memory of what reads nothing now; the next page may have to wait for a start. */
  rest?(): void;
  /** Ends workers; safe to call twice. */
  close(): Promise<void>;
}

/** Progress of one dossier. */
export interface OcrProgress {
  /** Pages finished so far (or being read, by stage). */
  page: number;
  pages: number;
  stage: 'open' | 'page' | 'fields' | 'pdf' | 'done';
}
