/** The pool of worker threads for signing and verification (piscina). */
import { availableParallelism, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import {
  type EvidenceItem,
  type Signer,
  SigningError,
  type TsaClient,
  type VerificationReport,
} from '../../signing/index.ts';
import type { ReportContext } from '../report/index.ts';
import type { FileOctets } from '../store/index.ts';
import type { Outcome, Verified, VerifyTask, WorkerPki } from './crypto-worker.ts';
import { serveAuthority } from './port-authority.ts';
import { serveSigner } from './port-signer.ts';
import type { Raised, RaiseTask } from './raise-task.ts';
import type { KeySource, Signed, SignTask, Stamping } from './sign-task.ts';

type FileKey = Extract<KeySource, { kind: 'pkcs12' }>;

export interface CryptoPool {
  /** The task's bytes may be handed over to a thread: do not use them afterwards. */
  verify(
    task: Omit<VerifyTask, 'pki' | 'withEvidence'>,
    onEvidence?: (item: EvidenceItem) => void,
  ): Promise<VerificationReport>;
  /** Signs with a key file. Octets come back for octets, a file for a large file. */
  sign<T extends FileOctets>(task: Job<T> & { readonly key: FileKey }): Promise<Signed<T>>;
  /** Signs with a key of this thread (token, service): only its raw signatures are asked for from there. */
  signWith<T extends FileOctets>(task: Job<T>, signer: Signer): Promise<Signed<T>>;
  /** The octets `signWith` would have the key sign. */
  prepare(task: Job, signer: Signer): Promise<Uint8Array>;
  /** Completes the level of a file. @throws SigningError TSA_UNAVAILABLE where no authority is configured */
  raise(task: RaiseJob): Promise<Raised>;
  /** The report of a verification as a PDF. */
  report(report: VerificationReport, context: ReportContext): Promise<Uint8Array>;
  /** Tasks waiting for a thread. */
  waiting(): number;
  close(): Promise<void>;
}

/** A signing task but for what the pool adds. */
export type Job<T extends FileOctets = FileOctets> = Omit<
  SignTask,
  'pki' | 'key' | 'stamping' | 'tmpDir' | 'pdf'
> & {
  readonly pdf: T;
  /** Absent: level B. */
  readonly stamping?: Omit<Stamping, 'authority'>;
};

/** A file to raise but for what the pool adds. */
export type RaiseJob = Omit<RaiseTask, 'pki' | 'authority' | 'tmpDir'>;

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

/**
 * Starts the pool; `threads` 0 means cores - 1, at least 1. Threads trust, and ask authorities, as `pki` says.
 * @param authority asked for time-stamps; null: none is configured, and levels above B are refused.
 * @param tmpDir where large files are written that come out of signing.
 */
export function createCryptoPool(
  threads: number,
  pki: WorkerPki,
  authority: TsaClient | null = null,
  tmpDir = tmpdir(),
): CryptoPool {
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
  /** Work during which something outside the thread is waited for: a key, an authority. Its ports close with it. */
  async function waiting<T>(name: string, task: object, ports: readonly MessageChannel[]): Promise<T> {
    outside ??= start(1, OUTSIDE_TASKS, 0);
    try {
      return await run(
        name,
        task,
        ports.map(({ port2 }) => port2),
        outside,
      );
    } finally {
      for (const { port1 } of ports) port1.close();
    }
  }
  function channelTo(serve: (port: MessagePort) => void): MessageChannel {
    const channel = new MessageChannel();
    serve(channel.port1);
    return channel;
  }
  function authorityChannel(): MessageChannel {
    if (authority === null)
      throw new SigningError('TSA_UNAVAILABLE', { details: { reason: 'LIENTHONG_TSA_URLS is empty' } });
    return channelTo((port) => serveAuthority(port, authority));
  }
  /** @param key of a file; null: of `signer`. */
  async function signing<T>(name: string, task: Job, key: FileKey | null, signer: Signer | null): Promise<T> {
    const ports: MessageChannel[] = [];
    let source: KeySource | null = key;
    if (signer !== null) {
      const { certificate, chain, algorithm } = signer;
      const channel = channelTo((port) => serveSigner(port, signer));
      ports.push(channel);
      source = { kind: 'port', port: channel.port2, facts: { certificate, chain, algorithm } };
    }
    const isStamped = task.stamping !== undefined && task.stamping.level !== 'B' && name === 'sign';
    let stamping: Stamping | undefined = task.stamping;
    if (isStamped && stamping !== undefined) {
      const channel = authorityChannel();
      ports.push(channel);
      stamping = { ...stamping, authority: channel.port2 };
    }
    const whole = { ...task, key: source, pki, tmpDir, ...(stamping === undefined ? {} : { stamping }) };
    return ports.length === 0 ? run(name, whole) : waiting(name, whole, ports);
  }
  return {
    async verify(task, onEvidence) {
      const withEvidence = onEvidence !== undefined;
      const whole = { ...task, pki, withEvidence };
      const { report, evidence } = await run<Verified>('verify', whole, handedOver(task.bytes));
      for (const item of evidence) onEvidence?.(item);
      return report;
    },
    sign: ({ key, ...task }) => signing('sign', task, key, null),
    signWith: (task, signer) => signing('sign', task, null, signer),
    prepare: (task, signer) => signing('prepare', task, null, signer),
    async raise(task) {
      const channel = authorityChannel();
      return waiting('raise', { ...task, pki, tmpDir, authority: channel.port2 }, [channel]);
    },
    report: (report, context) => run('report', { report, context }),
    waiting: () => pool.queueSize,
    async close() {
      await Promise.all([pool.destroy(), outside?.destroy()]);
    },
  };
}
