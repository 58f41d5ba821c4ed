/** The WASM module of PDFium: loaded once a process, its memory bounded. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PDFiumModule } from '@hyzyla/pdfium';
import { OcrError } from '../../errors.ts';
import { createFileReader, type FileReader, type FunctionTable } from './pdfium-file.ts';

type Native = (...args: number[]) => number;

/** The parts of the WASM module used here: every exported C function takes and gives numbers. */
export interface Wasm {
  exports: Record<string, Native>;
  memory(): DataView;
  bytes(): Uint8Array;
  files: FileReader;
}

/** Kinds of page objects (FPDF_PAGEOBJ_* of fpdf_edit.h). */
export const PageObject = { text: 1, image: 3, form: 5 } as const;
/** Text render mode that draws nothing (ISO 32000-1 §9.3.6). */
export const INVISIBLE_TEXT = 3;
/** WASM memory beside what is kept of the files, bytes: a drawn page (96 MB) and its images at 600 dpi, unpacked (240 MB). */
const WORKING_BYTES = 400 * 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;

let loading: Promise<Wasm> | null = null;

/** The module, loaded at the first call. */
export async function loadPdfium(): Promise<Wasm> {
  loading ??= (async () => {
    const path = createRequire(import.meta.url).resolve('@hyzyla/pdfium/pdfium.wasm');
    const binary = await readFile(path);
    const wasmBinary = binary.buffer.slice(
      binary.byteOffset,
      binary.byteOffset + binary.byteLength,
    ) as ArrayBuffer;
    const module = await PDFiumModule({ wasmBinary, locateFile: () => '' });
    const exports = module.wasmExports as unknown as Record<string, Native>;
    const { memory, __indirect_function_table: table } = module.wasmExports as unknown as WasmOwn;
    limitMemory(memory);
    const bytes = (): Uint8Array => module.HEAPU8;
    const files = createFileReader(table, bytes);
    call(exports, 'FPDF_InitLibrary');
    return { exports, memory: () => new DataView(module.HEAPU8.buffer), bytes, files };
  })();
  return loading;
}

/** Lets the module and its memory go; open files are gone with it. */
export async function unloadPdfium(): Promise<void> {
  const loaded = loading;
  loading = null;
  fileBytes = 0;
  memoryRefused = false;
  (await loaded)?.files.close();
}

let memoryRefused = false;
/** Bytes of all files opened by this process: so much of them may be kept at most. */
let fileBytes = 0;

/** Lets the module have room for the objects of one more file of so many bytes. */
export function reserveForFile(bytes: number): void {
  fileBytes += bytes;
}

/** The part of WebAssembly.Memory that is needed; its type lives in the browser's library, which is not ours. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What the module has beside its C functions. */
interface WasmOwn {
  memory: WasmMemory;
  __indirect_function_table: FunctionTable;
}

/** Keeps the module from growing to its own limit of 2 GiB: a refusal reaches PDFium as a failed allocation. */
function limitMemory(memory: WasmMemory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * WASM_PAGE_BYTES <= WORKING_BYTES + fileBytes) return grow(pages);
    memoryRefused = true;
    throw new RangeError('PDF memory');
  };
}

/**
 * Calls an exported function.
 * @throws OcrError OCR_TOO_LARGE when PDFium got no memory
 */
export function call(exports: Record<string, Native>, name: string, ...args: number[]): number {
  const native = exports[name];
  if (!native) throw new OcrError('OCR_ENGINE_FAILED', { reason: `PDFium lacks ${name}` });
  try {
    return native(...args);
  } catch (error) {
    // PDFium aborts when it gets no memory; why is only known here.
    if (memoryRefused) throw new OcrError('OCR_TOO_LARGE', { reason: 'PDF memory' }, error);
    throw error;
  }
}

/** Runs `use` with `size` bytes of WASM memory, freed afterwards. */
export function withMemory<T>(wasm: Wasm, size: number, use: (pointer: number) => T): T {
  const pointer = call(wasm.exports, 'malloc', size);
  if (pointer === 0) throw new OcrError('OCR_TOO_LARGE', { reason: 'PDF memory' });
  try {
    return use(pointer);
  } finally {
    call(wasm.exports, 'free', pointer);
  }
}
