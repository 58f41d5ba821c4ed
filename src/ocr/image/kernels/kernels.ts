/** Loops over pixels in WebAssembly, sixteen at a time where JavaScript looks at one (ADR 033). Their source: `kernels/`. */
import { readFileSync } from 'node:fs';

/** What of WebAssembly is needed here; its types live in the browser's library, which is not ours. */
declare const WebAssembly: {
  Module: new (octets: Uint8Array) => object;
  Instance: new (module: object) => { exports: object };
};

/** Addresses are octets of the kernels' memory; what each function does is told at its source. */
interface Kernels {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  addProfiles(xs: number, ys: number, n: number, lines: number): void;
  addNoise(from: number, width: number, step: number, smooth: number, counts: number): void;
  countLevels(from: number, n: number, tables: number): void;
  energyOf(profile: number, n: number): number;
  findEdges(
    from: number,
    width: number,
    rows: number,
    x0: number,
    x1: number,
    all: boolean,
    beside: number,
    threshold: number,
    y: number,
    yStep: number,
    xs: number,
    ys: number,
  ): number;
  findRuns(from: number, width: number, rows: number, limit: number, y: number, runs: number): number;
  halve(from: number, width: number, rows: number, into: number): void;
  nextWindow(
    top: number,
    bottom: number,
    columns: number,
    x: number,
    across: number,
    least: number,
    most: number,
  ): number;
  paperOfTiles(from: number, width: number, rows: number, tile: number, share: number, levels: number): void;
  pickChannel(from: number, channels: number, n: number, into: number): void;
  sumInk(from: number, width: number, columns: number, rows: number, limits: number, sums: number): void;
  startTurn(
    cos: number,
    sin: number,
    imageWidth: number,
    imageHeight: number,
    width: number,
    height: number,
    sharing: number,
  ): void;
  layOut(row: number, ring: number, mask: number, stride: number, columns: number, strip: number): void;
  moveRow(y: number): void;
  moveColumns(y: number, last: number): void;
}

/** So much of a picture passes through the kernels' memory at a time: it stays in a core's cache. Octets. */
export const PIECE = 65536;

/** Octets of a page of WebAssembly. */
const PAGE = 65536;
/** Vectors are read whole, also where fewer pixels are left. */
const SLACK = 64;

let loaded: Kernels | undefined;
let octets = new Uint8Array(0);

/** The kernels, compiled at first use (2 ms), one instance a thread. */
export function kernels(): Kernels {
  loaded ??= new WebAssembly.Instance(
    new WebAssembly.Module(readFileSync(new URL('./pixels.wasm', import.meta.url))),
  ).exports as Kernels;
  return loaded;
}

/**
 * The memory of the kernels from address 0 on, `bytes` at least. It keeps what it once had, so that pictures pass
 * through it piece by piece; nothing in it outlasts a call.
 */
export function kernelMemory(bytes: number): Uint8Array {
  const { memory } = kernels();
  const missing = bytes + SLACK - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  if (octets.buffer !== memory.buffer) octets = new Uint8Array(memory.buffer);
  return octets;
}
