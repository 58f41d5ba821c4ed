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

/** Pull-driven, so that a slow receiver slows the source; an error of the source itself is kept apart from the network's. */
export function toWebStream(source: AsyncIterable<Uint8Array>, watch: Watch): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await iterator.next();
        watch.touch();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        watch.sourceError(error);
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
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
