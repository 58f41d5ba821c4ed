/** Files for PDFium, read piece by piece as it asks for them: its own copy would be as large as the file. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * A module that gives the function it imports, `e.f`, back as `f` with the type `m_GetBlock` has (fpdfview.h):
 * (i32, i32, i32, i32) → i32. Only functions of WebAssembly can be put into its function table.
 */
const TYPED_FUNCTION = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x09, 0x01, 0x60, 0x04, 0x7f, 0x7f, 0x7f, 0x7f, 0x01, 0x7f], // type 0
  ...[0x02, 0x07, 0x01, 0x01, 0x65, 0x01, 0x66, 0x00, 0x00], // import e.f: type 0
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00], // export f
);
/** What is read at least: PDFium asks for a file's structure 512 bytes at a time. */
const BLOCK_BYTES = 64 * 1024;

/** The part of WebAssembly.Table that is needed; its type lives in the browser's library, which is not ours. */
export interface FunctionTable {
  get(index: number): unknown;
  set(index: number, value: unknown): void;
}

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { f: unknown } };
};

/** Open files by the number PDFium is given for each (`m_Param`). */
export interface FileReader {
  /** Opens a file. @returns its number and its size, bytes */
  open(path: string): { file: number; size: number };
  /** Bytes PDFium took of a file so far. */
  taken(file: number): number;
  /** Closes all files. */
  close(): void;
}

/**
 * The null pointer of C: the one place of a function table that is never called on purpose. The table cannot grow, and
 * every other place has a function.
 */
export const READ_BLOCK = 0;

/** Puts what reads files in the place {@link READ_BLOCK} of the module's table. */
export function createFileReader(table: FunctionTable, memory: () => Uint8Array): FileReader {
  const files: { fd: number; size: number; taken: number }[] = [];
  const block = new Uint8Array(BLOCK_BYTES);
  let held = { file: -1, from: 0, to: 0 };

  /** Fills `block` from `position` on. */
  function refill(file: number, fd: number, position: number): void {
    const length = readSync(fd, block, 0, BLOCK_BYTES, position);
    held = { file, from: position, to: position + length };
  }

  /** `m_GetBlock`: 1 when `length` bytes from `position` on are at `target`, 0 when the file has not got them. */
  function readBlock(file: number, position: number, target: number, length: number): number {
    const opened = files[file];
    const [from, to] = [position >>> 0, target >>> 0];
    const size = length >>> 0;
    const bytes = memory();
    if (!opened || from + size > opened.size || to + size > bytes.length) return 0;
    opened.taken += size;
    if (size >= BLOCK_BYTES) return readSync(opened.fd, bytes, to, size, from) === size ? 1 : 0;
    if (held.file !== file || from < held.from || from + size > held.to) refill(file, opened.fd, from);
    if (from + size > held.to) return 0;
    bytes.set(block.subarray(from - held.from, from - held.from + size), to);
    return 1;
  }

  const typed = new WebAssembly.Instance(new WebAssembly.Module(TYPED_FUNCTION), { e: { f: readBlock } });
  table.set(READ_BLOCK, typed.exports.f);

  return {
    open(path) {
      const fd = openSync(path, 'r');
      const { size } = fstatSync(fd);
      files.push({ fd, size, taken: 0 });
      return { file: files.length - 1, size };
    },
    taken: (file) => files[file]?.taken ?? 0,
    close() {
      for (const { fd } of files.splice(0)) closeSync(fd);
      held = { file: -1, from: 0, to: 0 };
    },
  };
}
