import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exchange } from '../../../src/gateway/exchange/index.ts';
import { type OcrInput, type OcrJobs, startOcrJobs } from '../../../src/gateway/ocr-jobs/index.ts';
import { findOcrJob, type OcrJobRow, openBlobStore, openStore } from '../../../src/gateway/store/index.ts';
import { encodePng } from '../../../src/ocr/image/sharp.ts';
import { createOcrService, type OcrEngine, type OcrService } from '../../../src/ocr/index.ts';

/** A blank scan; `shade` tells scans apart. */
export const scan = (shade = 255): Promise<Uint8Array> =>
  encodePng(new Uint8Array(200 * 280).fill(shade), 200, 280, 1);

/** A true store and blobs in a folder of their own, and jobs over an engine of the test. */
export interface Desk {
  readonly x: Exchange;
  jobs: OcrJobs;
  /** Starts jobs with another engine, after the ones before were stopped. */
  restart(engine: OcrEngine): Promise<void>;
  inputs(...shades: number[]): Promise<OcrInput[]>;
  /** The job once it is over. */
  over(id: string): Promise<OcrJobRow>;
  close(): Promise<void>;
}

const OVER = ['done', 'failed', 'cancelled'];

/** Opens a desk; jobs start at once unless `start` is false. */
export async function openDesk(engine: OcrEngine, start = true): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'ocr-jobs-'));
  const store = await openStore({ dataDir: folder, databaseUrl: '', poolSize: 1 });
  const blobs = await openBlobStore(join(folder, 'blobs'));
  const log = {
    debug() {},
    warn() {},
    error() {},
    info() {},
  };
  const x = {
    store,
    blobs,
    log,
    owner: 'test',
    settings: { leaseMs: 60_000 },
    now: () => Date.now(),
    atPoint() {},
  } as unknown as Exchange;
  let service: OcrService = createOcrService({ engine, jobs: 1 });
  const idle: OcrJobs = { stop: () => Promise.resolve() } as unknown as OcrJobs;
  const desk: Desk = {
    x,
    jobs: start ? startOcrJobs(x, service) : idle,
    async restart(next) {
      await desk.jobs.stop();
      await service.close();
      service = createOcrService({ engine: next, jobs: 1 });
      desk.jobs = startOcrJobs(x, service);
    },
    inputs: (...shades) =>
      Promise.all(
        shades.map(async (shade, i) => ({ name: `${i + 1}.png`, ...(await blobs.put(await scan(shade))) })),
      ),
    async over(id) {
      for (;;) {
        const row = await findOcrJob(store.read, id);
        if (row && OVER.includes(row.state)) return row;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 200);
          const unwatch = desk.jobs.watch(id, () => {
            clearTimeout(timer);
            unwatch();
            resolve();
          });
        });
      }
    },
    async close() {
      await desk.jobs.stop();
      await service.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return desk;
}
