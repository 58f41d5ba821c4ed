/** Our side of a module's process: calls with a time limit, and what its end means. */
import { type ChildProcess, fork } from 'node:child_process';
import { SigningError, type SigningErrorCode, type SigningErrorDetails } from '../../errors.ts';
import type { OpenedKey, OpenRequest, SignRequest } from './token.ts';

/** What is asked of the process. */
export type Request = { readonly id: number } & (
  | { readonly method: 'open'; readonly argument: OpenRequest }
  | { readonly method: 'sign'; readonly argument: SignRequest }
  | { readonly method: 'close'; readonly argument: number }
);

/** What it answers. */
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?:
    | {
        readonly kind: 'refused';
        readonly code: SigningErrorCode;
        readonly details: SigningErrorDetails;
        readonly message: string;
      }
    | { readonly kind: 'module'; readonly answer: string; readonly message: string };
}

/** The module said no, by the standard's name; `PROCESS_GONE` and `TIMEOUT` are ours. */
export class ModuleFault extends Error {
  readonly answer: string;

  constructor(answer: string, message: string) {
    super(message);
    this.name = 'ModuleFault';
    this.answer = answer;
  }
}

/** One module, held by one process. */
export interface ModuleHost {
  open(request: OpenRequest, timeoutMs: number): Promise<OpenedKey>;
  sign(request: SignRequest, timeoutMs: number): Promise<Uint8Array>;
  closeKey(handle: number): void;
  /** Whether it has answered before: some modules never see a token that was plugged in after their start. */
  readonly isUsed: boolean;
  /** Takes no new keys; ends with its last one. */
  retire(): void;
  /** Process id, for tests; undefined when it has ended. */
  readonly pid: number | undefined;
}

/** A process without keys waits this long for the next one. */
const IDLE_MS = 10_000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

const STDERR_TAIL = 500;

function startProcess(modulePath: string): ChildProcess {
  const script = new URL(`./child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  // The environment is passed on: modules find their configuration there (SOFTHSM2_CONF, P11_KIT_*, vendors' own).
  return fork(script, [modulePath], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: process.execArgv.filter((flag) => !flag.startsWith('--inspect')),
  });
}

/** Starts a process for a module. */
function startHost(modulePath: string, onEnd: () => void): ModuleHost {
  const child = startProcess(modulePath);
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let isAlive = true;
  let isUsed = false;
  let isRetired = false;
  let keys = 0;
  let idle: NodeJS.Timeout | undefined;
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_TAIL);
  });

  /** An idle process must not keep a finished command alive. */
  function hold(isBusy: boolean): void {
    for (const handle of [child, child.channel, child.stderr as { ref?(): void; unref?(): void } | null]) {
      if (isBusy) handle?.ref?.();
      else handle?.unref?.();
    }
  }

  function end(answer: string, reason: string): void {
    if (!isAlive) return;
    isAlive = false;
    clearTimeout(idle);
    onEnd();
    child.kill('SIGKILL');
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(new ModuleFault(answer, stderr === '' ? reason : `${reason}: ${stderr}`));
    }
    pending.clear();
  }

  child.on('message', (reply: Reply) => {
    const waiting = pending.get(reply.id);
    pending.delete(reply.id);
    if (pending.size === 0) hold(false);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    const { error } = reply;
    if (error === undefined) waiting.resolve(reply.value);
    else if (error.kind === 'refused')
      waiting.reject(
        new SigningError(error.code, { details: error.details, cause: new Error(error.message) }),
      );
    else waiting.reject(new ModuleFault(error.answer, error.message));
  });
  child.on('error', (cause) => end('PROCESS_GONE', cause.message));
  child.on('exit', (code, signal) => end('PROCESS_GONE', `the process ended with ${signal ?? code}`));
  hold(false);

  function call(request: Omit<Request, 'id'>, timeoutMs: number): Promise<unknown> {
    if (!isAlive) return Promise.reject(new ModuleFault('PROCESS_GONE', 'the process has ended'));
    const id = nextId;
    nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end('TIMEOUT', `no answer for ${timeoutMs} ms`), timeoutMs);
      pending.set(id, { resolve, reject, timer });
      hold(true);
      child.send({ ...request, id } as Request, (error) => {
        if (error !== null) end('PROCESS_GONE', error.message);
      });
    });
  }

  /** The last key ends the login; a while later the process. */
  function settle(): void {
    clearTimeout(idle);
    if (keys > 0) return;
    idle = setTimeout(() => end('PROCESS_GONE', 'it was idle'), isRetired ? 0 : IDLE_MS).unref();
  }

  return {
    async open(argument, timeoutMs) {
      clearTimeout(idle);
      keys += 1;
      try {
        return (await call({ method: 'open', argument }, timeoutMs)) as OpenedKey;
      } catch (cause) {
        keys -= 1;
        settle();
        throw cause;
      } finally {
        isUsed = true;
      }
    },
    sign: (argument, timeoutMs) => call({ method: 'sign', argument }, timeoutMs) as Promise<Uint8Array>,
    closeKey(argument) {
      keys -= 1;
      if (isAlive) void call({ method: 'close', argument }, 5_000).then(settle, () => undefined);
    },
    retire() {
      isRetired = true;
      onEnd();
      settle();
    },
    get isUsed() {
      return isUsed;
    },
    get pid() {
      return isAlive ? child.pid : undefined;
    },
  };
}

const hosts = new Map<string, ModuleHost>();

/** The process of a module: one for all its keys, started when it is first asked for, and anew after it ended. */
export function hostOf(modulePath: string): ModuleHost {
  const known = hosts.get(modulePath);
  if (known !== undefined) return known;
  const host = startHost(modulePath, () => {
    if (hosts.get(modulePath) === host) hosts.delete(modulePath);
  });
  hosts.set(modulePath, host);
  return host;
}
