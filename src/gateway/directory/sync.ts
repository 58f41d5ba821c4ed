/** Takes an axis' directory over: in pages, so that 111,000 agencies hold up neither the process nor the database. */
import type { AgencyRow, Queries, Store } from '../store/index.ts';
import { type AgencySystem, fold } from './agencies.ts';
import { forgetAgencies } from './recent.ts';

/** An agency as an axis lists it. */
export interface ListedAgency {
  readonly code: string;
  /** The other generation's code, empty when there is none. */
  readonly otherCode: string;
  readonly name: string;
  readonly parent: string;
  readonly mail: string;
  /** The axis has taken it out. */
  readonly deleted: boolean;
}

/** What one synchronisation did. */
export interface SyncOutcome {
  readonly listed: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Missing from the list, yet kept: so many at once look like a broken list (see {@link SyncOptions.maxRemovedShare}). */
  readonly heldBack: number;
}

export interface SyncOptions {
  /** The counterparty that reaches what it lists. */
  readonly system: AgencySystem;
  readonly now: number;
  /** Largest share of the known agencies that may vanish at once. Default 0.2; a person may allow 1. */
  readonly maxRemovedShare?: number;
  readonly signal?: AbortSignal;
}

/** `AgencyTable.source` of what an axis listed. */
export function syncedFrom(system: AgencySystem): string {
  return `sync:${system}`;
}

/**
 * Writes a whole list into the directory. What operators or document systems entered stays theirs: only its missing other code,
 * parent and address are filled in. An agency the axis no longer lists, or marks as deleted, goes out of force; it is removed only
 * after the last page, so that a list that breaks off removes nothing.
 */
export async function syncAgencies(
  store: Store,
  pages: AsyncIterable<readonly ListedAgency[]>,
  options: SyncOptions,
): Promise<SyncOutcome> {
  const tally = { listed: 0, added: 0, changed: 0, removed: 0 };
  const claims: Claims = new Map();
  for await (const page of pages) {
    tally.listed += page.length;
    for (const piece of pieces(unique(page), store.kind === 'sqlite' ? SQLITE_PIECE : page.length)) {
      options.signal?.throwIfAborted();
      const done = await store.write((tx) => takePage(tx, piece, claims, options));
      forgetAgencies(store);
      tally.added += done.added;
      tally.changed += done.changed;
      tally.removed += done.removed;
    }
  }
  const { removed, heldBack } = await removeUnlisted(store, options);
  return { ...tally, removed: tally.removed + removed, heldBack };
}

/** SQLite works in this thread: nothing else runs while a piece is written, so it is small. */
const SQLITE_PIECE = 100;

function* pieces<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** One line per code, the last one; codes as they are compared. */
function unique(page: readonly ListedAgency[]): ListedAgency[] {
  const byCode = new Map<string, ListedAgency>();
  for (const agency of page) {
    const code = agency.code.trim();
    const other = agency.otherCode.trim();
    if (code !== '')
      byCode.set(code, { ...agency, code, otherCode: other === code ? '' : other, name: clean(agency.name) });
  }
  return [...byCode.values()];
}

function clean(name: string): string {
  return name.normalize('NFC').replace(/\s+/g, ' ').trim();
}

/** Which listed code speaks for a row of the directory in this synchronisation, by the row's code. */
type Claims = Map<string, string>;

async function takePage(
  tx: Queries,
  page: readonly ListedAgency[],
  claims: Claims,
  options: SyncOptions,
): Promise<{ added: number; changed: number; removed: number }> {
  const known = await knownRows(tx, page);
  const done = { added: 0, changed: 0, removed: 0 };
  const fresh = new Map<string, AgencyRow>();
  const seen: string[] = [];
  function add(agency: ListedAgency): void {
    const row = newRow({ ...agency, otherCode: freeOther(agency, known) }, options);
    fresh.set(row.code, row);
    known.set(row.code, row);
    if (row.other_code !== null && !known.has(row.other_code)) known.set(row.other_code, row);
    claims.set(row.code, agency.code);
  }
  for (const agency of page) {
    const found = rowFor(agency, known, claims);
    if (found === 'told') continue;
    if (found === undefined) {
      if (!agency.deleted) add(agency);
      continue;
    }
    const before = claims.get(found.code);
    claims.set(found.code, agency.code);
    seen.push(found.code);
    const own = { ...agency, otherCode: freeOther(agency, known) };
    const change = changeOf(found, own, options);
    if (before !== undefined && before !== agency.code) {
      // It lives on beside the agency that was taken for it: that one gets a row of its own.
      const { name, parent, mail } = found;
      add({ code: before, otherCode: '', name, parent: parent ?? '', mail: mail ?? '', deleted: false });
      Object.assign(change ?? {}, { other_code: agency.otherCode || null });
    }
    if (change === null) continue;
    Object.assign(found, change);
    done[change.active === 0 ? 'removed' : 'changed'] += 1;
    if (fresh.has(found.code)) continue;
    await tx
      .updateTable('agencies')
      .set({ ...change, updated_at: options.now })
      .where('code', '=', found.code)
      .execute();
  }
  if (fresh.size > 0)
    await tx
      .insertInto('agencies')
      .values([...fresh.values()])
      .onConflict((conflict) => conflict.column('code').doNothing())
      .execute();
  done.added = fresh.size;
  for (let at = 0; at < seen.length; at += 500) {
    const part = seen.slice(at, at + 500);
    await tx.updateTable('agencies').set({ synced_at: options.now }).where('code', 'in', part).execute();
  }
  return done;
}

/**
 * The row a line of the list is about. Lists since the mergers of 2025 name one old code under several new ones, an agency under both
 * of its codes, and what became of an old one beside it: a row is one agency's, that of the first line that speaks for it.
 * @returns undefined: none yet; `told`: another line has spoken for this agency.
 */
function rowFor(
  agency: ListedAgency,
  known: ReadonlyMap<string, AgencyRow>,
  claims: Claims,
): AgencyRow | undefined | 'told' {
  const row = known.get(agency.code);
  if (row !== undefined) {
    const by = claims.get(row.code);
    if (by === undefined || by === agency.code) return row;
    // Listed under its other code before; or deleted, and gone over to the successor that bears it as its other code.
    return row.code !== agency.code || agency.deleted ? 'told' : row;
  }
  const other = agency.otherCode === '' ? undefined : known.get(agency.otherCode);
  const isFree = other !== undefined && !claims.has(other.code) && other.active === 1;
  return isFree ? other : undefined;
}

/** The other code a line may give its agency: not one that is another agency's own. */
function freeOther(agency: ListedAgency, known: ReadonlyMap<string, AgencyRow>): string {
  const holder = known.get(agency.otherCode);
  const isTaken =
    holder?.code === agency.otherCode && holder.active === 1 && known.get(agency.code) !== holder;
  return isTaken ? '' : agency.otherCode;
}

/** Rows of the directory by every code they are known by, out of force ones included. */
async function knownRows(tx: Queries, page: readonly ListedAgency[]): Promise<Map<string, AgencyRow>> {
  const codes = [
    ...new Set(page.flatMap((agency) => [agency.code, agency.otherCode]).filter((code) => code !== '')),
  ];
  const known = new Map<string, AgencyRow>();
  for (let at = 0; at < codes.length; at += 400) {
    const part = codes.slice(at, at + 400);
    const rows = await tx
      .selectFrom('agencies')
      .selectAll()
      .where((eb) => eb.or([eb('code', 'in', part), eb('other_code', 'in', part)]))
      .execute();
    for (const row of rows)
      if (row.other_code !== null && !known.has(row.other_code)) known.set(row.other_code, row);
    for (const row of rows) known.set(row.code, row);
  }
  return known;
}

function newRow(agency: ListedAgency, { system, now }: SyncOptions): AgencyRow {
  return {
    code: agency.code,
    name: agency.name,
    other_code: agency.otherCode || null,
    parent: agency.parent || null,
    system,
    active: 1,
    updated_at: now,
    mail: agency.mail || null,
    source: syncedFrom(system),
    valid_until: null,
    folded: fold(`${agency.code} ${agency.otherCode} ${agency.name}`),
    synced_at: now,
  };
}

/** What must be written; null: nothing. */
function changeOf(row: AgencyRow, agency: ListedAgency, { system }: SyncOptions): Partial<AgencyRow> | null {
  const isOurs = row.source !== syncedFrom(system);
  const otherCode = row.code === agency.code ? agency.otherCode : agency.code;
  const filled = {
    other_code: isOurs ? (row.other_code ?? (otherCode || null)) : otherCode || row.other_code,
    parent: isOurs ? (row.parent ?? (agency.parent || null)) : agency.parent || null,
    mail: isOurs ? (row.mail ?? (agency.mail || null)) : agency.mail || null,
  };
  const theirs = isOurs ? {} : { name: agency.name || row.name, active: agency.deleted ? 0 : 1 };
  const next = { ...row, ...filled, ...theirs };
  const folded = fold(`${next.code} ${next.other_code ?? ''} ${next.name}`);
  const wanted: Partial<AgencyRow> = { ...filled, ...theirs, folded };
  const keys = Object.keys(wanted) as (keyof AgencyRow)[];
  return keys.every((key) => row[key] === wanted[key]) ? null : wanted;
}

async function removeUnlisted(
  store: Store,
  { system, now, maxRemovedShare = 0.2 }: SyncOptions,
): Promise<{ removed: number; heldBack: number }> {
  const count = async (unlistedOnly: boolean): Promise<number> => {
    let query = store.read
      .selectFrom('agencies')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .where('source', '=', syncedFrom(system))
      .where('active', '=', 1);
    if (unlistedOnly) query = query.where('synced_at', '<', now);
    return Number((await query.executeTakeFirstOrThrow()).count);
  };
  const [known, unlisted] = [await count(false), await count(true)];
  if (unlisted === 0) return { removed: 0, heldBack: 0 };
  if (unlisted > known * maxRemovedShare) return { removed: 0, heldBack: unlisted };
  await store.write((tx) =>
    tx
      .updateTable('agencies')
      .set({ active: 0, updated_at: now })
      .where('source', '=', syncedFrom(system))
      .where('active', '=', 1)
      .where('synced_at', '<', now)
      .execute(),
  );
  forgetAgencies(store);
  return { removed: unlisted, heldBack: 0 };
}

/** Takes agencies out of force whose last day is over. `today`: `yyyy-MM-dd` in Vietnam. @returns how many. */
export async function expireAgencies(store: Store, today: string, now: number): Promise<number> {
  const results = await store.write((tx) =>
    tx
      .updateTable('agencies')
      .set({ active: 0, updated_at: now })
      .where('active', '=', 1)
      .where('valid_until', '<', today)
      .execute(),
  );
  forgetAgencies(store);
  return results.reduce((sum, result) => sum + Number(result.numUpdatedRows), 0);
}
