import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { isOcrErrorCode, OcrError, type OcrErrorCode, type OcrErrorDetails } from '../errors.ts';
import { createPatience, groupCpuMs, processCpuMs } from './cpu-time.ts';

/** Reply of a child: a value, or an error as plain data. */
export interface ChildReply {
  id: number;
  value?: unknown;
  error?: { code: OcrErrorCode | null; message: string; details: OcrErrorDetails };
}

/** How one call may end early. */
export interface CallOptions {
  /** CPU time of the child and what it started, ms, before it is killed; where that is not told, and for what hangs, of the clock. */
  timeoutMs: number;
  /** Code of the error when that happens. */
  timeoutCode: OcrErrorCode;
  signal?: AbortSignal | undefined;
}

/** A disposable process that answers calls one by one. Killing it is the only cancellation that always works. */
export interface Child {
  readonly alive: boolean;
  call<T>(method: string, argument: unknown, options: CallOptions): Promise<T>;
  kill(): void;
}

/** Heap of a child's JavaScript; pixels and WASM memory live outside of it. */
const CHILD_HEAP_MB = 1024;
const STDERR_TAIL = 2000;
/**
 * Bytes of bytecode a function runs before V8 asks again whether to optimise it, fifteen times its own number: callbacks made
 * anew for every page lose their code with each collection, and to compile them once more took longer than they run.
 */
const INTERRUPT_BUDGET = 1_000_000;
/** Native buffers from this size on are mapped on their own, and given back to the system when they are freed. */
const LARGE_BUFFER_BYTES = 1024 * 1024;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

function startProcess(script: URL, niceness: number, largeBufferBytes: number): ChildProcess {
  const process_ = fork(script, [], {
    serialization: 'advanced',
    // A group of its own: what the child starts (a native recogniser) ends with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [
      ...process.execArgv.filter((flag) => !flag.startsWith('--inspect')),
      `--max-old-space-size=${CHILD_HEAP_MB}`,
      // Pages are buffers outside the heap: a small nursery and a collection after every page let them go soon.
      '--max-semi-space-size=2',
      // Every page's buffers start a marking; helping threads cost more than they save where each core has its own page.
      '--single-threaded-gc',
      // A heap of ten megabytes is marked sooner in one go than step by step, twice a page (25 ms of CPU a page saved).
      '--no-incremental-marking',
      `--interrupt-budget=${INTERRUPT_BUDGET}`,
      '--expose-gc',
    ],
    // No secrets of the parent's environment near hostile files. Two arenas, and buffers given back to the system when
    // they are freed, keep native memory small: glibc else keeps what it once had, up to 32 MB apiece.
    env: {
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: String(largeBufferBytes),
      MALLOC_TRIM_THRESHOLD_: String(largeBufferBytes),
      // Pages are read side by side, each by one thread (measured: two save 6 % of the time and cost 45 % more).
      OMP_THREAD_LIMIT: '1',
    },
  });
  try {
    if (process_.pid !== undefined && niceness > 0) setPriority(process_.pid, niceness);
  } catch {
    // Niceness is a courtesy; a system that forbids it works all the same.
  }
  return process_;
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function toError(reply: NonNullable<ChildReply['error']>): OcrError {
  const code = isOcrErrorCode(reply.code) ? reply.code : 'OCR_ENGINE_FAILED';
  return new OcrError(code, reply.details, new Error(reply.message));
}

/**
 * Starts `script` (which calls `serve`) as a child process. It dies with its parent.
 * @param niceness how far it gives way to the caller's own work (nice value, POSIX, 0 to 19)
 * @param largeBufferBytes native buffers of less may be kept for the next ones
 */
export function startChild(
  script: URL,
  niceness: number,
  largeBufferBytes: number = LARGE_BUFFER_BYTES,
): Child {
  const child = startProcess(script, niceness, largeBufferBytes);
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let alive = true;
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_TAIL);
  });

  function hold(busy: boolean): void {
    for (const handle of [child, child.channel, child.stderr as { ref?(): void; unref?(): void } | null]) {
      if (busy) handle?.ref?.();
      else handle?.unref?.();
    }
  }

  function end(reason: string): void {
    if (!alive) return;
    alive = false;
    killGroup(child);
    for (const { reject } of pending.values()) {
      reject(new OcrError('OCR_ENGINE_FAILED', { reason }, new Error(stderr || reason)));
    }
    pending.clear();
  }

  child.on('message', (message: ChildReply) => {
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (pending.size === 0) hold(false);
    if (message.error) waiting?.reject(toError(message.error));
    else waiting?.resolve(message.value);
  });
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(`process ended: ${signal ?? code}`));
  hold(false);

  return {
    get alive() {
      return alive;
    },
    kill: () => end('killed'),
    call<T>(method: string, argument: unknown, options: CallOptions): Promise<T> {
      if (!alive) return Promise.reject(new OcrError('OCR_ENGINE_FAILED', { reason: 'process is gone' }));
      const id = nextId++;
      return new Promise<T>((resolve, reject) => {
        const settle = (): void => {
          clearTimeout(timer);
          options.signal?.removeEventListener('abort', abort);
        };
        const stop = (code: OcrErrorCode): void => {
          pending.delete(id);
          settle();
          reject(new OcrError(code));
          end('stopped');
        };
        const abort = (): void => stop('OCR_CANCELLED');
        const { pid = 0 } = child;
        const cpuMs = (): number | null => groupCpuMs(pid);
        const patience = createPatience(options.timeoutMs, processCpuMs(pid), { cpuMs });
        const look = (): void => {
          const waitMs = patience.look();
          if (waitMs === 0) stop(options.timeoutCode);
          else timer = setTimeout(look, waitMs);
        };
        let timer = setTimeout(look, options.timeoutMs);
        pending.set(id, {
          resolve: (value) => {
            settle();
            resolve(value as T);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
        if (options.signal?.aborted) return abort();
        options.signal?.addEventListener('abort', abort, { once: true });
        hold(true);
        child.send({ id, method, argument }, (error) => {
          if (error) end(error.message);
        });
      });
    },
  };
}

/** Resolves a child script relative to `from` in both worlds: `.ts` under tsx, `.js` after the build. */
export function childScript(from: string, name: string): URL {
  return new URL(`${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from);
}
