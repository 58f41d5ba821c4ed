/** The WASM module of PDFium: loaded once a process, its memory bounded. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PDFiumModule } from '@hyzyla/pdfium';
import { OcrError } from '../../errors.ts';

type Native = (...args: number[]) => number;

/** The parts of the WASM module used here: every exported C function takes and gives numbers. */
export interface Wasm {
  exports: Record<string, Native>;
  memory(): DataView;
  bytes(): Uint8Array;
}

/** Kinds of page objects (FPDF_PAGEOBJ_* of fpdf_edit.h). */
export const PageObject = { text: 1, image: 3, form: 5 } as const;
/** Text render mode that draws nothing (ISO 32000-1 §9.3.6). */
export const INVISIBLE_TEXT = 3;
/** WASM memory beside the files themselves, bytes: a drawn page (96 MB) and its images at 600 dpi, unpacked (240 MB). */
const WORKING_BYTES = 400 * 1024 * 1024;
const WASM_PAGE_BYTES = 65_536;

let loading: Promise<Wasm> | null = null;

/** The module, loaded at the first call. */
export async function loadPdfium(): Promise<Wasm> {
  loading ??= (async () => {
    const path = createRequire(import.meta.url).resolve('@hyzyla/pdfium/pdfium.wasm');
    const bytes = await readFile(path);
    const wasmBinary = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.byteLength,
    ) as ArrayBuffer;
    const module = await PDFiumModule({ wasmBinary, locateFile: () => '' });
    const exports = module.wasmExports as unknown as Record<string, Native>;
    limitMemory((module.wasmExports as unknown as { memory: WasmMemory }).memory);
    call(exports, 'FPDF_InitLibrary');
    return { exports, memory: () => new DataView(module.HEAPU8.buffer), bytes: () => module.HEAPU8 };
  })();
  return loading;
}

/** Lets the module and its memory go; open files are gone with it. */
export function unloadPdfium(): void {
  loading = null;
  fileBytes = 0;
}

let memoryRefused = false;
/** Bytes of all files opened by this process. */
let fileBytes = 0;

/** Lets the module have room for one more file of so many bytes. */
export function reserveForFile(bytes: number): void {
  fileBytes += bytes;
}

/** The part of WebAssembly.Memory that is needed; its type lives in the browser's library, which is not ours. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Keeps the module from growing to its own limit of 2 GiB: a refusal reaches PDFium as a failed allocation. */
function limitMemory(memory: WasmMemory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    const allowed = WORKING_BYTES + fileBytes;
    if (memory.buffer.byteLength + pages * WASM_PAGE_BYTES <= allowed) return grow(pages);
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
