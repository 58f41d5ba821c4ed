/** Issues dossier codes `{org}-{yyMMdd}-{seq}`, without a gap per agency and day (NĐ 61/2018; §2.4 of the field notes). */
import { formatVietnamTime } from '../../../packages/index.ts';
import { currentValue, findDossier, type Queries, takeValue } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';

/** Somebody else took the number meanwhile: build the dossier again with the next one. */
class NumberTaken extends Error {}

/** Other processes of one agency can be faster this many times in a row before we say so. */
const MAX_TRIES = 100;

/** Those of this process who want a number of the same agency wait for each other: trying at once would only fail. */
const queues = new WeakMap<Exchange, Map<string, Promise<unknown>>>();

/**
 * Gives `use` the next code and a function that takes it for good. `use` must call `take` in the transaction that keeps the
 * dossier; whatever undoes that transaction gives the number back, so a refused or crashed dossier leaves no gap.
 */
export async function withIssuedCode<T>(
  x: Exchange,
  agency: string,
  use: (code: string, take: (tx: Queries) => Promise<void>) => Promise<T>,
): Promise<T> {
  const waiting = queues.get(x) ?? new Map<string, Promise<unknown>>();
  queues.set(x, waiting);
  const before = waiting.get(agency) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => tryNumbers(x, agency, use));
  waiting.set(agency, mine);
  try {
    return await mine;
  } finally {
    if (waiting.get(agency) === mine) waiting.delete(agency);
  }
}

async function tryNumbers<T>(
  x: Exchange,
  agency: string,
  use: (code: string, take: (tx: Queries) => Promise<void>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const day = formatVietnamTime(new Date(x.now())).slice(2, 10).replaceAll('-', '');
    const sequence = `dossier:${agency}:${day}`;
    const last = await currentValue(x.store.read, sequence);
    const number = await firstFree(x, (value) => codeOf(agency, day, value), last + 1);
    try {
      return await use(codeOf(agency, day, number), async (tx) => {
        if (!(await takeValue(tx, sequence, last, number))) throw new NumberTaken();
      });
    } catch (cause) {
      if (!(cause instanceof NumberTaken) || tries >= MAX_TRIES) throw cause;
    }
  }
}

function codeOf(agency: string, day: string, number: number): string {
  return `${agency}-${day}-${String(number).padStart(4, '0')}`;
}

/** Numbers that the agency's own software gave out by itself are not given out again. */
async function firstFree(x: Exchange, code: (value: number) => string, from: number): Promise<number> {
  let value = from;
  while ((await findDossier(x.store.read, code(value))) !== undefined) value += 1;
  return value;
}
