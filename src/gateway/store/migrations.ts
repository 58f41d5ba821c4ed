/** Forward-only migrations, one transaction each, the same SQL on both databases. Never edit one that was released. */
import { type Kysely, sql } from 'kysely';
import { PAGE_INDEXES } from './pages/package-page.ts';
import { SEARCH } from './pages/search.ts';
import type { Schema } from './schema.ts';
import { LEVELS } from './signing/completions.ts';
import { SIGNING } from './signing/migration.ts';
import { DOSSIER_WORK } from './sql/dossier-work.ts';
import { DOSSIER_COUNTS, PAPER_DOSSIERS, PORTAL_LOOKS } from './sql/paper-dossiers.ts';
import { isPostgres } from './sql/values.ts';
import { NUMBER_INDEX } from './tables/packages.ts';

interface Migration {
  readonly version: number;
  readonly name: string;
  /** The same for both engines, or apart where they have no words in common. */
  readonly statements:
    | readonly string[]
    | { readonly sqlite: readonly string[]; readonly postgres: readonly string[] };
}

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'first tables',
    statements: [
      `CREATE TABLE agencies (code TEXT PRIMARY KEY, name TEXT NOT NULL, other_code TEXT, parent TEXT, system TEXT NOT NULL,
        active INTEGER NOT NULL, updated_at BIGINT NOT NULL)`,
      'CREATE INDEX agencies_other ON agencies (other_code)',
      `CREATE TABLE api_tokens (id TEXT PRIMARY KEY, agency TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
        created_at BIGINT NOT NULL, revoked_at BIGINT)`,
      'CREATE TABLE vxp_systems (id TEXT PRIMARY KEY, secret_sealed TEXT NOT NULL, agencies TEXT NOT NULL, created_at BIGINT NOT NULL)',
      'CREATE TABLE sessions (hash TEXT PRIMARY KEY, token_id TEXT NOT NULL, expires_at BIGINT NOT NULL)',
      `CREATE TABLE packages (id TEXT PRIMARY KEY, kind TEXT NOT NULL, sender TEXT NOT NULL, sender_name TEXT NOT NULL, origin TEXT NOT NULL,
        document_id TEXT NOT NULL, document_key TEXT NOT NULL UNIQUE, request_sha256 TEXT NOT NULL, payload_sha256 TEXT NOT NULL,
        size BIGINT NOT NULL, subject TEXT NOT NULL, code TEXT NOT NULL, priority INTEGER NOT NULL, urgency TEXT NOT NULL, state TEXT NOT NULL,
        metadata TEXT NOT NULL, correlates TEXT, dossier_code TEXT, accepted_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
        event_seq INTEGER NOT NULL, event_head TEXT NOT NULL)`,
      'CREATE INDEX packages_sender ON packages (sender, id)',
      'CREATE INDEX packages_document ON packages (document_id)',
      'CREATE INDEX packages_dossier ON packages (dossier_code, id)',
      'CREATE INDEX packages_payload ON packages (payload_sha256)',
      'CREATE INDEX packages_state ON packages (state, id)',
      'CREATE INDEX packages_correlates ON packages (correlates)',
      `CREATE TABLE deliveries (id TEXT PRIMARY KEY, package_id TEXT NOT NULL REFERENCES packages (id), seq BIGINT, recipient TEXT NOT NULL,
        recipient_name TEXT NOT NULL, system TEXT NOT NULL, state TEXT NOT NULL, urgency TEXT NOT NULL, order_key TEXT NOT NULL,
        attempts INTEGER NOT NULL, next_attempt_at BIGINT, lease_owner TEXT, lease_until BIGINT, remote_id TEXT, business_status TEXT,
        reason_code TEXT, reason TEXT, first_tried_at BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
      'CREATE INDEX deliveries_package ON deliveries (package_id)',
      'CREATE UNIQUE INDEX deliveries_inbox ON deliveries (recipient, seq)',
      'CREATE INDEX deliveries_due ON deliveries (state, next_attempt_at)',
      'CREATE INDEX deliveries_order ON deliveries (order_key, system, id)',
      'CREATE INDEX deliveries_remote ON deliveries (remote_id)',
      `CREATE TABLE events (package_id TEXT NOT NULL REFERENCES packages (id), seq INTEGER NOT NULL, at BIGINT NOT NULL, type TEXT NOT NULL,
        delivery_id TEXT, actor TEXT NOT NULL, data TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (package_id, seq))`,
      `CREATE TABLE outbox (id TEXT PRIMARY KEY, routing_key TEXT NOT NULL, package_id TEXT NOT NULL, delivery_id TEXT, headers TEXT NOT NULL,
        delay_seconds INTEGER NOT NULL, due_at BIGINT NOT NULL, lease_owner TEXT, lease_until BIGINT, attempts INTEGER NOT NULL, created_at BIGINT NOT NULL)`,
      'CREATE INDEX outbox_due ON outbox (due_at)',
      'CREATE INDEX outbox_delivery ON outbox (delivery_id)',
      'CREATE TABLE inbox_keys (key TEXT PRIMARY KEY, package_id TEXT, at BIGINT NOT NULL)',
      `CREATE TABLE idempotency (scope TEXT NOT NULL, key TEXT NOT NULL, request_sha256 TEXT NOT NULL, status INTEGER NOT NULL,
        response TEXT NOT NULL, location TEXT, at BIGINT NOT NULL, PRIMARY KEY (scope, key))`,
      `CREATE TABLE verifications (package_id TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, verdict TEXT NOT NULL,
        report TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (package_id, name, sha256))`,
      `CREATE TABLE dossiers (code TEXT PRIMARY KEY, agency TEXT NOT NULL, procedure_code TEXT NOT NULL, package_id TEXT NOT NULL,
        state INTEGER NOT NULL, data_sealed TEXT NOT NULL, portal_state TEXT, ministry_system TEXT, ministry_state TEXT,
        result_sha256 TEXT, result_verdict TEXT, next_poll_at BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
      'CREATE INDEX dossiers_poll ON dossiers (next_poll_at)',
      `CREATE TABLE ocr_jobs (id TEXT PRIMARY KEY, agency TEXT NOT NULL, state TEXT NOT NULL, stage TEXT NOT NULL, pages INTEGER NOT NULL,
        pages_done INTEGER NOT NULL, inputs TEXT NOT NULL, result_sha256 TEXT, pdf_sha256 TEXT, reason_code TEXT, reason TEXT,
        attempts INTEGER NOT NULL, lease_owner TEXT, lease_until BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
      'CREATE INDEX ocr_jobs_state ON ocr_jobs (state, created_at)',
      'CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until BIGINT NOT NULL)',
      'CREATE TABLE sequences (name TEXT PRIMARY KEY, value BIGINT NOT NULL)',
    ],
  },
  {
    version: 2,
    name: 'requests to take a document back',
    statements: [
      'ALTER TABLE deliveries ADD COLUMN recall TEXT',
      'ALTER TABLE deliveries ADD COLUMN recall_package_id TEXT',
      'CREATE INDEX deliveries_recall ON deliveries (recall_package_id)',
    ],
  },
  {
    version: 3,
    name: 'directory synchronised from the axes',
    statements: [
      'ALTER TABLE agencies ADD COLUMN mail TEXT',
      'ALTER TABLE agencies ADD COLUMN source TEXT',
      'ALTER TABLE agencies ADD COLUMN valid_until TEXT',
      'ALTER TABLE agencies ADD COLUMN folded TEXT',
      'ALTER TABLE agencies ADD COLUMN synced_at BIGINT',
      'CREATE INDEX agencies_source ON agencies (source, synced_at)',
      'ALTER TABLE vxp_systems ADD COLUMN window_seconds INTEGER',
    ],
  },
  {
    version: 4,
    name: 'counterparties paused or found down',
    statements: [
      `CREATE TABLE counterparties (system TEXT PRIMARY KEY, mode TEXT NOT NULL, mode_reason TEXT, mode_actor TEXT, mode_since BIGINT,
        mode_until BIGINT, breaker TEXT NOT NULL, opened_at BIGINT, retry_at BIGINT, error_code TEXT, error TEXT, updated_at BIGINT NOT NULL)`,
      'CREATE INDEX deliveries_reason ON deliveries (system, reason_code, id) WHERE reason_code IS NOT NULL',
    ],
  },
  { version: 5, name: 'work on dossiers', statements: DOSSIER_WORK },
  {
    version: 6,
    name: 'when a delivery left us',
    statements: ['ALTER TABLE deliveries ADD COLUMN handed_over_at BIGINT'],
  },
  { version: 7, name: 'signing jobs and requests', statements: SIGNING },
  {
    version: 8,
    name: 'scans page by page, and what people corrected',
    statements: [
      'ALTER TABLE ocr_jobs ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0',
      'ALTER TABLE ocr_jobs ADD COLUMN started_at BIGINT',
      'ALTER TABLE ocr_jobs ADD COLUMN engine TEXT',
      'ALTER TABLE ocr_jobs ADD COLUMN copy TEXT',
      `CREATE TABLE ocr_pages (job_id TEXT NOT NULL, page INTEGER NOT NULL, reading TEXT NOT NULL, preview_sha256 TEXT,
        words INTEGER NOT NULL, doubtful INTEGER NOT NULL, PRIMARY KEY (job_id, page))`,
      `CREATE TABLE ocr_corrections (job_id TEXT NOT NULL, seq INTEGER NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, field TEXT,
        page INTEGER, word INTEGER, was TEXT, value TEXT NOT NULL, PRIMARY KEY (job_id, seq))`,
    ],
  },
  {
    version: 9,
    name: 'packages of an inbox',
    statements: ['CREATE INDEX deliveries_recipient ON deliveries (recipient, package_id)'],
  },
  { version: 10, name: 'levels of signatures to be completed', statements: LEVELS },
  {
    version: 11,
    name: 'how long payloads are kept',
    statements: [
      'ALTER TABLE packages ADD COLUMN payload_removed_at BIGINT',
      `CREATE INDEX packages_expiring ON packages (state, kind, updated_at)
        WHERE payload_removed_at IS NULL AND state IN ('delivered', 'done', 'refused', 'withdrawn')`,
      'CREATE INDEX idempotency_at ON idempotency (at)',
      'CREATE INDEX inbox_keys_at ON inbox_keys (at)',
    ],
  },
  { version: 12, name: 'dossiers handed in on paper', statements: PAPER_DOSSIERS },
  {
    version: 13,
    name: 'what agencies do with signatures that are not in order',
    statements: [
      `CREATE TABLE arrival_policies (agency TEXT PRIMARY KEY, package_rule TEXT NOT NULL, file_rule TEXT NOT NULL,
        threshold TEXT NOT NULL, actor TEXT NOT NULL, updated_at BIGINT NOT NULL)`,
      'ALTER TABLE verifications ADD COLUMN evidence TEXT',
    ],
  },
  { version: 14, name: 'search over packages', statements: SEARCH },
  { version: 15, name: 'pages of packages by kind', statements: PAGE_INDEXES },
  { version: 16, name: 'what happens at the portal', statements: PORTAL_LOOKS },
  { version: 17, name: 'counts of a whole province', statements: DOSSIER_COUNTS },
  {
    version: 18,
    name: 'files signed in part',
    statements: ['ALTER TABLE signing_items ADD COLUMN progress TEXT'],
  },
  { version: 19, name: 'documents by their number', statements: NUMBER_INDEX },
  {
    version: 20,
    name: 'documents sent on to further agencies',
    statements: [
      'ALTER TABLE packages ADD COLUMN further_of TEXT',
      'CREATE INDEX packages_further ON packages (further_of) WHERE further_of IS NOT NULL',
    ],
  },
  {
    version: 21,
    name: 'attempts whose end nobody knows',
    statements: ['ALTER TABLE deliveries ADD COLUMN unclear_until BIGINT'],
  },
  {
    version: 22,
    name: 'packages that were taken for routed',
    // Something said of them between intake and routing had made them in-progress; only what is accepted is routed.
    statements: [
      `UPDATE packages SET state = 'accepted' WHERE state = 'in-progress'
        AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.package_id = packages.id AND deliveries.state = 'accepted')`,
    ],
  },
];

function statementsFor(tx: Kysely<Schema>, { statements }: Migration): readonly string[] {
  if ('sqlite' in statements) return isPostgres(tx) ? statements.postgres : statements.sqlite;
  return statements;
}

/** Version the code needs. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to {@link SCHEMA_VERSION}. `exclusive` runs its argument in one transaction under a lock that
 * two starting processes cannot both hold.
 */
export async function migrate(
  exclusive: <T>(work: (tx: Kysely<Schema>) => Promise<T>) => Promise<T>,
): Promise<number[]> {
  const applied: number[] = [];
  await exclusive((tx) =>
    sql`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)`.execute(
      tx,
    ),
  );
  for (const migration of MIGRATIONS) {
    const ran = await exclusive(async (tx) => {
      const known = await sql<{
        version: number;
      }>`SELECT version FROM migrations WHERE version = ${migration.version}`.execute(tx);
      if (known.rows.length > 0) return false;
      for (const statement of statementsFor(tx, migration)) await sql.raw(statement).execute(tx);
      await sql`INSERT INTO migrations (version, name, at) VALUES (${migration.version}, ${migration.name}, ${Date.now()})`.execute(
        tx,
      );
      return true;
    });
    if (ran) applied.push(migration.version);
  }
  return applied;
}
