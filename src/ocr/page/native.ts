import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OcrError } from '../errors.ts';
import { type Gray, toPgm } from '../image/gray.ts';
import type { RawWord, Recognizer, SegmentationMode } from './tesseract.ts';

/** Where the operator's `tesseract` is, and the language data it is to use. */
export interface NativeTesseract {
  /** Absolute path of the program. */
  command: string;
  /** Folder with `<language>.traineddata`. */
  dataFolder: string;
  language: string;
  /** The shared library the program is made of, when it has one: called without starting a program for every page. */
  sharedLibrary: string | null;
}

/** Bytes of hOCR and TSV one call may give: a page of noise has some megabytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * What the recogniser is told beside the way a page is laid out. Whether a row is in letters of one width is not looked into: rows
 * are parted into words by the network, not by that, and it takes a fiftieth of the time.
 */
export const ENGINE_VARIABLES: Readonly<Record<string, string>> = { textord_disable_pitch_test: '1' };

const VARIABLES = [
  'tessedit_create_hocr=1',
  'tessedit_create_tsv=1',
  ...Object.entries(ENGINE_VARIABLES).map(([name, value]) => `${name}=${value}`),
];

function run(native: NativeTesseract, list: string, mode: SegmentationMode): Promise<string> {
  const { command, dataFolder, language } = native;
  const args = [list, 'stdout', '-l', language, '--tessdata-dir', dataFolder, '--oem', '1', '--psm', mode];
  return new Promise((resolve, reject) => {
    execFile(
      command,
      [...args, '--dpi', '200', ...VARIABLES.flatMap((variable) => ['-c', variable])],
      // One thread a page: pages are read side by side (measured: two threads save 6 % and cost 45 % more).
      { env: { OMP_THREAD_LIMIT: '1' }, maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout) => {
        if (error) reject(new OcrError('OCR_ENGINE_FAILED', { reason: 'native tesseract' }, error));
        else resolve(stdout);
      },
    );
  });
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  return text
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '');
}

const LINE = /class='ocr(?:_line|_textfloat|_header|_caption)'[^>]*title="([^"]*)"/;
const WORD = /class='ocrx_word'[^>]*title='bbox (\d+) (\d+) (\d+) (\d+); x_wconf (\d+)'[^>]*>(.*?)<\/span>/g;

/** A line (4) or word (5) in TSV: level, numbers of page to word, left, top, width, height, confidence, text. */
const TSV_ROW = /^([45])(?:\t\d+){5}\t(\d+)\t(\d+)\t(\d+)\t(\d+)\t(-?[\d.]+)\t(.*)$/gm;

interface WordBox {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface WordConfidence extends WordBox {
  /** Per cent. */
  confidence: number;
}

/** The confidence of the word in a box; to be asked once for each word, in their order: some share a box. */
export type ConfidenceOf = (box: WordBox) => number | undefined;

export function confidencesByBox(words: readonly WordConfidence[]): ConfidenceOf {
  const found = new Map<string, number[]>();
  const keyOf = ({ x0, y0, x1, y1 }: WordBox): string => [x0, y0, x1, y1].join(' ');
  for (const word of words) {
    const key = keyOf(word);
    found.set(key, [...(found.get(key) ?? []), word.confidence]);
  }
  return (box) => found.get(keyOf(box))?.shift();
}

/** A line or a word of TSV. */
export interface TsvRow extends WordConfidence {
  isLine: boolean;
  /** As it stands there; of a line nothing. */
  text: string;
}

export function tsvRows(tsv: string): TsvRow[] {
  return [...tsv.matchAll(TSV_ROW)].map(([, level, ...rest]) => {
    const [x0 = 0, y0 = 0, width = 0, height = 0, confidence = 0] = rest.slice(0, 5).map(Number);
    return {
      isLine: level === '4',
      x0,
      y0,
      x1: x0 + width,
      y1: y0 + height,
      confidence,
      text: rest[5] ?? '',
    };
  });
}

/**
 * Confidences as Tesseract has them, from its TSV: its other forms cut them down to whole numbers, and right and wrong words lie
 * between 96 and 97.
 */
export function fineConfidences(tsv: string): ConfidenceOf {
  return confidencesByBox(tsvRows(tsv).filter(({ isLine, confidence }) => !isLine && confidence >= 0));
}

interface LineFacts {
  x0: number;
  y1: number;
  slope: number;
  offset: number;
  rowHeight: number;
}

function lineFacts(title: string): LineFacts {
  const [x0 = 0, y0 = 0, , y1 = 0] = (/bbox ([\d ]+)/.exec(title)?.[1] ?? '').split(' ').map(Number);
  const baseline = /baseline (-?[\d.]+) (-?[\d.]+)/.exec(title);
  const rowHeight = Number(/x_size ([\d.]+)/.exec(title)?.[1] ?? y1 - y0);
  return { x0, y1, slope: Number(baseline?.[1] ?? 0), offset: Number(baseline?.[2] ?? 0), rowHeight };
}

/**
 * Words of one page of Tesseract's hOCR.
 * @param confidenceOf what it says finer than hOCR has it; default: from its TSV behind the hOCR
 */
export function parsePage(output: string, confidenceOf = fineConfidences(output)): RawWord[] {
  const words: RawWord[] = [];
  for (const part of output.split(/(?=<span class='ocr_)/)) {
    const title = LINE.exec(part)?.[1];
    if (title === undefined) continue;
    const line = lineFacts(title);
    for (const match of part.matchAll(WORD)) {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, whole = 0] = match.slice(1, 6).map(Number);
      const confidence = confidenceOf({ x0, y0, x1, y1 }) ?? whole;
      const text = decode(match[6] ?? '')
        .normalize('NFC')
        .trim();
      if (text === '') continue;
      // The base line is given from the lower left corner of the line (hOCR 1.2, `baseline`).
      const baseline = line.y1 + line.offset + line.slope * ((x0 + x1) / 2 - line.x0);
      words.push({ text, confidence, x0, y0, x1, y1, baseline, rowHeight: line.rowHeight });
    }
  }
  return words;
}

/**
 * The operator's own `tesseract`: half as fast again as WASM. All pictures of a call go to one process.
 * @param folderNow where the pictures of a call are put: with what else is of their dossier, so that they are gone with it
 *   even when this process is killed
 */
export function createNativeRecognizer(native: NativeTesseract, folderNow: () => string): Recognizer {
  async function readAll(images: readonly Gray[], mode: SegmentationMode): Promise<RawWord[][]> {
    if (images.length === 0) return [];
    const folder = await mkdtemp(join(folderNow(), 'native-'));
    try {
      const paths = images.map((_, i) => join(folder, `${i}.pgm`));
      for (const [i, image] of images.entries())
        await writeFile(paths[i] as string, toPgm(image), { mode: 0o600 });
      const list = join(folder, 'list.txt');
      await writeFile(list, paths.join('\n'), { mode: 0o600 });
      const pages = (await run(native, list, mode)).split(/(?=<div class='ocr_page')/).slice(1);
      if (pages.length !== images.length)
        throw new OcrError('OCR_ENGINE_FAILED', { reason: 'native tesseract left pages out' });
      return pages.map((page) => parsePage(page));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return {
    readAll,
    read: async (image, mode) => (await readAll([image], mode))[0] ?? [],
    close: () => Promise.resolve(),
  };
}
