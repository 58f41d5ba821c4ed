/**
 * A large file mapped into memory with room behind it, so that signing it holds neither the file nor a copy: the kernel reads
 * pages when they are touched, and they are let go of when a pass is through. Linux alone; elsewhere files are read.
 */
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { declareMapped } from '../../signing/index.ts';

const PROT_READ_WRITE = 3;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MADV_DONTNEED = 4;
const PAGE = 4096;

interface Libc {
  mmap(at: unknown, length: number, protection: number, flags: number, fd: number, offset: number): unknown;
  madvise(at: bigint, length: number, advice: number): number;
  munmap(at: bigint, length: number): number;
}

interface Koffi {
  load(name: string): { func(declaration: string): (...args: never[]) => unknown };
  address(pointer: unknown): bigint;
  view(pointer: unknown, length: number): ArrayBuffer;
}

let opened: { koffi: Koffi; libc: Libc } | null = null;

function open(): { koffi: Koffi; libc: Libc } | null {
  if (opened !== null || process.platform !== 'linux') return opened;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const library = koffi.load('libc.so.6');
    opened = {
      koffi,
      libc: {
        mmap: library.func(
          'void *mmap(void *at, size_t length, int protection, int flags, int fd, long offset)',
        ) as Libc['mmap'],
        madvise: library.func('int madvise(uintptr_t at, size_t length, int advice)') as Libc['madvise'],
        munmap: library.func('int munmap(uintptr_t at, size_t length)') as Libc['munmap'],
      },
    };
    return opened;
  } catch {
    return null;
  }
}

/** A mapping is given back when nothing in this thread can reach its octets any more: earlier, and a late look would end the process. */
const mappings = new FinalizationRegistry<{ address: bigint; length: number }>(({ address, length }) => {
  opened?.libc.munmap(address, length);
});

/** A file in memory, as far as it is looked at. */
export interface Mapping {
  readonly octets: Buffer;
  /** Lets go of all of it, what was written behind the file included: its octets are of no use afterwards. */
  close(): void;
}

/**
 * Maps `size` octets of a file, `room` more behind them. What is written stays in this process (private mapping).
 * The file must not be cut short by others meanwhile, as for any program that maps it.
 * @returns null where mapping is not to be had: read the file then.
 */
export function mapFile(file: string, size: number, room: number): Mapping | null {
  const parts = open();
  if (parts === null) return null;
  const { koffi, libc } = parts;
  const base = libc.mmap(null, size + room, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const address = koffi.address(base);
  if (base === null || address === 0xffff_ffff_ffff_ffffn) return null;
  const fd = openSync(file, 'r');
  try {
    const front = libc.mmap(base, size, PROT_READ_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0);
    if (koffi.address(front) !== address) return null;
  } finally {
    closeSync(fd);
  }
  const buffer = koffi.view(base, size + room);
  // The last page of the file also holds the first octets written behind it: it stays.
  const last = Math.floor(size / PAGE) * PAGE;
  declareMapped(buffer, (from, to) => {
    const begin = Math.ceil(from / PAGE) * PAGE;
    const end = Math.min(last, Math.floor(to / PAGE) * PAGE);
    if (end > begin) libc.madvise(address + BigInt(begin), end - begin, MADV_DONTNEED);
  });
  mappings.register(buffer, { address, length: size + room });
  return {
    octets: Buffer.from(buffer),
    close: () => void libc.madvise(address, size + room, MADV_DONTNEED),
  };
}
