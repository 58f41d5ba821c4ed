import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makePreview } from '../image/preview.ts';
import { modelOf } from '../model/model.ts';
import { createNativeRecognizer, type NativeTesseract } from '../page/native.ts';
import { startLibraryRecognizer } from '../page/native-library.ts';
import { readPage } from '../page/read-page.ts';
import {
  type OrientationDetector,
  type Recognizer,
  startOrientationDetector,
  startRecognizer,
} from '../page/tesseract.ts';
import type { PageReading, PageSource, ReadingQuality } from '../types.ts';
import { giveBackKept } from './kept-memory.ts';
import { serve } from './serve.ts';

/** One at a time: what a second model holds is not needed by dossiers of one quality, which nearly all are. */
let current: { quality: ReadingQuality; recognizer: Promise<Recognizer> } | null = null;
let detector: Promise<OrientationDetector> | null = null;
/** The private folder of the dossier whose page is being read. */
let folder = tmpdir();

const oracle = {
  async detect(image: Parameters<OrientationDetector['detect']>[0]) {
    detector ??= startOrientationDetector();
    return (await detector).detect(image);
  },
};

/** The operator's own program. */
export interface NativeProgram extends Pick<NativeTesseract, 'command' | 'sharedLibrary'> {
  /** Folder with a folder of language data for each quality. */
  dataFolder: string;
}

/** What a page process needs to know of its engine. */
export interface EngineChoice {
  language: string;
  /** `null` for tesseract.js. */
  native: NativeProgram | null;
}

async function start(engine: EngineChoice, quality: ReadingQuality): Promise<Recognizer> {
  if (current?.quality === quality) return current.recognizer;
  const before = current?.recognizer;
  const recognizer = closeThenStart(before, engine, quality);
  current = { quality, recognizer };
  return recognizer.catch((error: unknown) => {
    // The next page tries again.
    if (current?.recognizer === recognizer) current = null;
    throw error;
  });
}

async function closeThenStart(
  before: Promise<Recognizer> | undefined,
  { language, native }: EngineChoice,
  quality: ReadingQuality,
): Promise<Recognizer> {
  await before?.then((recognizer) => recognizer.close()).catch(() => {});
  if (native === null) return startRecognizer(modelOf(language, quality));
  return startNative({ ...native, language, dataFolder: join(native.dataFolder, quality) });
}

/** The operator's program by its library where it has one; started anew for every call where not. */
async function startNative(native: NativeTesseract): Promise<Recognizer> {
  const byProgram = (): Recognizer => createNativeRecognizer(native, () => folder);
  if (native.sharedLibrary === null) return byProgram();
  return startLibraryRecognizer(native, native.sharedLibrary).catch(byProgram);
}

serve({
  /** Starts the recogniser before the first page comes. */
  async start({ engine, quality }: { engine: EngineChoice; quality: ReadingQuality }): Promise<void> {
    await start(engine, quality);
  },
  async readPage({ engine, page }: { engine: EngineChoice; page: PageSource }): Promise<PageReading> {
    folder = dirname(page.image.path);
    const reading = await readPage(page, {
      recognizer: await start(engine, page.quality ?? 'normal'),
      oracle,
    });
    if (page.preview !== true) return reading;
    return { ...reading, preview: await makePreview(page.image, reading.rotation, page.maxPixels) };
  },
  /** Asked after every page: what is held, bytes; when that is more than `limit`, without what nobody needs any more. */
  async memory(limit: number): Promise<number> {
    const held = process.memoryUsage.rss();
    if (held <= limit) return held;
    // Buffers make the collector run while a page is read; what is left afterwards is some 5 MB.
    (globalThis as { gc?: () => void }).gc?.();
    // Between buffers kept for the next page lie ever more pieces none of its pictures fits in.
    await giveBackKept();
    return process.memoryUsage.rss();
  },
});
