import { deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { insertOcrJob, type OcrJobRow, saveOcrPage } from '../../../src/gateway/store/index.ts';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { OcrError, type PageReading } from '../../../src/ocr/index.ts';
import { toPage, toProblem } from '../../../src/ocr/results.ts';
import { AGENCIES, type TestGateway } from './support.ts';

/** Waits until the page with a scan shows its page `n`. */
export async function shown(page: Page, n: number): Promise<void> {
  await page.locator(`[data-shown="${n}"]`).waitFor();
}

/** Words of less confidence are marked. */
const DOUBTFUL = 0.9;

/** Keeps a scan that was read, as the jobs leave it; all pages show one picture (JPEG). */
export async function keepScan(
  gateway: TestGateway,
  id: string,
  {
    readings,
    picture,
    name,
    unread = [],
  }: {
    readings: readonly PageReading[];
    picture: Uint8Array;
    name: string;
    /** Pages that could not be read in time. */
    unread?: readonly number[];
  },
): Promise<void> {
  const { store, blobs } = gateway.x;
  const preview = await blobs.put(Buffer.from(picture));
  const result = {
    pages: readings.map((reading, i) => toPage(i + 1, reading, false)),
    fields: extractFields(readings),
    barcodes: [],
    problems: unread.map((page) => toProblem(new OcrError('OCR_PAGE_TIMEOUT'), { file: null, page })),
  };
  const kept = await blobs.put(Buffer.from(JSON.stringify(result)));
  const row: OcrJobRow = {
    id,
    agency: AGENCIES.sender.code,
    state: 'done',
    stage: 'done',
    pages: readings.length,
    pages_done: readings.length,
    inputs: JSON.stringify([{ name, sha256: preview.sha256, size: 1 }]),
    result_sha256: kept.sha256,
    pdf_sha256: kept.sha256,
    reason_code: null,
    reason: null,
    attempts: 1,
    lease_owner: null,
    lease_until: null,
    created_at: gateway.now,
    updated_at: gateway.now,
    urgent: 0,
    started_at: gateway.now,
    engine: 'tesseract.js 7.0.0, vie',
    copy: null,
  };
  await store.write(async (tx) => {
    await insertOcrJob(tx, row);
    for (const [i, reading] of readings.entries()) {
      if (unread.includes(i + 1)) continue;
      const words = reading.lines.flatMap((line) => line.words);
      await saveOcrPage(tx, {
        job_id: id,
        page: i + 1,
        reading: deflateSync(JSON.stringify({ reading, fromLayer: false })).toString('base64'),
        preview_sha256: preview.sha256,
        words: words.length,
        doubtful: words.filter((word) => word.confidence < DOUBTFUL).length,
      });
    }
  });
}
