/** Signatures that stay below the level wanted until an authority answers again: the queue that completes them. */
import { type Selectable, sql } from 'kysely';
import type { Queries } from '../database.ts';

/** The step that brings the queue, and levels beside results. */
export const LEVELS: readonly string[] = [
  `CREATE TABLE level_completions (id TEXT PRIMARY KEY, agency TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT NOT NULL, name TEXT NOT NULL,
    sha256 TEXT NOT NULL, signers TEXT NOT NULL, level TEXT NOT NULL, wanted TEXT NOT NULL, state TEXT NOT NULL, reason_code TEXT, reason TEXT,
    attempts INTEGER NOT NULL, next_at BIGINT NOT NULL, lease_owner TEXT, lease_until BIGINT, report_sha256 TEXT,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  'CREATE INDEX level_completions_due ON level_completions (state, next_at)',
  'CREATE INDEX level_completions_source ON level_completions (source, source_id)',
  'ALTER TABLE signing_items ADD COLUMN level TEXT',
  'ALTER TABLE signing_items ADD COLUMN wanted_level TEXT',
  'ALTER TABLE signing_requests ADD COLUMN level TEXT',
  'ALTER TABLE signing_requests ADD COLUMN wanted_level TEXT',
];

/** One file whose signatures are to reach a level. Times are milliseconds since 1970 UTC. */
export interface LevelCompletionTable {
  id: string;
  agency: string;
  /** `item` (`job/seq`), `request`, `package`: where the completed file takes the place of the other, or is told of. */
  source: string;
  source_id: string;
  name: string;
  /** Blob: the file as far as it has come. */
  sha256: string;
  /** JSON: SHA-256 of the certificates whose signatures are to reach the level. */
  signers: string;
  level: string;
  wanted: string;
  /** waiting → done | stopped */
  state: string;
  reason_code: string | null;
  reason: string | null;
  attempts: number;
  next_at: number;
  lease_owner: string | null;
  lease_until: number | null;
  report_sha256: string | null;
  created_at: number;
  updated_at: number;
}
export type LevelCompletionRow = Selectable<LevelCompletionTable>;

export async function insertLevelCompletion(tx: Queries, row: LevelCompletionRow): Promise<void> {
  await tx.insertInto('level_completions').values(row).execute();
}

export async function findLevelCompletion(tx: Queries, id: string): Promise<LevelCompletionRow | undefined> {
  return tx.selectFrom('level_completions').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Takes the one due longest, unless another process has it. */
export async function leaseLevelCompletion(
  tx: Queries,
  owner: string,
  now: number,
  until: number,
): Promise<LevelCompletionRow | null> {
  const { rows } = await sql<LevelCompletionRow>`
    UPDATE level_completions SET lease_owner = ${owner}, lease_until = ${until}
    WHERE id = (SELECT id FROM level_completions WHERE state = 'waiting' AND next_at <= ${now} AND (lease_until IS NULL OR lease_until < ${now})
        ORDER BY next_at, id LIMIT 1)
      AND state = 'waiting' AND (lease_until IS NULL OR lease_until < ${now})
    RETURNING *`.execute(tx);
  return rows[0] ?? null;
}

/** Keeps it for this process a while longer; false when it is another's by now. */
export async function renewLevelCompletion(
  tx: Queries,
  id: string,
  owner: string,
  until: number,
): Promise<boolean> {
  return changeLevelCompletion(tx, id, owner, { lease_until: until });
}

/** Changes one that this process holds; false when it does not. */
export async function changeLevelCompletion(
  tx: Queries,
  id: string,
  owner: string,
  change: Partial<LevelCompletionRow>,
): Promise<boolean> {
  const result = await tx
    .updateTable('level_completions')
    .set(change)
    .where('id', '=', id)
    .where('lease_owner', '=', owner)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Makes one due now, also one that stopped; false when it is done or not there. */
export async function retryLevelCompletion(tx: Queries, id: string, now: number): Promise<boolean> {
  const result = await tx
    .updateTable('level_completions')
    .set({ state: 'waiting', next_at: now, updated_at: now })
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'stopped'])
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Ends leases at once, of `owner` or, with null, of everyone (a store with one process, at its start). */
export async function releaseLevelCompletions(tx: Queries, owner: string | null): Promise<void> {
  let query = tx.updateTable('level_completions').set({ lease_until: null }).where('state', '=', 'waiting');
  if (owner !== null) query = query.where('lease_owner', '=', owner);
  await query.execute();
}

/** Completions of agencies, newest first. */
export async function listLevelCompletions(
  tx: Queries,
  filter: {
    agencies: readonly string[] | null;
    states: readonly string[];
    before?: string | undefined;
    limit: number;
  },
): Promise<LevelCompletionRow[]> {
  let query = tx
    .selectFrom('level_completions')
    .selectAll()
    .where('state', 'in', [...filter.states])
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (filter.agencies !== null) query = query.where('agency', 'in', [...filter.agencies]);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return query.execute();
}

/** How many wait and have stopped, and since when the oldest waits. */
export async function countLevelCompletions(
  tx: Queries,
): Promise<{ waiting: number; stopped: number; oldest: number | null }> {
  const rows = await tx
    .selectFrom('level_completions')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
    .where('state', 'in', ['waiting', 'stopped'])
    .groupBy('state')
    .execute();
  const of = (state: string) => rows.find((row) => row.state === state);
  const oldest = of('waiting')?.oldest;
  return {
    waiting: Number(of('waiting')?.count ?? 0),
    stopped: Number(of('stopped')?.count ?? 0),
    oldest: oldest === undefined || oldest === null ? null : Number(oldest),
  };
}

/** Whether any is due that no process holds. */
export async function isLevelCompletionDue(tx: Queries, now: number): Promise<boolean> {
  const row = await tx
    .selectFrom('level_completions')
    .select('id')
    .where('state', '=', 'waiting')
    .where('next_at', '<=', now)
    .where((on) => on.or([on('lease_until', 'is', null), on('lease_until', '<', now)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** An authority answers again: all that wait for one are due at once. */
export async function hastenLevelCompletions(tx: Queries, now: number): Promise<void> {
  await tx
    .updateTable('level_completions')
    .set({ next_at: now })
    .where('state', '=', 'waiting')
    .where('next_at', '>', now)
    .where('reason_code', 'like', 'TSA_%')
    .execute();
}
