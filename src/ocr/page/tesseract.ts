import { fileURLToPath } from 'node:url';
import { createWorker, type ImageLike, OEM, type Worker } from 'tesseract.js';
import { OcrError } from '../errors.ts';
import { type Gray, toTiff } from '../image/gray.ts';
import { type Model, orientationModel, readModel } from '../model/model.ts';
import { ENGINE_VARIABLES, tsvRows } from './native.ts';

/** Pictures from so many pixels on are handed over in shared memory, whose size is a multiple of this. */
const SHARED_STEP = 1024 * 1024;

/**
 * Writes pictures for the recogniser's thread: large ones into memory both see, used again once one is read, where the library
 * would make two copies of each. What lies behind a picture there is left from another, and no reader of TIFF looks at it.
 */
function createHandover() {
  let idle: SharedArrayBuffer | null = null;
  return async <T>(image: Gray, read: (picture: ImageLike) => Promise<T>): Promise<T> => {
    if (image.data.length < SHARED_STEP) return read(toTiff(image));
    let shared: SharedArrayBuffer | null = idle;
    idle = null;
    toTiff(image, (bytes) => {
      const room = SHARED_STEP * Math.ceil(bytes / SHARED_STEP);
      if (shared?.byteLength !== room) shared = new SharedArrayBuffer(room);
      return Buffer.from(shared);
    });
    // Its types do not know that it takes any buffer.
    const found = await read(shared as unknown as ImageLike);
    idle = shared;
    return found;
  };
}

/** A word as the recogniser gives it, in pixels of the image handed in. */
export interface RawWord {
  text: string;
  /** 0 to 100. */
  confidence: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** Base line at the middle of the word. */
  baseline: number;
  /** Height of the text row, ascender to descender. */
  rowHeight: number;
}

/** Page segmentation modes used here (Tesseract's numbers). */
export type SegmentationMode = '6' | '7' | '10' | '11';

/** A recogniser in its own thread. */
export interface Recognizer {
  read(image: Gray, mode: SegmentationMode): Promise<RawWord[]>;
  /** Reads several pictures of the same kind, in their order. */
  readAll(images: readonly Gray[], mode: SegmentationMode): Promise<RawWord[][]>;
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;

/** Our script around the library's. */
const THREAD = fileURLToPath(new URL('../process/recogniser-thread.mjs', import.meta.url));

/** A wrong data path makes `createWorker` wait for ever, so the start is raced against a timer. */
async function startWorker(model: Model, oem: OEM, legacy: boolean): Promise<Worker> {
  // Looked at here, read by the library itself.
  readModel(model);
  const starting = createWorker(model.language, oem, {
    langPath: model.folder,
    gzip: true,
    // Otherwise a traineddata file is written into the working directory.
    cacheMethod: 'none',
    workerPath: THREAD,
    legacyCore: legacy,
    legacyLang: legacy,
    // Without a handler a bad image becomes an uncaught exception.
    errorHandler: () => {},
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new OcrError('OCR_ENGINE_FAILED', { reason: 'recogniser did not start' })),
      START_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([starting, late]);
  } catch (error) {
    void starting.then(
      (worker) => worker.terminate(),
      () => {},
    );
    if (error instanceof OcrError) throw error;
    throw new OcrError('OCR_ENGINE_FAILED', { reason: 'recogniser did not start' }, error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts the LSTM recogniser with a model, offline.
 * @throws OcrError OCR_ENGINE_FAILED when the model is not the one it should be, or nothing starts
 */
export async function startRecognizer(model: Model): Promise<Recognizer> {
  const worker = await startWorker(model, OEM.LSTM_ONLY, false);
  const handOver = createHandover();
  await worker.setParameters({ user_defined_dpi: '200', ...ENGINE_VARIABLES });
  async function read(image: Gray, mode: SegmentationMode): Promise<RawWord[]> {
    try {
      const options = { tessedit_pageseg_mode: mode } as Record<string, string>;
      const wanted = { text: false, blocks: false, tsv: true, lines: true };
      const { data } = await handOver(image, (picture) => worker.recognize(picture, options, wanted));
      return collectWords((data as unknown as { lines: LineFacts[] }).lines, data.tsv ?? '');
    } catch (error) {
      throw new OcrError('OCR_ENGINE_FAILED', { reason: 'recognition failed' }, error);
    }
  }
  return {
    read,
    async readAll(images, mode) {
      const out: RawWord[][] = [];
      for (const image of images) out.push(await read(image, mode));
      return out;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** What our thread tells of a line: its base line from end to end, the height of its row, ascender to descender. */
type LineFacts = readonly [x0: number, y0: number, x1: number, y1: number, rowHeight: number];

/**
 * The words of TSV, which has their confidences as they are.
 * @param lines what our thread told of the lines of TSV, one by one
 */
function collectWords(lines: readonly LineFacts[], tsv: string): RawWord[] {
  const words: RawWord[] = [];
  const facts = lines.values();
  let [bx0, by0, slope, rowHeight] = [0, 0, 0, 0];
  for (const { isLine, x0, y0, x1, y1, confidence, text: said } of tsvRows(tsv)) {
    if (isLine) {
      const [fromX, fromY, toX, toY, height] = facts.next().value ?? [x0, y1, x1, y1, y1 - y0];
      [bx0, by0] = [fromX, fromY];
      slope = toX > fromX ? (toY - fromY) / (toX - fromX) : 0;
      rowHeight = Number(height.toPrecision(8));
      continue;
    }
    const text = said.normalize('NFC').trim();
    if (text === '') continue;
    const baseline = by0 + slope * ((x0 + x1) / 2 - bx0);
    words.push({ text, confidence, x0, y0, x1, y1, baseline, rowHeight });
  }
  return words;
}

/** Orientation by Tesseract's own detector: how far the image stands turned clockwise. */
export interface OrientationDetector {
  detect(image: Gray): Promise<{ clockwise: 0 | 90 | 180 | 270; confidence: number } | null>;
  close(): Promise<void>;
}

/** Starts the orientation detector (legacy engine, 0.45 s CPU per page); used only when our own test is in doubt. */
export async function startOrientationDetector(): Promise<OrientationDetector> {
  const worker = await startWorker(orientationModel(), OEM.TESSERACT_ONLY, true);
  return {
    async detect(image) {
      try {
        const { data } = await worker.detect(toTiff(image));
        if (data.orientation_degrees === null) return null;
        // OSD tells how far the page must be turned clockwise to stand upright.
        const clockwise = ((360 - data.orientation_degrees) % 360) as 0 | 90 | 180 | 270;
        return { clockwise, confidence: data.orientation_confidence ?? 0 };
      } catch {
        // Too little text to tell: the caller keeps its own guess.
        return null;
      }
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
