import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { PackageError } from '../errors.ts';

/** Deflate expands at most 1032 times, so one step holds at most 16 MiB. */
const STEP_BYTES = 16 * 1024;

/** Raw deflate, one step at a time, that says where the compressed data ended. Native, off the main thread. */
export class RawInflater {
  readonly #engine: InflateRaw = createInflateRaw({ chunkSize: 64 * 1024 });
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
    this.#engine.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#engine.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#engine.on('error', (cause) => this.#fail(new PackageError('EDXML_ZIP_BROKEN', {}, cause)));
  }

  /**
   * Inflates `chunk`, handing outputs on in order. Returns the bytes after the end of the compressed data, or
   * undefined while it has not ended.
   */
  async push(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
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
    this.#engine.destroy();
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
    this.#engine.destroy();
    this.#wake?.();
  }
}
