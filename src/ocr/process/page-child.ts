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

serve({
  /** Starts the recogniser ahead of the first page. */
  async warm({ language }: { language: string }): Promise<void> {
    recognizer ??= startRecognizer(language);
    await recognizer;
  },
  async readPage({ language, page }: { language: string; page: PageSource }): Promise<PageReading> {
    recognizer ??= startRecognizer(language);
    return readPage(page, { recognizer: await recognizer, oracle });
  },
  memory: (): number => process.memoryUsage.rss(),
});
