/** OCR jobs: a durable row owns the work, a lease says who does it; a killed process' job is taken up again. */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createReadStream } from 'node:fs';
import { OcrError, type OcrService } from '../../ocr/index.ts';
import { type Exchange, idempotencyConflict } from '../exchange/index.ts';
import {
  type Blob,
  findAnswer,
  findOcrJob,
  insertOcrJob,
  isLargeFile,
  leaseOcrJob,
  listOcrCorrections,
  newId,
  type OcrJobRow,
  type Queries,
  rememberAnswer,
  updateOcrJob,
} from '../store/index.ts';
import { correctFields } from './corrections.ts';
import { createPageStore } from './pages.ts';

export { type Correction, correctFields, keepCorrection } from './corrections.ts';
export { buildCopy, type CopyWishes, type DigitisedCopy, lineageOf } from './digitised-copy.ts';
export { DOUBTFUL, ofPage, unpack } from './pages.ts';

/** One scanned file, durable in the blob store. */
export interface OcrInput {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

export interface OcrJobs {
  /**
   * Keeps a job; under an Idempotency-Key used before, the job made then.
   * @throws ExchangeError IDEMPOTENCY_CONFLICT when the key was used for other files.
   */
  submit(
    agency: string,
    inputs: readonly OcrInput[],
    idempotencyKey?: string,
    urgent?: boolean,
  ): Promise<{ job: OcrJobRow; repeated: boolean }>;
  /** Asks a waiting or running job to stop. */
  cancel(id: string): Promise<boolean>;
  /**
   * Makes the results of a job that is over again with what people corrected. Pages that were read are not read anew; those
   * that were not (out of time, cut short, cancelled) are.
   */
  rebuild(id: string): Promise<boolean>;
  /** Calls `listener` at every change this process sees. */
  watch(id: string, listener: () => void): () => void;
  stop(): Promise<void>;
}

/** A job is tried again after a crash, but a file that kills us must not do so forever. */
const MAX_ATTEMPTS = 3;
const IDLE_MS = 1_000;
/** Octets of a finished PDF in memory at a time. */
const PIECE_BYTES = 1024 * 1024;

/** Starts the worker loop. */
export function startOcrJobs(x: Exchange, ocr: OcrService, dossiers = 1): OcrJobs {
  const events = new EventEmitter().setMaxListeners(0);
  const running = new Map<string, AbortController>();
  let stopped = false;
  const sleepers = new Set<() => void>();
  const wake = (): void => {
    for (const awake of sleepers) awake();
  };

  async function loop(urgentOnly: boolean): Promise<void> {
    while (!stopped) {
      const now = x.now();
      let job: OcrJobRow | null = null;
      try {
        job = await x.store.write((tx) =>
          leaseOcrJob(tx, x.owner, now, now + x.settings.leaseMs, urgentOnly),
        );
        if (job !== null) await work(job);
      } catch (cause) {
        x.log.warn({ err: cause, jobId: job?.id }, 'OCR loop failed; trying again');
      }
      if (job === null && !stopped) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(awake, IDLE_MS);
          function awake(): void {
            clearTimeout(timer);
            sleepers.delete(awake);
            resolve();
          }
          sleepers.add(awake);
        });
      }
    }
  }

  async function work(job: OcrJobRow): Promise<void> {
    if (job.attempts > MAX_ATTEMPTS) {
      await settle(job.id, {
        state: 'failed',
        reason_code: 'OCR_GAVE_UP',
        reason: `Đã thử ${MAX_ATTEMPTS} lần không thành; hãy kiểm tra tệp.`,
      });
      return;
    }
    const abort = new AbortController();
    running.set(job.id, abort);
    const renew = setInterval(() => void hold(job.id, abort).catch(() => undefined), x.settings.leaseMs / 3);
    try {
      const inputs = JSON.parse(job.inputs) as OcrInput[];
      const files = await Promise.all(
        inputs.map(async ({ name, sha256 }) => {
          const file = await x.blobs.fileOf(sha256);
          return isLargeFile(file) ? { name, path: file.path } : { name, bytes: file };
        }),
      );
      const corrections = await listOcrCorrections(x.store.read, job.id);
      let storing: Promise<Blob> | undefined;
      const { result, pdf } = await ocr.recognize(files, {
        async takePdf(path) {
          x.atPoint('C17');
          // By pieces: it may have hundreds of megabytes.
          storing = x.blobs.put(createReadStream(path, { highWaterMark: PIECE_BYTES }));
          await storing;
        },
        signal: abort.signal,
        store: await createPageStore(x, job.id),
        previews: true,
        pdfa: 'if-possible',
        urgent: job.urgent === 1,
        onProgress(progress) {
          void x.store
            .write((tx) =>
              updateOcrJob(tx, job.id, {
                pages: progress.pages,
                pages_done: Math.max(0, progress.page),
                stage: progress.stage,
                updated_at: x.now(),
              }),
            )
            .then(() => events.emit(job.id))
            .catch(() => undefined);
        },
      });
      const [resultBlob, pdfBlob] = [
        await x.blobs.put(
          Buffer.from(JSON.stringify({ ...result, fields: correctFields(result.fields, corrections) })),
        ),
        await (storing ?? x.blobs.put(pdf)),
      ];
      await settle(job.id, {
        state: 'done',
        stage: 'done',
        pages: result.pages.length,
        pages_done: result.pages.length,
        result_sha256: resultBlob.sha256,
        pdf_sha256: pdfBlob.sha256,
        engine: result.engine ?? ocr.engine,
        reason_code: null,
        reason: null,
      });
      x.log.info({ jobId: job.id, pages: result.pages.length }, 'OCR job done');
    } catch (cause) {
      if (stopped) return; // the lease is given back; the job is taken up again after the restart
      const cancelled = abort.signal.aborted;
      const { code = 'OCR_ENGINE_FAILED', vi = 'Không nhận dạng được.' } =
        cause instanceof OcrError ? (cause as { code?: string; vi?: string }) : {};
      if (!(cause instanceof OcrError))
        x.log.error({ err: cause, jobId: job.id }, 'OCR job failed for a reason nobody named');
      await settle(job.id, {
        state: cancelled ? 'cancelled' : 'failed',
        reason_code: cancelled ? 'OCR_CANCELLED' : code,
        reason: cancelled ? 'Đã huỷ theo yêu cầu.' : vi,
      });
    } finally {
      clearInterval(renew);
      running.delete(job.id);
    }
  }

  /** Keeps the lease; a job cancelled through another process ends here. */
  async function hold(id: string, abort: AbortController): Promise<void> {
    const row = await findOcrJob(x.store.read, id);
    if (row?.state === 'cancelled') abort.abort(new Error('cancelled'));
    else await x.store.write((tx) => updateOcrJob(tx, id, { lease_until: x.now() + x.settings.leaseMs }));
  }

  async function settle(id: string, change: Partial<OcrJobRow>): Promise<void> {
    await x.store.write((tx) =>
      updateOcrJob(tx, id, { ...change, lease_owner: null, lease_until: null, updated_at: x.now() }),
    );
    events.emit(id);
  }

  // One lane is kept for what is urgent: a pile of long dossiers must not hold it up.
  const lanes = [loop(true), ...Array.from({ length: dossiers }, () => loop(false))];
  return {
    async submit(agency, inputs, idempotencyKey, urgent = false) {
      const now = x.now();
      const row: OcrJobRow = {
        id: newId('ocr', now),
        agency,
        state: 'waiting',
        stage: 'waiting',
        pages: 0,
        pages_done: 0,
        inputs: JSON.stringify(inputs),
        result_sha256: null,
        pdf_sha256: null,
        reason_code: null,
        reason: null,
        attempts: 0,
        lease_owner: null,
        lease_until: null,
        created_at: now,
        updated_at: now,
        urgent: urgent ? 1 : 0,
        started_at: null,
        engine: null,
        copy: null,
      };
      const known = await x.store.write((tx) => keepJob(tx, row, idempotencyKey, now));
      wake();
      return { job: known ?? row, repeated: known !== null };
    },
    async cancel(id) {
      const job = await findOcrJob(x.store.read, id);
      if (job === undefined || !['waiting', 'running'].includes(job.state)) return false;
      const abort = running.get(id);
      if (abort !== undefined) abort.abort(new Error('cancelled'));
      else
        await settle(id, {
          state: 'cancelled',
          reason_code: 'OCR_CANCELLED',
          reason: 'Đã huỷ theo yêu cầu.',
        });
      return true;
    },
    async rebuild(id) {
      const job = await findOcrJob(x.store.read, id);
      if (job === undefined || job.state === 'waiting' || job.state === 'running') return false;
      // A copy made before no longer says what the reading says.
      const fresh = { state: 'waiting', stage: 'waiting', attempts: 0, reason_code: null, reason: null };
      await settle(id, { ...fresh, copy: null });
      wake();
      return true;
    },
    watch(id, listener) {
      events.on(id, listener);
      return () => events.off(id, listener);
    },
    async stop() {
      stopped = true;
      for (const abort of running.values()) abort.abort(new Error('shutting down'));
      wake();
      await Promise.all(lanes);
    },
  };
}

/** @returns the job made before under the same key, or null when this one was kept. */
async function keepJob(
  tx: Queries,
  row: OcrJobRow,
  key: string | undefined,
  now: number,
): Promise<OcrJobRow | null> {
  if (key !== undefined) {
    const scope = `${row.agency}:POST ocr-jobs`;
    const requestSha256 = createHash('sha256').update(row.inputs).digest('hex');
    const stored = { requestSha256, status: 202, response: JSON.stringify({ id: row.id }), location: null };
    if (!(await rememberAnswer(tx, scope, key, stored, now))) {
      const before = await findAnswer(tx, scope, key);
      if (before?.requestSha256 !== requestSha256) throw idempotencyConflict();
      return (await findOcrJob(tx, (JSON.parse(before.response) as { id: string }).id)) ?? null;
    }
  }
  await insertOcrJob(tx, row);
  return null;
}
