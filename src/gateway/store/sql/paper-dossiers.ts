/** Statements of the migration that brought dossiers handed in on paper. */
export const PAPER_DOSSIERS: readonly string[] = [
  `CREATE TABLE paper_dossiers (id TEXT PRIMARY KEY, agency TEXT NOT NULL, state TEXT NOT NULL, procedure_code TEXT NOT NULL, data_sealed TEXT NOT NULL,
        components TEXT NOT NULL, pages INTEGER NOT NULL, pages_done INTEGER NOT NULL, open_fields INTEGER NOT NULL, readers TEXT NOT NULL, code TEXT,
        reason_code TEXT, reason TEXT, faults TEXT, token_id TEXT NOT NULL, attempts INTEGER NOT NULL, next_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  'CREATE INDEX paper_dossiers_due ON paper_dossiers (state, next_at)',
  'CREATE INDEX paper_dossiers_agency ON paper_dossiers (agency, created_at)',
];

/** Statements of the migration that lets the portal be looked at. */
export const PORTAL_LOOKS: readonly string[] = [
  'ALTER TABLE dossiers ADD COLUMN portal_look_at BIGINT',
  'ALTER TABLE dossiers ADD COLUMN portal_seen TEXT',
  'UPDATE dossiers SET portal_look_at = updated_at WHERE portal_state IS NOT NULL AND state NOT IN (3, 10)',
  'CREATE INDEX dossiers_portal_look ON dossiers (portal_look_at) WHERE portal_look_at IS NOT NULL',
];

/** Statements of the migration that keeps counts quick at a province's size: a row is long (its data are sealed in it), so counts read indexes alone. */
export const DOSSIER_COUNTS: readonly string[] = [
  `CREATE INDEX dossiers_counts ON dossiers (received_at, agency, state, due_at, finished_at, components, digitised, reused, e_results, channel,
        fee_vnd, paid_online, rating)`,
  'CREATE INDEX dossiers_open ON dossiers (agency, state, due_at, finished_at) WHERE state NOT IN (3, 8, 9, 10)',
  'CREATE INDEX dossiers_finished ON dossiers (finished_at, agency, state, due_at, received_at)',
  'CREATE INDEX dossiers_listed ON dossiers (agency, code)',
];
