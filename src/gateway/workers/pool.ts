/** The pool of worker threads for signing and verification (piscina). */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { SigningError, type VerificationReport } from '../../signing/index.ts';
import type { Outcome, SignTask, VerifyTask, WorkerPki } from './crypto-worker.ts';

export interface CryptoPool {
  /** The task's bytes may be handed over to a thread: do not use them afterwards. */
  verify(task: Omit<VerifyTask, 'pki'>): Promise<VerificationReport>;
  sign(task: Omit<SignTask, 'pki'>): Promise<Uint8Array>;
  /** Tasks waiting for a thread. */
  waiting(): number;
  close(): Promise<void>;
}

/** From this size on octets are handed over to the thread instead of copied. */
const HAND_OVER_BYTES = 1024 * 1024;

/** The memory of `bytes`, when it holds nothing else and copying it would cost. */
function handedOver(bytes: Uint8Array): ArrayBuffer[] {
  const { buffer } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isWhole && bytes.byteLength >= HAND_OVER_BYTES ? [buffer] : [];
}

/** Most tasks that may wait; one more is refused, so that memory stays bounded. */
const QUEUE_LIMIT = 10_000;
/** A thread that is idle this long ends. */
const IDLE_MS = 30_000;

/** Starts the pool; `threads` 0 means cores - 1, at least 1. Threads trust, and ask authorities, as `pki` says. */
export function createCryptoPool(threads: number, pki: WorkerPki): CryptoPool {
  const file = new URL(
    import.meta.url.endsWith('.ts') ? './dev-worker.mjs' : './crypto-worker.js',
    import.meta.url,
  );
  const pool = new Piscina({
    filename: fileURLToPath(file),
    minThreads: 1,
    maxThreads: threads === 0 ? Math.max(1, availableParallelism() - 1) : threads,
    maxQueue: QUEUE_LIMIT,
    idleTimeout: IDLE_MS,
    concurrentTasksPerWorker: 2,
    execArgv: [],
  });
  // A thread that dies rejects its tasks and is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  async function run<T>(name: string, task: object, transferList: ArrayBuffer[] = []): Promise<T> {
    const outcome = (await pool.run(task, { name, transferList })) as Outcome<T>;
    if ('refusal' in outcome)
      throw new SigningError(outcome.refusal.code, { details: outcome.refusal.details });
    return outcome.value;
  }
  return {
    verify: (task) => run('verify', { ...task, pki }, handedOver(task.bytes)),
    sign: (task) => run('sign', { ...task, pki }),
    waiting: () => pool.queueSize,
    close: () => pool.destroy(),
  };
}
