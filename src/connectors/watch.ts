const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_TOTAL_TIMEOUT_MS = 15 * 60_000;

/** The time-related part of the HTTP options; meanings and defaults are told there. */
export interface WatchOptions {
  timeoutMs?: number;
  totalTimeoutMs?: number;
  signal?: AbortSignal;
}

/** Watches one call: its signal ends the call when it falls silent, lasts too long, or is cancelled. */
export interface Watch {
  signal: AbortSignal;
  /** Something moved: the silence starts anew. */
  touch(): void;
  /** We are the slow side now: silence does not count. */
  pause(): void;
  stop(): void;
  stopped(): boolean;
  abort(why: 'timeout' | 'cancelled'): void;
  reason(): 'timeout' | 'cancelled' | undefined;
  sourceError(error?: unknown): unknown;
}

/** Two timers (silence and whole call) and the caller's signal, joined into one abort signal. */
export function startWatch(options: WatchOptions): Watch {
  const controller = new AbortController();
  let why: 'timeout' | 'cancelled' | undefined;
  let source: unknown;
  let ended = false;
  const abort = (reason: 'timeout' | 'cancelled') => {
    why ??= reason;
    controller.abort();
  };
  const onCancel = () => abort('cancelled');
  const silenceMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let silence = setTimeout(abort, silenceMs, 'timeout');
  const whole = setTimeout(abort, options.totalTimeoutMs ?? DEFAULT_TOTAL_TIMEOUT_MS, 'timeout');
  options.signal?.addEventListener('abort', onCancel, { once: true });
  if (options.signal?.aborted) onCancel();
  return {
    signal: controller.signal,
    touch: () => {
      if (ended) return;
      clearTimeout(silence);
      silence = setTimeout(abort, silenceMs, 'timeout');
    },
    pause: () => clearTimeout(silence),
    stop: () => {
      ended = true;
      clearTimeout(silence);
      clearTimeout(whole);
      options.signal?.removeEventListener('abort', onCancel);
    },
    stopped: () => ended,
    abort,
    reason: () => why,
    sourceError: (error) => {
      source ??= error;
      return source;
    },
  };
}

/** A request's body: each piece that leaves is a sign of life; an error of the source itself is kept apart from the network's. */
export async function* watchedSource(
  source: AsyncIterable<Uint8Array>,
  watch: Watch,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      watch.touch();
      yield chunk;
    }
  } catch (error) {
    watch.sourceError(error);
    throw error;
  }
}

/** The answer's body; failures go through `map`, and the watch ends with the body. */
export async function* watchedBody(
  response: { readonly body: AsyncIterable<Uint8Array> | null },
  watch: Watch,
  map: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    if (!response.body) return;
    for await (const chunk of response.body) {
      watch.pause();
      yield chunk;
      watch.touch();
    }
  } catch (error) {
    throw map(error);
  } finally {
    watch.stop();
  }
}
