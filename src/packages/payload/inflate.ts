import { createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { PackageError } from '../errors.ts';

/** Deflate expands at most 1032 times, so one step holds at most 16 MiB. */
const STEP_BYTES = 16 * 1024;

/** A first piece up to this size that holds all of the data is inflated at once: setting up a stream costs more than a small file. */
const SMALL_BYTES = 64 * 1024;
/** Most that comes out at once: what grows beyond it goes step by step, off the main thread. */
const SMALL_OUTPUT_BYTES = 256 * 1024;

/** Raw deflate, one step at a time, that says where the compressed data ended. Native; but for small files off the main thread. */
export class RawInflater {
  #stream: InflateRaw | undefined;
  #outputs: Buffer[] = [];
  #fed = 0;
  #outputBytes = 0;
  #failure: unknown;
  #ended = false;
  #wake: (() => void) | undefined;
  readonly #onOutput: (totalBytes: number, inputBytes: number) => void;

  /** `onOutput` sees running totals before the bytes are kept, and may throw to stop an expansion. */
  constructor(onOutput: (totalBytes: number, inputBytes: number) => void) {
    this.#onOutput = onOutput;
  }

  get #engine(): InflateRaw {
    if (this.#stream !== undefined) return this.#stream;
    const stream = createInflateRaw({ chunkSize: 64 * 1024 });
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
    stream.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    stream.on('error', (cause) => this.#fail(new PackageError('EDXML_ZIP_BROKEN', {}, cause)));
    this.#stream = stream;
    return stream;
  }

  /**
   * Inflates `chunk`, handing outputs on in order. Returns the bytes after the end of the compressed data, or
   * undefined while it has not ended.
   */
  async push(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
    const whole = this.#stream === undefined ? inflateWhole(chunk) : undefined;
    if (whole !== undefined) {
      this.#onOutput(whole.bytes.length, whole.inputBytes);
      if (whole.bytes.length > 0) await emit(whole.bytes);
      return chunk.subarray(whole.inputBytes);
    }
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      const step = chunk.subarray(at, at + STEP_BYTES);
      await this.#step(step);
      for (const bytes of this.#outputs.splice(0)) await emit(bytes);
      if (this.#ended) return chunk.subarray(at + step.length - (this.#fed - this.#engine.bytesWritten));
    }
    return undefined;
  }

  /** Frees the engine; safe to call at any time, more than once. */
  close(): void {
    this.#stream?.destroy();
  }

  async #step(step: Buffer): Promise<void> {
    this.#fed += step.length;
    await new Promise<void>((resolve) => {
      // The engine never calls back for input past the end of the data, it ends instead: whichever comes first.
      this.#wake = resolve;
      this.#engine.write(step, () => resolve());
    });
    this.#wake = undefined;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #take(bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#outputBytes += bytes.length;
    try {
      this.#onOutput(this.#outputBytes, this.#fed);
      this.#outputs.push(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#outputs = [];
    this.#stream?.destroy();
    this.#wake?.();
  }
}

/** All of the data when it is small, begins and ends in `piece` and is sound; undefined: the stream says what it is. */
function inflateWhole(piece: Buffer): { bytes: Buffer; inputBytes: number } | undefined {
  if (piece.length === 0 || piece.length > SMALL_BYTES) return undefined;
  try {
    // With `info` (node:zlib) the engine comes back beside the bytes; the types do not know of it.
    const { buffer, engine } = inflateRawSync(piece, {
      info: true,
      maxOutputLength: SMALL_OUTPUT_BYTES,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return { bytes: buffer, inputBytes: engine.bytesWritten };
  } catch {
    return undefined;
  }
}
