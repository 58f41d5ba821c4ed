/** What the C library keeps of memory that was freed, for the next one to ask. Runs in a page process only. */

type Trim = (kept: number) => number;

let trim: Promise<Trim | null> | null = null;

/** `malloc_trim(3)` of glibc; `null` where there is none: musl, other systems. */
async function bind(): Promise<Trim | null> {
  if (process.platform !== 'linux') return null;
  try {
    const { default: koffi } = await import('koffi');
    return koffi.load('libc.so.6').func('int malloc_trim(size_t kept)') as Trim;
  } catch {
    return null;
  }
}

/** Gives it back to the system, as far as that can be done; what is asked for next is mapped anew, some 25 ms for a page. */
export async function giveBackKept(): Promise<void> {
  trim ??= bind();
  (await trim)?.(0);
}
