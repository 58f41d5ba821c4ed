/** Files that nothing names: left by uploads that were refused, by processes that were killed, by retention itself. */
import { findPayloads, readNamedBlobs } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';

/** The folders of a blob store. */
const PREFIXES: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

/** Ends removals that were begun `hours` ago, where the store takes its time with them. */
export async function endRemovals(
  x: Pick<Exchange, 'store' | 'blobs' | 'now'>,
  hours: number,
  pause: () => Promise<void>,
): Promise<void> {
  if (x.blobs.state().kind === 'disk') return;
  const named = await readNamedBlobs(x.store.read, pause);
  await x.blobs.settleRemovals(x.now() - hours * 3_600_000, async (sha256) => {
    return named.has(sha256) || (await findPayloads(x.store.read, [sha256])).size > 0;
  });
}

/**
 * Removes files older than `hours` that no row names. Only one who writes a file, or who reads a row that names it, may name it;
 * so what nobody names after that time nobody will.
 * @param pause awaited between two small pieces of work.
 * @returns how many.
 */
export async function sweepOrphans(
  x: Pick<Exchange, 'store' | 'blobs' | 'now' | 'log'>,
  hours: number,
  pause: () => Promise<void>,
): Promise<number> {
  const before = x.now() - hours * 3_600_000;
  const named = await readNamedBlobs(x.store.read, pause);
  const isNamed = async (sha256: string): Promise<boolean> =>
    named.has(sha256) || (await findPayloads(x.store.read, [sha256])).size > 0;
  let removed = await x.blobs.sweepUnfinished(hours * 3_600_000, x.now());
  await x.blobs.settleRemovals(before, isNamed);
  for (const prefix of PREFIXES) {
    const older = (await x.blobs.listOlder(prefix, before)).filter((sha256) => !named.has(sha256));
    const payloads = await findPayloads(x.store.read, older);
    for (const sha256 of older) {
      if (payloads.has(sha256)) continue;
      if (await x.blobs.remove(sha256, before, isNamed)) removed += 1;
    }
    await pause();
  }
  if (removed > 0) x.log.info({ removed, hours }, 'files that nothing names were removed');
  return removed;
}
