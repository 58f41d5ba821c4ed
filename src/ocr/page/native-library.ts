/** The library of the operator's `tesseract`, called through koffi (ADR 026). Runs in a page process only. */
import { OcrError } from '../errors.ts';
import type { Gray } from '../image/gray.ts';
import { ENGINE_VARIABLES, type NativeTesseract } from './native.ts';
import type { RawWord, Recognizer, SegmentationMode } from './tesseract.ts';

/** `TessOcrEngineMode` of capi.h. */
const LSTM_ONLY = 1;
/** `TessPageIteratorLevel`. */
const LINE = 2;
const WORD = 3;
/** `TessOrientation`: the text of a block stands upright. */
const PAGE_UP = 0;
/** What the program is told as well: page boxes and letter heights are judged by it. */
const DPI = 200;

type Later = {
  async(...args: [...unknown[], (error: Error | null, value: number) => void]): void;
};

const FOUR_OUT = '_Out_ int *a, _Out_ int *b, _Out_ int *c, _Out_ int *d';
/** `PageIterator::RowAttributes` of `pageiterator.h`, which `capi.h` left out; so named by every compiler there (Itanium C++ ABI). */
const ROW_ATTRIBUTES = '_ZNK9tesseract12PageIterator13RowAttributesEPfS1_S1_';

/** The functions of Tesseract's `capi.h` used here; every handle is an opaque pointer. */
async function bind(path: string) {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(path);
  const text = koffi.disposable('TessText', 'str', library.func('void TessDeleteText(void *text)'));
  return {
    create: library.func('void *TessBaseAPICreate()'),
    init: library.func('int TessBaseAPIInit2(void *api, const char *folder, const char *language, int mode)'),
    setVariable: library.func('int TessBaseAPISetVariable(void *api, const char *name, const char *value)'),
    setMode: library.func('void TessBaseAPISetPageSegMode(void *api, int mode)'),
    setImage: library.func(
      'void TessBaseAPISetImage(void *api, const uint8_t *pixels, int width, int height, int bytesPerPixel, int bytesPerLine)',
    ),
    setResolution: library.func('void TessBaseAPISetSourceResolution(void *api, int ppi)'),
    recognize: library.func('int TessBaseAPIRecognize(void *api, void *monitor)') as unknown as Later,
    iterate: library.func('void *TessBaseAPIGetIterator(void *api)'),
    next: library.func('int TessResultIteratorNext(void *at, int level)'),
    text: library.func('TessResultIteratorGetUTF8Text', text, ['void *', 'int']),
    confidence: library.func('float TessResultIteratorConfidence(void *at, int level)'),
    // A place among the results is one on the page, too.
    box: library.func(`int TessPageIteratorBoundingBox(void *at, int level, ${FOUR_OUT})`),
    baseline: library.func(`int TessPageIteratorBaseline(void *at, int level, ${FOUR_OUT})`),
    orientation: library.func(
      'void TessPageIteratorOrientation(void *at, _Out_ int *stands, _Out_ int *writing, _Out_ int *lines, _Out_ float *slant)',
    ),
    rowAttributes: library.func(
      `void ${ROW_ATTRIBUTES}(void *at, _Out_ float *height, _Out_ float *descenders, _Out_ float *ascenders)`,
    ),
    endIteration: library.func('void TessResultIteratorDelete(void *at)'),
    clear: library.func('void TessBaseAPIClear(void *api)'),
    destroy: library.func('void TessBaseAPIDelete(void *api)'),
  };
}

type Calls = Awaited<ReturnType<typeof bind>>;
type Four = [number, number, number, number];

/** Four numbers a function gives by pointers; `null` when it has none to give. */
function four(ask: (...out: [number][]) => unknown): Four | null {
  const out = [[0], [0], [0], [0]] as [[number], [number], [number], [number]];
  return ask(...out) === 0 ? null : (out.map(([value]) => value) as Four);
}

/** Confidences as TSV has them: six digits behind the point. */
const asInTsv = (confidence: number): number => Number(confidence.toFixed(6));
/** As hOCR has places. */
const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

/** What the words of a line share: its base line, counted from the lower left corner of its box, and the height of its row. */
interface LineFacts {
  box: Four;
  slope: number;
  offset: number;
  rowHeight: number;
}

function lineAt(call: Calls, at: unknown, box: Four): LineFacts {
  const height: [number] = [0];
  call.rowAttributes(at, height, [0], [0]);
  const facts = { box, slope: 0, offset: 0, rowHeight: Number(height[0].toPrecision(8)) };
  const stands: [number] = [0];
  call.orientation(at, stands, [0], [0], [0]);
  const base = stands[0] === PAGE_UP ? four((...out) => call.baseline(at, LINE, ...out)) : null;
  if (base === null || base[0] === base[2]) return facts;
  const slope = (base[3] - base[1]) / (base[2] - base[0]);
  const offset = base[1] - box[3] - slope * (base[0] - box[0]);
  return { ...facts, slope: thousandths(slope), offset: thousandths(offset) };
}

/** The words of the page read last, as its hOCR and TSV have them; these take 16 and 10 ms of CPU a page to be written. */
function wordsOf(call: Calls, api: unknown): RawWord[] {
  const at: unknown = call.iterate(api);
  if (at === null) return [];
  const words: RawWord[] = [];
  let line: LineFacts | null = null;
  try {
    do {
      const box = four((...out) => call.box(at, WORD, ...out));
      const whole = box && four((...out) => call.box(at, LINE, ...out));
      if (box === null || whole === null) continue;
      if (line === null || line.box.some((side, i) => side !== whole[i])) line = lineAt(call, at, whole);
      const text = String(call.text(at, WORD) ?? '')
        .normalize('NFC')
        .trim();
      if (text === '') continue;
      const [x0, y0, x1, y1] = box;
      words.push({
        text,
        confidence: asInTsv(call.confidence(at, WORD)),
        x0,
        y0,
        x1,
        y1,
        baseline: whole[3] + line.offset + line.slope * ((x0 + x1) / 2 - whole[0]),
        rowHeight: line.rowHeight,
      });
    } while (call.next(at, WORD) !== 0);
  } finally {
    call.endIteration(at);
  }
  return words;
}

/**
 * Starts the recogniser: the model is loaded once, not once for every call of the program.
 * @throws OcrError OCR_ENGINE_FAILED when the library cannot be loaded or does not take the language data
 */
export async function startLibraryRecognizer(native: NativeTesseract, library: string): Promise<Recognizer> {
  const failed = (reason: string, cause?: unknown): OcrError =>
    new OcrError('OCR_ENGINE_FAILED', { reason }, cause);
  let call: Calls;
  try {
    call = await bind(library);
  } catch (error) {
    throw failed('libtesseract cannot be loaded', error);
  }
  const api: unknown = call.create();
  if (call.init(api, native.dataFolder, native.language, LSTM_ONLY) !== 0)
    throw failed('libtesseract did not take the language data');
  for (const [name, value] of Object.entries(ENGINE_VARIABLES)) call.setVariable(api, name, value);

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
      return wordsOf(call, api);
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
