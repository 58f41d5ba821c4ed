import { makePreview } from '../image/preview.ts';
import { createNativeRecognizer, type NativeTesseract } from '../page/native.ts';
import { startLibraryRecognizer } from '../page/native-library.ts';
import { readPage } from '../page/read-page.ts';
import {
  type OrientationDetector,
  type Recognizer,
  startOrientationDetector,
  startRecognizer,
} from '../page/tesseract.ts';
import type { PageReading, PageSource } from '../types.ts';
import { serve } from './serve.ts';

let recognizer: Promise<Recognizer> | null = null;
let detector: Promise<OrientationDetector> | null = null;

const oracle = {
  async detect(image: Parameters<OrientationDetector['detect']>[0]) {
    detector ??= startOrientationDetector();
    return (await detector).detect(image);
  },
};

/** What a page process needs to know of its engine. */
export interface EngineChoice {
  language: string;
  /** The operator's own program, `null` for tesseract.js. */
  native: NativeTesseract | null;
}

function start({ language, native }: EngineChoice): Promise<Recognizer> {
  recognizer ??= native ? startNative(native) : startRecognizer(language);
  return recognizer;
}

/** The operator's program by its library where it has one; started anew for every call where not. */
async function startNative(native: NativeTesseract): Promise<Recognizer> {
  if (native.sharedLibrary === null) return createNativeRecognizer(native);
  return startLibraryRecognizer(native, native.sharedLibrary).catch(() => createNativeRecognizer(native));
}

serve({
  /** Starts the recogniser before the first page comes. */
  async start(engine: EngineChoice): Promise<void> {
    await start(engine);
  },
  async readPage({ engine, page }: { engine: EngineChoice; page: PageSource }): Promise<PageReading> {
    const reading = await readPage(page, { recognizer: await start(engine), oracle });
    if (page.preview !== true) return reading;
    return { ...reading, preview: await makePreview(page.image, reading.rotation, page.maxPixels) };
  },
  /** Asked after every page: what is held, bytes; when that is more than `limit`, without what nobody needs any more. */
  memory(limit: number): number {
    const held = process.memoryUsage.rss();
    // Buffers make the collector run while a page is read; what is left afterwards is some 5 MB.
    if (held <= limit) return held;
    (globalThis as { gc?: () => void }).gc?.();
    return process.memoryUsage.rss();
  },
});
