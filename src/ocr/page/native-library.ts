/** The library of the operator's `tesseract`, called through koffi (ADR 026). Runs in a page process only. */
import { OcrError } from '../errors.ts';
import type { Gray } from '../image/gray.ts';
import {
  type ConfidenceOf,
  confidencesByBox,
  type NativeTesseract,
  parsePage,
  type WordConfidence,
} from './native.ts';
import type { RawWord, Recognizer, SegmentationMode } from './tesseract.ts';

/** `TessOcrEngineMode` of capi.h. */
const LSTM_ONLY = 1;
/** `TessPageIteratorLevel`. */
const WORD = 3;
/** What the program is told as well: page boxes and letter heights are judged by it. */
const DPI = 200;

type Later = {
  async(...args: [...unknown[], (error: Error | null, value: number) => void]): void;
};

/** The functions of Tesseract's `capi.h` used here; every handle is an opaque pointer. */
async function bind(path: string) {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(path);
  const text = koffi.disposable('TessText', 'str', library.func('void TessDeleteText(void *text)'));
  return {
    create: library.func('void *TessBaseAPICreate()'),
    init: library.func('int TessBaseAPIInit2(void *api, const char *folder, const char *language, int mode)'),
    setMode: library.func('void TessBaseAPISetPageSegMode(void *api, int mode)'),
    setImage: library.func(
      'void TessBaseAPISetImage(void *api, const uint8_t *pixels, int width, int height, int bytesPerPixel, int bytesPerLine)',
    ),
    setResolution: library.func('void TessBaseAPISetSourceResolution(void *api, int ppi)'),
    recognize: library.func('int TessBaseAPIRecognize(void *api, void *monitor)') as unknown as Later,
    hocr: library.func('TessBaseAPIGetHOCRText', text, ['void *', 'int']),
    iterate: library.func('void *TessBaseAPIGetIterator(void *api)'),
    next: library.func('int TessResultIteratorNext(void *at, int level)'),
    confidence: library.func('float TessResultIteratorConfidence(void *at, int level)'),
    // A place among the results is one on the page, too.
    box: library.func(
      'int TessPageIteratorBoundingBox(void *at, int level, _Out_ int *left, _Out_ int *top, _Out_ int *right, _Out_ int *bottom)',
    ),
    endIteration: library.func('void TessResultIteratorDelete(void *at)'),
    clear: library.func('void TessBaseAPIClear(void *api)'),
    destroy: library.func('void TessBaseAPIDelete(void *api)'),
  };
}

/** Six digits behind the point. */
const asInTsv = (confidence: number): number => Number(confidence.toFixed(6));

/** Confidences of the words of the page read last: TSV has them too, for ten milliseconds a page. */
function confidencesOf(call: Awaited<ReturnType<typeof bind>>, api: unknown): ConfidenceOf {
  const at: unknown = call.iterate(api);
  if (at === null) return () => undefined;
  const words: WordConfidence[] = [];
  try {
    do {
      const [x0, y0, x1, y1] = [[0], [0], [0], [0]] as [[number], [number], [number], [number]];
      if (call.box(at, WORD, x0, y0, x1, y1) !== 0)
        words.push({
          x0: x0[0],
          y0: y0[0],
          x1: x1[0],
          y1: y1[0],
          confidence: asInTsv(call.confidence(at, WORD)),
        });
    } while (call.next(at, WORD) !== 0);
  } finally {
    call.endIteration(at);
  }
  return confidencesByBox(words);
}

/**
 * Starts the recogniser: the model is loaded once, not once for every call of the program.
 * @throws OcrError OCR_ENGINE_FAILED when the library cannot be loaded or does not take the language data
 */
export async function startLibraryRecognizer(native: NativeTesseract, library: string): Promise<Recognizer> {
  const failed = (reason: string, cause?: unknown): OcrError =>
    new OcrError('OCR_ENGINE_FAILED', { reason }, cause);
  let call: Awaited<ReturnType<typeof bind>>;
  try {
    call = await bind(library);
  } catch (error) {
    throw failed('libtesseract cannot be loaded', error);
  }
  const api: unknown = call.create();
  if (call.init(api, native.dataFolder, native.language, LSTM_ONLY) !== 0)
    throw failed('libtesseract did not take the language data');

  /** In a thread of its own, so that the process still hears its parent. */
  function recognize(): Promise<void> {
    return new Promise((resolve, reject) => {
      call.recognize.async(api, null, (error, status) => {
        if (error === null && status === 0) resolve();
        else reject(failed('libtesseract', error));
      });
    });
  }

  async function read(image: Gray, mode: SegmentationMode): Promise<RawWord[]> {
    call.setMode(api, Number(mode));
    // The pixels are copied.
    call.setImage(api, image.data, image.width, image.height, 1, image.width);
    call.setResolution(api, DPI);
    try {
      await recognize();
      return parsePage(String(call.hocr(api, 0) ?? ''), confidencesOf(call, api));
    } finally {
      call.clear(api);
    }
  }

  return {
    read,
    async readAll(images, mode) {
      const out: RawWord[][] = [];
      for (const image of images) out.push(await read(image, mode));
      return out;
    },
    close: async () => call.destroy(api),
  };
}
