/** Signing jobs: a durable row owns the work, a lease says who does it; what is signed is never signed again. */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type Exchange, idempotencyConflict } from '../exchange/index.ts';
import {
  findAnswer,
  findSigningJob,
  insertSigningJob,
  type LevelState,
  leaseSigningJob,
  listSigningItems,
  moveSigningRequest,
  type NewCompletion,
  type Queries,
  queueCompletion,
  rememberAnswer,
  renewSigningJob,
  type SigningItemRow,
  type SigningJobRow,
  settleSigningItem,
  updateSigningItem,
  updateSigningJob,
} from '../store/index.ts';
import type { KeyRing } from '../workers/index.ts';
import { forgetConsent, freeSteps, readyItems } from './consent.ts';
import { isKeyFault, isPassing, reasonOf, wantsConsent } from './faults.ts';
import { type Kept, levelColumns } from './results.ts';
import { rowsOf } from './rows.ts';
import { signItem } from './sign-item.ts';
import type { NewJob } from './types.ts';

/** Jobs at the same time: one on a slow token must not keep another key's from running. */
const JOBS_AT_ONCE = 4;
/** Files of one job on their way at the same time, enough to keep a key busy while others are checked, and their octets together. */
const FILES_AT_ONCE = 48;
const OCTETS_AT_ONCE = 256 * 1024 * 1024;
const IDLE_MS = 1_000;
/** A job whose worker died this often is given up: one of its files may be what kills it. */
const MAX_ATTEMPTS = 20;
/** After a passing fault of the key the job waits this long, doubled each time up to the last. */
const PAUSES_MS = [2_000, 5_000, 15_000, 60_000];

/** Runs jobs. */
export interface SigningJobs {
  /** Keeps a job; under an Idempotency-Key used before, the job made then. `within` runs in the same transaction. */
  submit(
    request: NewJob,
    within?: (tx: Queries, jobId: string) => Promise<void>,
  ): Promise<{ job: SigningJobRow; repeated: boolean }>;
  /** Lets a job go on whose holder has authorised it. */
  resume(id: string): Promise<void>;
  cancel(id: string): Promise<boolean>;
  watch(id: string, listener: () => void): () => void;
  stop(): Promise<void>;
}

/** Starts the loop. */
export function startSigningJobs(x: Exchange, keyRing: KeyRing): SigningJobs {
  const events = new EventEmitter().setMaxListeners(0);
  const running = new Map<string, Promise<void>>();
  const parts = { blobs: x.blobs, keyRing };
  let stopped = false;
  let wake: () => void = () => undefined;

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      const now = x.now();
      let job: SigningJobRow | null = null;
      try {
        if (running.size < JOBS_AT_ONCE)
          job = await x.store.write((tx) => leaseSigningJob(tx, x.owner, now, now + x.settings.leaseMs));
      } catch (cause) {
        x.log.warn({ err: cause }, 'signing loop failed; trying again');
      }
      if (job === null) {
        if (!stopped) await rest(IDLE_MS);
        continue;
      }
      const { id } = job;
      running.set(
        id,
        runJob(job)
          .catch((cause: unknown) => x.log.error({ err: cause, jobId: id }, 'signing job failed'))
          .finally(() => {
            running.delete(id);
            wake();
          }),
      );
    }
  }

  async function runJob(job: SigningJobRow): Promise<void> {
    const control = { goesOn: true };
    const renew = setInterval(() => {
      x.store
        .write((tx) => renewSigningJob(tx, job.id, x.owner, x.now() + x.settings.leaseMs))
        .then((isOurs) => {
          if (!isOurs) control.goesOn = false;
        })
        .catch(() => undefined);
    }, x.settings.leaseMs / 3);
    try {
      const end = await goOn(job, control);
      if (!stopped && control.goesOn) await settle(job.id, end);
    } finally {
      clearInterval(renew);
    }
  }

  /** @returns how the job goes on. */
  async function goOn(job: SigningJobRow, control: { goesOn: boolean }): Promise<Partial<SigningJobRow>> {
    if (job.attempts > MAX_ATTEMPTS)
      return { state: 'stopped', reason_code: 'SIGNING_GAVE_UP', reason: 'Đã thử nhiều lần không xong.' };
    try {
      // Each round signs what its holders have agreed to, or who asks nobody; then the next signatures of the same files.
      for (;;) {
        const waiting = await listSigningItems(x.store.read, job.id, { state: 'waiting' });
        if (waiting.length === 0) return { state: 'done' };
        const ready = await readyItems({ keyRing }, job, waiting);
        if (ready.length === 0) {
          forgetConsent(job.id);
          return { state: 'consent' };
        }
        const end = await signAll(job, ready, control);
        if (end.state !== 'done' || stopped || !control.goesOn) return end;
      }
    } catch (cause) {
      if (reasonOf(cause) === null) x.log.error({ err: cause, jobId: job.id }, 'signing job failed');
      return { state: 'stopped', ...columnsOf(cause) };
    }
  }

  /** Signs what waits. */
  async function signAll(
    job: SigningJobRow,
    items: readonly SigningItemRow[],
    control: { goesOn: boolean },
  ): Promise<Partial<SigningJobRow>> {
    const line = [...items];
    let octets = 0;
    let failures = 0;
    let end: Partial<SigningJobRow> = { state: 'done' };
    const goesOn = (): boolean => control.goesOn && !stopped && end.state === 'done';

    async function worker(): Promise<void> {
      for (let item = line.shift(); item !== undefined && goesOn(); item = line.shift()) {
        // A big file goes alone rather than not at all.
        while (octets > 0 && octets + item.size > OCTETS_AT_ONCE) await pause(50);
        octets += item.size;
        try {
          await signOne(job, item);
          failures = 0;
        } catch (cause) {
          line.unshift(item);
          if (wantsConsent(cause)) {
            forgetConsent(job.id);
            end = { state: 'consent' };
          } else if (isPassing(cause) && failures < PAUSES_MS.length) await pause(PAUSES_MS[failures] ?? 0);
          else end = { state: 'stopped', ...columnsOf(cause) };
          failures += 1;
        } finally {
          octets -= item.size;
        }
      }
    }

    await Promise.all(Array.from({ length: Math.min(FILES_AT_ONCE, line.length) }, worker));
    return end;
  }

  /** Waits, but not past the end of this process. */
  async function pause(ms: number): Promise<void> {
    const until = Date.now() + ms;
    while (!stopped && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  function columnsOf(cause: unknown): { reason_code: string; reason: string } {
    const reason = reasonOf(cause);
    return {
      reason_code: reason?.code ?? 'INTERNAL',
      reason: reason?.text ?? 'Lỗi bên trong hệ thống; sự cố đã được ghi lại.',
    };
  }

  /** One file to its end. Faults of the key are thrown on; faults of the file settle it. */
  async function signOne(job: SigningJobRow, item: SigningItemRow): Promise<void> {
    try {
      const { kept, levels, step } = await signItem(parts, job, item, freeSteps({ keyRing }, job));
      x.atPoint('C18');
      if (step !== null) {
        await keepProgress(item, {
          ...kept,
          ...levelColumns(levels),
          progress: JSON.stringify({ step, levels }),
        });
        return;
      }
      await record(
        item,
        { ...kept, ...levelColumns(levels), progress: null, state: 'signed', updated_at: x.now() },
        (tx) => queueCompletion(tx, completionOf(job, item, kept, levels), x.now()),
      );
    } catch (cause) {
      if (isKeyFault(cause)) throw cause;
      if (reasonOf(cause) === null)
        x.log.error({ err: cause, jobId: job.id }, 'a file was not signed for a reason nobody named');
      await record(item, { ...columnsOf(cause), state: 'failed', updated_at: x.now() });
    }
    events.emit(job.id);
  }

  /** Signed in part: the rest waits for somebody. A file that was cancelled meanwhile stays as it is. */
  async function keepProgress(item: SigningItemRow, change: Partial<SigningItemRow>): Promise<void> {
    await x.store.write((tx) =>
      updateSigningItem(
        tx,
        item.job_id,
        item.seq,
        { ...change, signing_time: null, updated_at: x.now() },
        'waiting',
      ),
    );
  }

  async function record(
    item: SigningItemRow,
    change: Partial<SigningItemRow> & { state: 'signed' | 'failed' },
    also: (tx: Queries) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await x.store.write(async (tx) => {
      if (!(await settleSigningItem(tx, item, change))) return;
      await also(tx);
      if (item.request_id === null) return;
      const { state, signed_sha256, report_sha256, evidence, level, wanted_level } = change;
      const { reason_code, reason, updated_at } = change;
      const after =
        state === 'signed'
          ? { state, signed_sha256, report_sha256, evidence, level, wanted_level }
          : { state: 'waiting', reason_code, reason };
      await moveSigningRequest(tx, item.request_id, 'signing', withoutUndefined({ ...after, updated_at }));
    });
  }

  async function settle(id: string, change: Partial<SigningJobRow>): Promise<void> {
    await x.store.write(async (tx) => {
      const ended = ['done', 'stopped', 'cancelled'].includes(change.state ?? '');
      await updateSigningJob(tx, id, {
        ...change,
        lease_owner: null,
        lease_until: null,
        updated_at: x.now(),
      });
      if (ended) await giveBack(tx, id, change);
    });
    events.emit(id);
    wake();
  }

  /** Requests of files that were not signed wait for their officer again. */
  async function giveBack(tx: Queries, jobId: string, change: Partial<SigningJobRow>): Promise<void> {
    for (const item of await listSigningItems(tx, jobId, { state: 'waiting' })) {
      await updateSigningItem(tx, jobId, item.seq, { state: 'cancelled', updated_at: x.now() });
      if (item.request_id === null) continue;
      await moveSigningRequest(tx, item.request_id, 'signing', {
        state: 'waiting',
        reason_code: change.reason_code ?? null,
        reason: change.reason ?? null,
        updated_at: x.now(),
      });
    }
  }

  const done = loop();
  return {
    async submit(request, within) {
      const now = x.now();
      const { job, items } = rowsOf(request, now);
      const print = createHash('sha256')
        .update(JSON.stringify([job.sign, items.map(({ name, sha256, sign }) => [name, sha256, sign])]))
        .digest('hex');
      const known = await x.store.write(async (tx) => {
        const before = await sameAsBefore(tx, request, print, job.id, now);
        if (before !== null) return before;
        await insertSigningJob(tx, job, items);
        await within?.(tx, job.id);
        return null;
      });
      wake();
      return { job: known ?? job, repeated: known !== null };
    },
    async resume(id) {
      await settle(id, { state: 'waiting', attempts: 0 });
    },
    async cancel(id) {
      const job = await findSigningJob(x.store.read, id);
      if (job === undefined || !['waiting', 'running', 'consent'].includes(job.state)) return false;
      await settle(id, { state: 'cancelled' });
      return true;
    },
    watch(id, listener) {
      events.on(id, listener);
      return () => events.off(id, listener);
    },
    async stop() {
      stopped = true;
      wake();
      await done;
      await Promise.allSettled(running.values());
    },
  };
}

/** What is left to do about a file signed below its level. */
function completionOf(
  job: SigningJobRow,
  item: SigningItemRow,
  kept: Kept,
  state: LevelState,
): NewCompletion {
  const { agency } = job;
  const sourceId = `${job.id}/${item.seq}`;
  return { agency, source: 'item', sourceId, name: item.name, sha256: kept.signed_sha256, state };
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}

/** The job made before under the same key; null: this one is new. @throws ExchangeError IDEMPOTENCY_CONFLICT */
async function sameAsBefore(
  tx: Queries,
  request: NewJob,
  requestSha256: string,
  id: string,
  now: number,
): Promise<SigningJobRow | null> {
  if (request.idempotencyKey === undefined) return null;
  const scope = `${request.agency}:POST signatures`;
  const stored = { requestSha256, status: 202, response: JSON.stringify({ id }), location: null };
  if (await rememberAnswer(tx, scope, request.idempotencyKey, stored, now)) return null;
  const before = await findAnswer(tx, scope, request.idempotencyKey);
  if (before?.requestSha256 !== requestSha256) throw idempotencyConflict();
  return (await findSigningJob(tx, (JSON.parse(before.response) as { id: string }).id)) ?? null;
}
