/** Keeps the directory up to date by itself: one process among all, once in a while, without a state of its own. */
import { formatVietnamTime } from '../../packages/index.ts';
import { type Store, takeLease } from '../store/index.ts';
import type { AgencySystem } from './agencies.ts';
import { expireAgencies, type ListedAgency, type SyncOutcome, syncAgencies, syncedFrom } from './sync.ts';

/** An axis whose directory is taken over. */
export interface DirectorySource {
  readonly system: AgencySystem;
  pages(): AsyncIterable<readonly ListedAgency[]>;
}

/** What the loop works with. */
export interface DirectorySchedule {
  readonly store: Store;
  readonly source: DirectorySource | null;
  readonly owner: string;
  readonly log: { info(facts: object, text: string): void; warn(facts: object, text: string): void };
  now(): number;
  /** How old the directory may be, milliseconds. */
  readonly everyMs: number;
}

/** How often it is looked whether a synchronisation is due. */
const LOOK_MS = 60_000;
/** A process that dies while it synchronises is replaced after this. */
const LEASE_MS = 15 * 60_000;

/** Starts the loop. @returns its end: what is under way stops after the page at hand, which loses nothing. */
export function startDirectorySync(schedule: DirectorySchedule): () => Promise<void> {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const look = (): void => {
    running = running.then(async () => {
      if (stopping.signal.aborted) return;
      try {
        await synchroniseWhenDue(schedule, stopping.signal);
      } catch (cause) {
        if (!stopping.signal.aborted)
          schedule.log.warn({ err: cause }, 'the directory could not be synchronised; tried again later');
      }
    });
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  look();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}

/** One look: nothing happens while the directory is young enough or another process is at it. @returns what was done. */
export async function synchroniseWhenDue(
  schedule: DirectorySchedule,
  signal: AbortSignal,
): Promise<SyncOutcome | null> {
  const { store, source, owner, everyMs } = schedule;
  const now = schedule.now();
  const mine = await store.write((tx) => takeLease(tx, 'directory-sync', owner, now, now + LEASE_MS));
  if (!mine) return null;
  await expireAgencies(store, formatVietnamTime(new Date(now)).slice(0, 10), now);
  if (source === null || (await isYoung(store, source.system, now - everyMs))) return null;
  const outcome = await syncAgencies(store, source.pages(), { system: source.system, now, signal });
  const facts = { system: source.system, ...outcome };
  if (outcome.heldBack > 0)
    schedule.log.warn(facts, 'the axis left out so many agencies that none was removed; look at its list');
  else schedule.log.info(facts, 'directory synchronised');
  return outcome;
}

async function isYoung(store: Store, system: AgencySystem, since: number): Promise<boolean> {
  const row = await store.read
    .selectFrom('agencies')
    .select('synced_at')
    .where('source', '=', syncedFrom(system))
    .where('synced_at', '>', since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
