/**
 * A commit is durable before it is acknowledged: what is answered 202 must outlive the loss of power. SQLite is told so when it is
 * opened; PostgreSQL's administrator may have set it otherwise.
 */
import { sql } from 'kysely';
import type { Store } from './database.ts';

/** Lifts `synchronous_commit=off` for one session; `local`, `remote_write`, `on` and `remote_apply` all wait for our server's disk. */
export const INSIST_ON_DURABLE_COMMITS =
  "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/**
 * Settings of the database server with which a loss of power takes away what was committed, as `name=value`; empty when there are none.
 * PostgreSQL manual, "Write Ahead Log": `fsync`, `full_page_writes`, `synchronous_commit`.
 */
export async function findDurabilityGaps(store: Store): Promise<readonly string[]> {
  if (store.kind === 'sqlite') return [];
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name
  `.execute(store.read);
  return rows.map(({ name }) => `${name}=off`);
}
