/** Ticking off: a person has dealt with an arrival that goes to nobody, or takes it up again; who, when and why is kept. */
import { appendToMany } from '../../evidence/index.ts';
import {
  ARRIVAL_COUNT_LIMIT,
  type ArrivalFilter,
  type ArrivalGroup,
  groupArrivals,
  listArrivals,
  moveArrivals,
  type PackageRow,
  type Queries,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';

type Parts = Pick<Exchange, 'store' | 'now'>;

/** Who says so, and why. */
export interface Settlement {
  /** Agency code, or `operator` at the command line. */
  readonly actor: string;
  /** The token that said so; null at the command line. */
  readonly token: string | null;
  /** What was done about it, in the person's words. */
  readonly note: string;
}

/** What a bulk settlement would touch. */
export interface ArrivalsPreview {
  readonly count: number;
  /** True: there are more than `count`. */
  readonly isCapped: boolean;
  readonly groups: readonly ArrivalGroup[];
  /** The oldest ones, for a look. */
  readonly sample: readonly PackageRow[];
  /** Pass it to {@link settleArrivals}: what comes afterwards is not touched, so that nothing unseen is ticked off. */
  readonly asOf: number;
}

const SAMPLE = 20;
/** Arrivals of one transaction. */
const BATCH = 100;

/** Counts and shows what {@link settleArrivals} with the same filter would tick off; changes nothing. */
export async function previewArrivals(x: Parts, filter: ArrivalFilter): Promise<ArrivalsPreview> {
  const asOf = x.now();
  const until = { ...filter, until: Math.min(filter.until ?? asOf, asOf) };
  const groups = await groupArrivals(x.store.read, until);
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const sample = await listArrivals(x.store.read, until, { limit: SAMPLE });
  return { count, isCapped: count >= ARRIVAL_COUNT_LIMIT, groups, sample, asOf };
}

/**
 * Ticks off one arrival, or takes it up again. Its bytes and its timeline stay; it only stops asking for a person.
 * @returns false when it stood so already, or is no such arrival.
 */
export async function settleArrival(
  x: Parts,
  id: string,
  by: Settlement,
  to: 'done' | 'attention' = 'done',
): Promise<boolean> {
  return x.store.write(async (tx) => (await settle(tx, [id], by, to, x.now())) > 0);
}

/**
 * Ticks off everything the filter names, oldest first, a batch at a time: cut short, it may be called again. At most
 * {@link ARRIVAL_COUNT_LIMIT} in one call. @returns how many.
 */
export async function settleArrivals(
  x: Parts,
  filter: ArrivalFilter & { readonly until: number },
  by: Settlement,
): Promise<number> {
  let settled = 0;
  let after: string | undefined;
  while (settled < ARRIVAL_COUNT_LIMIT) {
    const rows = await listArrivals(x.store.read, filter, { after, limit: BATCH });
    if (rows.length === 0) break;
    const ids = rows.map(({ id }) => id);
    settled += await x.store.write((tx) => settle(tx, ids, by, 'done', x.now()));
    after = ids.at(-1);
  }
  return settled;
}

async function settle(
  tx: Queries,
  ids: readonly string[],
  { actor, token, note }: Settlement,
  to: 'done' | 'attention',
  now: number,
): Promise<number> {
  const moved = await moveArrivals(tx, ids, to, now);
  const type = to === 'done' ? ('arrival-settled' as const) : ('arrival-reopened' as const);
  await appendToMany(
    tx,
    moved.map((packageId) => ({ packageId, events: [{ type, actor, data: { token, reason: note } }] })),
    now,
  );
  return moved.length;
}
