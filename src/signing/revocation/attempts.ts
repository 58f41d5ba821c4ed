/** One question to several addresses in order: tries, what went wrong, and addresses left alone for a while. */
import {
  type PkiAnswer,
  type PkiAttempt,
  PkiFault,
  type PkiFaultCode,
  type PkiFetch,
  type PkiRequest,
} from './types.ts';

/** How questions are asked. */
export interface AskOptions {
  readonly fetch: PkiFetch;
  readonly now: () => number;
  /** Tries at one address when the connection breaks or the server is at fault; default 2. A timeout is not tried again. */
  readonly tries?: number;
  /** Waits before another try; default a timer. */
  readonly wait?: (ms: number) => Promise<void>;
  /** An address that failed is left alone for this long; default 60,000 ms. */
  readonly restMs?: number;
  readonly onAttempt?: (attempt: PkiAttempt) => void;
}

/** Asks addresses; remembers those that failed. */
export interface Asker {
  /**
   * The first answer with status 200 that `accept` has nothing against (it returns the fault in English, or null).
   * @returns the answer's octets, or null and the last fault; `faults` receives a line per address that brought nothing.
   */
  ask(
    kind: PkiAttempt['kind'],
    requests: readonly PkiRequest[],
    accept: (body: Uint8Array) => string | null,
    faults: string[],
  ): Promise<Asked>;
}

/** What came of a question. */
export interface Asked {
  readonly body: Uint8Array | null;
  /** Why the last address brought nothing; null when one answered or was left alone. */
  readonly fault: PkiFaultCode | null;
}

const FIRST_WAIT_MS = 300;
const REST_MS = 60_000;
/** Addresses remembered as failed. */
const MAX_RESTING = 1000;

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isPassing(fault: PkiFault): boolean {
  return fault.code === 'UNREACHABLE' || fault.code === 'BAD_STATUS';
}

function refuseStatus(answer: PkiAnswer): void {
  if (answer.status !== 200) throw new PkiFault('BAD_STATUS', `HTTP ${answer.status}`);
}

function asFault(error: unknown): PkiFault {
  return error instanceof PkiFault ? error : new PkiFault('UNREACHABLE', 'request failed', { cause: error });
}

/** An asker with nothing remembered. */
export function createAsker(options: AskOptions): Asker {
  const { fetch, now, tries = 2, wait = timer, restMs = REST_MS, onAttempt } = options;
  const resting = new Map<string, { until: number; why: string }>();

  async function tryRequest(
    request: PkiRequest,
    accept: (body: Uint8Array) => string | null,
  ): Promise<Uint8Array> {
    for (let number = 1; ; number += 1) {
      try {
        const answer = await fetch(request);
        refuseStatus(answer);
        const wrong = accept(answer.body);
        if (wrong !== null) throw new PkiFault('UNREADABLE', wrong);
        return answer.body;
      } catch (error) {
        const fault = asFault(error);
        if (!isPassing(fault) || number >= tries) throw fault;
        await wait(FIRST_WAIT_MS * 2 ** (number - 1));
      }
    }
  }

  function rest(key: string, why: string): void {
    resting.delete(key);
    resting.set(key, { until: now() + restMs, why });
    const oldest = resting.keys().next().value;
    if (resting.size > MAX_RESTING && oldest !== undefined) resting.delete(oldest);
  }

  return {
    async ask(kind, requests, accept, faults) {
      let last: PkiFaultCode | null = null;
      for (const request of requests) {
        const key = `${request.method} ${request.url}`;
        const known = resting.get(key);
        if (known !== undefined && known.until > now()) {
          faults.push(`${request.url}: ${known.why} (not asked again yet)`);
          continue;
        }
        const { host } = new URL(request.url);
        const started = now();
        try {
          const body = await tryRequest(request, accept);
          resting.delete(key);
          onAttempt?.({ kind, host, outcome: 'answered', ms: now() - started });
          return { body, fault: null };
        } catch (error) {
          const fault = asFault(error);
          last = fault.code;
          onAttempt?.({ kind, host, outcome: fault.code, ms: now() - started });
          faults.push(`${request.url}: ${fault.message}`);
          // What the answer was about another certificate says nothing about the next question.
          if (fault.code !== 'UNREADABLE') rest(key, fault.message);
        }
      }
      return { body: null, fault: last };
    },
  };
}
