/** The step that brings jobs and requests of signing. */
export const SIGNING: readonly string[] = [
  `CREATE TABLE signing_jobs (id TEXT PRIMARY KEY, agency TEXT NOT NULL, actor TEXT NOT NULL, person_id TEXT, state TEXT NOT NULL, sign TEXT NOT NULL,
    total INTEGER NOT NULL, signed INTEGER NOT NULL, failed INTEGER NOT NULL, reason_code TEXT, reason TEXT, attempts INTEGER NOT NULL,
    lease_owner TEXT, lease_until BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  'CREATE INDEX signing_jobs_state ON signing_jobs (state, created_at)',
  `CREATE TABLE signing_items (job_id TEXT NOT NULL REFERENCES signing_jobs (id), seq INTEGER NOT NULL, request_id TEXT, name TEXT NOT NULL,
    sha256 TEXT NOT NULL, size BIGINT NOT NULL, document_code TEXT NOT NULL, signer_name TEXT, sign TEXT, state TEXT NOT NULL, signing_time BIGINT,
    signed_sha256 TEXT, report_sha256 TEXT, evidence TEXT, reason_code TEXT, reason TEXT, updated_at BIGINT NOT NULL, PRIMARY KEY (job_id, seq))`,
  `CREATE TABLE signing_requests (id TEXT PRIMARY KEY, agency TEXT NOT NULL, state TEXT NOT NULL, title TEXT NOT NULL, document_code TEXT NOT NULL,
    profile TEXT NOT NULL, signer_name TEXT, signer_id TEXT, place TEXT, name TEXT NOT NULL, sha256 TEXT NOT NULL, size BIGINT NOT NULL,
    signed_sha256 TEXT, report_sha256 TEXT, evidence TEXT, job_id TEXT, reason_code TEXT, reason TEXT, actor TEXT NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  'CREATE INDEX signing_requests_agency ON signing_requests (agency, state, id)',
  'ALTER TABLE api_tokens ADD COLUMN person_name TEXT',
  'ALTER TABLE api_tokens ADD COLUMN person_id TEXT',
];
