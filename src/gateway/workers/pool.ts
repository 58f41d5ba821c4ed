/** The pool of worker threads for signing and verification (piscina). */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type Signer, SigningError, type VerificationReport } from '../../signing/index.ts';
import type { ReportContext } from '../report/index.ts';
import type { Outcome, VerifyTask, WorkerPki } from './crypto-worker.ts';
import { serveSigner } from './port-signer.ts';
import type { KeySource, Signed, SignTask } from './sign-task.ts';

export interface CryptoPool {
  /** The task's bytes may be handed over to a thread: do not use them afterwards. */
  verify(task: Omit<VerifyTask, 'pki'>): Promise<VerificationReport>;
  /** Signs with a key file. */
  sign(task: Job & { readonly key: Extract<KeySource, { kind: 'pkcs12' }> }): Promise<Signed>;
  /** Signs with a key of this thread (token, service): only its raw signatures are asked for from there. */
  signWith(task: Job, signer: Signer): Promise<Signed>;
  /** The octets `signWith` would have the key sign. */
  prepare(task: Job, signer: Signer): Promise<Uint8Array>;
  /** The report of a verification as a PDF. */
  report(report: VerificationReport, context: ReportContext): Promise<Uint8Array>;
  /** Tasks waiting for a thread. */
  waiting(): number;
  close(): Promise<void>;
}

/** A signing task but for what the pool adds. */
export type Job = Omit<SignTask, 'pki' | 'key'>;

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
/** Documents whose signature a token or service is being waited for; they cost memory and no time of the thread. */
const OUTSIDE_TASKS = 64;
/** A thread that is idle this long ends. */
const IDLE_MS = 30_000;

/** Starts the pool; `threads` 0 means cores - 1, at least 1. Threads trust, and ask authorities, as `pki` says. */
export function createCryptoPool(threads: number, pki: WorkerPki): CryptoPool {
  const file = new URL(
    import.meta.url.endsWith('.ts') ? './dev-worker.mjs' : './crypto-worker.js',
    import.meta.url,
  );
  function start(maxThreads: number, concurrentTasksPerWorker: number, minThreads: number): Piscina {
    const started = new Piscina({
      filename: fileURLToPath(file),
      minThreads,
      maxThreads,
      maxQueue: QUEUE_LIMIT,
      idleTimeout: IDLE_MS,
      concurrentTasksPerWorker,
      execArgv: [],
    });
    // A thread that dies rejects its tasks and is replaced; without a listener it would end the process.
    started.on('error', () => undefined);
    return started;
  }
  const pool = start(threads === 0 ? Math.max(1, availableParallelism() - 1) : threads, 2, 1);
  // Apart from the rest: signatures that wait for a token must not keep verifications from a thread.
  let outside: Piscina | null = null;
  async function run<T>(
    name: string,
    task: object,
    transferList: (ArrayBuffer | MessagePort)[] = [],
    on: Piscina = pool,
  ): Promise<T> {
    const outcome = (await on.run(task, { name, transferList })) as Outcome<T>;
    if ('refusal' in outcome)
      throw new SigningError(outcome.refusal.code, { details: outcome.refusal.details });
    return outcome.value;
  }
  async function behindPort<T>(name: string, task: Job, signer: Signer): Promise<T> {
    outside ??= start(1, OUTSIDE_TASKS, 0);
    const { port1, port2 } = new MessageChannel();
    serveSigner(port1, signer);
    const { certificate, chain, algorithm } = signer;
    const key = { kind: 'port', port: port2, facts: { certificate, chain, algorithm } } as const;
    try {
      return await run(name, { ...task, key, pki }, [port2], outside);
    } finally {
      port1.close();
    }
  }
  return {
    verify: (task) => run('verify', { ...task, pki }, handedOver(task.bytes)),
    sign: (task) => run('sign', { ...task, pki }),
    signWith: (task, signer) => behindPort('sign', task, signer),
    prepare: (task, signer) => behindPort('prepare', task, signer),
    report: (report, context) => run('report', { report, context }),
    waiting: () => pool.queueSize,
    async close() {
      await Promise.all([pool.destroy(), outside?.destroy()]);
    },
  };
}
