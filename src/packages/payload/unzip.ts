import { crc32 } from 'node:zlib';
import { PackageError, type PackageErrorCode } from '../errors.ts';
import { RawInflater } from './inflate.ts';
import { type LocalHeader, readDescriptor, readTail, ZIP_MAGIC } from './zip-format.ts';

/** Bounds of one archive; see `EdxmlLimits`. */
export interface UnzipLimits {
  maxAttachmentBytes: number;
  maxZipRatio: number;
  zipRatioFreeBytes: number;
}

/** Data descriptor, one central directory entry with a long name and extra field, end records: all far below this. */
const MAX_TAIL_BYTES = 256 * 1024;

/**
 * Streams the one file out of a ZIP archive whose local header was read already. Checks sizes and CRC-32 against the
 * archive's own records, refuses a second entry, and gives up as soon as a limit is passed. Throws `EDXML_ZIP_*` and
 * `EDXML_TOO_LARGE`. APPNOTE 6.3.10 §4.3.
 */
export class SingleFileUnzip {
  readonly #header: LocalHeader;
  readonly #limits: UnzipLimits;
  readonly #inflater: RawInflater | undefined;
  #phase: 'data' | 'tail' = 'data';
  #input = 0;
  #output = 0;
  #crc = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(header: LocalHeader, limits: UnzipLimits) {
    this.#header = header;
    this.#limits = limits;
    if (header.method === 8)
      this.#inflater = new RawInflater((total, input) => this.#checkSize(total, input));
    if (header.method === 0 && header.compressedSize === 0) this.#phase = 'tail';
  }

  async push(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<void> {
    let rest: Buffer | undefined = chunk;
    if (this.#phase === 'data') {
      rest = this.#inflater === undefined ? await this.#copy(chunk, emit) : await this.#inflate(chunk, emit);
      if (rest === undefined) return;
      this.#phase = 'tail';
    }
    this.#tailBytes += rest.length;
    this.#tail.push(rest);
    if (this.#tailBytes <= MAX_TAIL_BYTES) return;
    const second = Buffer.concat(this.#tail).includes(ZIP_MAGIC);
    throw zipError(second ? 'EDXML_ZIP_ENTRIES' : 'EDXML_ZIP_BROKEN', 'too much after the file');
  }

  /** Checks what follows the file: descriptor, directory of one entry, end record. */
  finish(): void {
    if (this.#phase === 'data') throw zipError('EDXML_ZIP_BROKEN', 'cut short');
    const tail = Buffer.concat(this.#tail);
    const found = { crc: this.#crc, compressedSize: this.#input, size: this.#output };
    const after = this.#header.hasDescriptor ? readDescriptor(tail, found) : 0;
    if (!this.#header.hasDescriptor) {
      const { crc, compressedSize, size } = this.#header;
      if (crc !== found.crc || compressedSize !== found.compressedSize || size !== found.size) {
        throw zipError('EDXML_ZIP_BROKEN', 'size or checksum does not match');
      }
    }
    readTail(tail.subarray(after), this.#header, found);
  }

  close(): void {
    this.#inflater?.close();
  }

  async #inflate(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
    const rest = await this.#inflater?.push(chunk, (bytes) => this.#emit(bytes, emit));
    this.#input += chunk.length - (rest?.length ?? 0);
    return rest;
  }

  async #copy(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
    const left = this.#header.compressedSize - this.#input;
    const data = chunk.subarray(0, left);
    this.#input += data.length;
    this.#checkSize(this.#output + data.length, this.#input);
    await this.#emit(data, emit);
    return this.#input === this.#header.compressedSize ? chunk.subarray(data.length) : undefined;
  }

  async #emit(bytes: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<void> {
    this.#crc = crc32(bytes, this.#crc);
    this.#output += bytes.length;
    await emit(bytes);
  }

  #checkSize(output: number, input: number): void {
    const { maxAttachmentBytes, maxZipRatio, zipRatioFreeBytes } = this.#limits;
    if (output > maxAttachmentBytes) throw new PackageError('EDXML_TOO_LARGE', { limit: maxAttachmentBytes });
    if (output > zipRatioFreeBytes && output > input * maxZipRatio) {
      throw new PackageError('EDXML_ZIP_BOMB', { limit: maxZipRatio });
    }
  }
}

function zipError(code: PackageErrorCode, reason: string): PackageError {
  return new PackageError(code, { reason });
}
