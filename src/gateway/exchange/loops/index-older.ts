/** After an upgrade: packages from before there was a search become findable, newest first, while the exchange runs. */
import { indexOlder, isIndexComplete, noteIndexComplete } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { every } from './every.ts';
import { pause } from './pause.ts';

/** Packages of one transaction. */
const STEP = 200;
const REST_MS = 20;
const EVERY_MS = 60_000;
/** How far back a complete index is looked over once per start: a process of the version before may have run beside us. */
const LATEST = 10_000;

type Parts = Pick<Exchange, 'store'>;

/** Goes through all packages once, or through the latest when that was done before. */
export async function indexAllOlder(x: Parts, rest: () => Promise<void>): Promise<void> {
  const isComplete = await isIndexComplete(x.store.read);
  let before: string | null = null;
  let left = isComplete ? LATEST / STEP : Number.POSITIVE_INFINITY;
  do {
    const from: string | null = before;
    before = await x.store.write((tx) => indexOlder(tx, from, STEP));
    left -= 1;
    if (before !== null && left > 0) await rest();
  } while (before !== null && left > 0);
  if (!isComplete) await x.store.write(noteIndexComplete);
}

/** Runs it in one process; until it succeeded. */
export function startIndexing(x: Exchange, signal: AbortSignal): Promise<void> {
  let done = false;
  return every(EVERY_MS, signal, x, 'search-index', async () => {
    if (done) return;
    await indexAllOlder(x, () => pause(REST_MS, signal));
    done = true;
  });
}
