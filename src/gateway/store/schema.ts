/** The tables as Kysely sees them, the same on SQLite and PostgreSQL. Times are milliseconds since 1970 UTC. */

import type { Insertable, Selectable } from 'kysely';
import type { OcrCorrectionTable, OcrJobTable, OcrPageTable, PaperDossierTable } from './schema-ocr.ts';
import type { LevelCompletionTable } from './signing/completions.ts';
import type { SigningItemTable, SigningJobTable, SigningRequestTable } from './signing/schema.ts';

export interface AgencyTable {
  code: string;
  name: string;
  /** The other-generation code (QCVN 102 ↔ QĐ 20/2020), when the directory gave one. */
  other_code: string | null;
  parent: string | null;
  /** Counterparty that reaches it: `inbox` (connected to us), `vxp`, `provincial`, … */
  system: string;
  active: number;
  updated_at: number;
  mail: string | null;
  /** Who put it here: null or `operator`, `sync:<axis>`, or `system:<id>` for one that a document system registered. */
  source: string | null;
  /** Last day the code is in force, `yyyy-MM-dd`; null: no end is known. */
  valid_until: string | null;
  /** Code and name without marks and case, for searching. Null in rows from before this column. */
  folded: string | null;
  /** Start of the last synchronisation that listed it. */
  synced_at: number | null;
}

export interface ApiTokenTable {
  id: string;
  agency: string;
  role: string;
  /** SHA-256 hex of the secret part. */
  hash: string;
  created_at: number;
  revoked_at: number | null;
  /** Full name of the officer whose token it is. */
  person_name: string | null;
  /** Their identifier as certificates carry it: `CCCD:…`. */
  person_id: string | null;
}

export interface VxpSystemTable {
  id: string;
  /** AES-256-GCM sealed shared secret (base64). */
  secret_sealed: string;
  /** JSON list of agency codes it may speak for. */
  agencies: string;
  created_at: number;
  /** How far its clock may be off; null: the gateway's setting. */
  window_seconds: number | null;
}

export interface SessionTable {
  hash: string;
  token_id: string;
  expires_at: number;
}

export interface PackageTable {
  id: string;
  /** `document` | `status` | `dossier` | `progress` | `result`. */
  kind: string;
  sender: string;
  sender_name: string;
  /** Where it came in: `api`, `vxp-server`, or a counterparty's name. */
  origin: string;
  document_id: string;
  /** Dedupe key: normalised sender, DocumentId and business type (unique). */
  document_key: string;
  /** SHA-256 hex of what the sender handed in; equal for a repeat, different for a conflict. */
  request_sha256: string;
  payload_sha256: string;
  size: number;
  subject: string;
  code: string;
  priority: number;
  urgency: string;
  state: string;
  /** JSON: the parsed message without attachments' bytes. */
  metadata: string;
  /** Package this one answers or belongs to. */
  correlates: string | null;
  /** The package that brought the same document to its first recipients, where this one goes to further ones. */
  further_of: string | null;
  dossier_code: string | null;
  accepted_at: number;
  updated_at: number;
  event_seq: number;
  event_head: string;
  /** When retention took the bytes away; null: they are here. */
  payload_removed_at: number | null;
}

export interface DeliveryTable {
  id: string;
  package_id: string;
  /** Position in the recipient's inbox, given when it becomes available there; null before. */
  seq: number | null;
  recipient: string;
  recipient_name: string;
  system: string;
  /** accepted → queued → sending → sent → delivered | available → fetched | retrying | parked | refused | withdrawn */
  state: string;
  urgency: string;
  /** Deliveries of one key and system go out in the order of `id`. */
  order_key: string;
  attempts: number;
  next_attempt_at: number | null;
  lease_owner: string | null;
  lease_until: number | null;
  remote_id: string | null;
  business_status: string | null;
  reason_code: string | null;
  reason: string | null;
  first_tried_at: number | null;
  created_at: number;
  updated_at: number;
  /** The sender asked for it back: `requested` → `agreed` (status 15) | `refused` (status 16); null: never asked. */
  recall: string | null;
  /** The package that asked: a recall, update or replacement, or a status 13. */
  recall_package_id: string | null;
  /** When its counterparty took it, or it came into the inbox; null: still here, or from before version 5. */
  handed_over_at: number | null;
  /**
   * An attempt broke off without an answer, and its counterparty may be at work on it until then: its "I do not have it" counts
   * only afterwards. Null: no attempt ended so.
   */
  unclear_until: number | null;
}

export interface EventTable {
  package_id: string;
  seq: number;
  at: number;
  type: string;
  delivery_id: string | null;
  actor: string;
  /** JSON, free of payload and personal data. */
  data: string;
  prev_hash: string;
  hash: string;
}

export interface OutboxTable {
  id: string;
  routing_key: string;
  package_id: string;
  delivery_id: string | null;
  /** JSON of AMQP headers. */
  headers: string;
  delay_seconds: number;
  due_at: number;
  lease_owner: string | null;
  lease_until: number | null;
  attempts: number;
  created_at: number;
}

export interface InboxKeyTable {
  key: string;
  package_id: string | null;
  at: number;
}

export interface IdempotencyTable {
  scope: string;
  key: string;
  request_sha256: string;
  status: number;
  response: string;
  location: string | null;
  at: number;
}

export interface VerificationTable {
  package_id: string;
  name: string;
  sha256: string;
  verdict: string;
  /** JSON report of contracts.md. */
  report: string;
  at: number;
  /** JSON list of `{kind, sha256}`: the certificates, CRLs and OCSP answers it stood on, kept as blobs. Null in older rows. */
  evidence: string | null;
}

/** What an agency wants done with documents whose signatures are not in order; no row: as the settings say. */
export interface ArrivalPolicyTable {
  agency: string;
  /** `accept` | `flag` | `hold` | `refuse`, for the signature of the package itself. */
  package_rule: string;
  /** The same for the signatures of its files. */
  file_rule: string;
  /** From which fault on: `failed` | `unproven` | `unsigned`. */
  threshold: string;
  actor: string;
  updated_at: number;
}

export interface DossierTable {
  code: string;
  agency: string;
  procedure_code: string;
  package_id: string;
  /** TrangThaiHoSo 1–10. */
  state: number;
  /** JSON of the dossier message (sealed). */
  data_sealed: string;
  portal_state: string | null;
  ministry_system: string | null;
  ministry_state: string | null;
  result_sha256: string | null;
  result_verdict: string | null;
  /** When the ministry is to be asked next; null: nothing to ask. */
  next_poll_at: number | null;
  /** When the portal is to be looked at next; null: not at all. */
  portal_look_at: number | null;
  /** SHA-256 of what the portal said last. */
  portal_seen: string | null;
  created_at: number;
  updated_at: number;
  /** What indicators count (QĐ 766/QĐ-TTg); nothing of a person. */
  procedure_name: string;
  received_at: number;
  due_at: number | null;
  /** When state 3, 8, 9 or 10 was first reached. */
  finished_at: number | null;
  /** 1 at the counter, 2 online, 3 by post. */
  channel: number;
  components: number;
  digitised: number;
  reused: number;
  results: number;
  /** Results that have a file. */
  e_results: number;
  /** Đồng asked for and paid. */
  fee_vnd: number;
  paid_vnd: number;
  paid_online: number;
  /** 1–5; null: nobody said. */
  rating: number | null;
}

/** What comes back to a one-stop system, numbered without a gap per agency. */
export interface DossierNewsTable {
  agency: string;
  seq: number;
  at: number;
  code: string;
  /** `dossier.state`, `dossier.fee`, … */
  type: string;
  /** JSON, free of personal data. */
  data: string;
}

/** An address of a one-stop system that is told of its news. */
export interface WebhookTable {
  id: string;
  agency: string;
  url: string;
  secret_sealed: string;
  /** Last news delivered. */
  cursor: number;
  attempts: number;
  next_attempt_at: number;
  last_status: string | null;
  /** Given up on: a person looks, then replays. */
  paused: number;
  created_at: number;
  updated_at: number;
}

/** Files an agency has put here to be named by digest. */
export interface UploadTable {
  agency: string;
  sha256: string;
  size: number;
  content_type: string;
  at: number;
}

/** Catalogues mirrored from the portal: the present row of each entry. */
export interface CatalogueTable {
  /** `procedure` | `agency` | `field`. */
  kind: string;
  code: string;
  /** Level that carries a procedure out: `central` | `province` | `commune`; `` for other kinds. */
  level: string;
  name: string;
  /** Field or parent. */
  parent: string;
  parent_name: string;
  /** JSON as the portal gave it. */
  data: string;
  sha256: string;
  version: number;
  changed_at: number;
  removed_at: number | null;
}

/** What changed in a catalogue, and what stood there before. */
export interface CatalogueChangeTable {
  kind: string;
  code: string;
  level: string;
  version: number;
  /** `added` | `changed` | `removed` | `restored`. */
  change: string;
  name: string;
  data: string;
  at: number;
}

/** What operators and breakers decided about a counterparty; no row: open, nothing known against it. */
export interface CounterpartyTable {
  system: string;
  /** `open` | `maintenance` */
  mode: string;
  mode_reason: string | null;
  mode_actor: string | null;
  mode_since: number | null;
  /** Maintenance ends by itself then; null: when it is resumed. */
  mode_until: number | null;
  /** `closed` (sending) | `open` (left alone until `retry_at`) */
  breaker: string;
  opened_at: number | null;
  retry_at: number | null;
  error_code: string | null;
  error: string | null;
  updated_at: number;
}

export interface LeaseTable {
  name: string;
  owner: string;
  until: number;
}

export interface SequenceTable {
  name: string;
  value: number;
}

/** All tables. */
export interface Schema {
  agencies: AgencyTable;
  api_tokens: ApiTokenTable;
  vxp_systems: VxpSystemTable;
  sessions: SessionTable;
  packages: PackageTable;
  deliveries: DeliveryTable;
  events: EventTable;
  outbox: OutboxTable;
  inbox_keys: InboxKeyTable;
  idempotency: IdempotencyTable;
  verifications: VerificationTable;
  arrival_policies: ArrivalPolicyTable;
  dossiers: DossierTable;
  dossier_news: DossierNewsTable;
  webhooks: WebhookTable;
  uploads: UploadTable;
  catalogue: CatalogueTable;
  catalogue_changes: CatalogueChangeTable;
  ocr_jobs: OcrJobTable;
  ocr_pages: OcrPageTable;
  ocr_corrections: OcrCorrectionTable;
  paper_dossiers: PaperDossierTable;
  counterparties: CounterpartyTable;
  signing_jobs: SigningJobTable;
  signing_items: SigningItemTable;
  signing_requests: SigningRequestTable;
  level_completions: LevelCompletionTable;
  leases: LeaseTable;
  sequences: SequenceTable;
}

export type AgencyRow = Selectable<AgencyTable>;
export type ApiTokenRow = Selectable<ApiTokenTable>;
export type PackageRow = Selectable<PackageTable>;
export type NewPackage = Insertable<PackageTable>;
export type DeliveryRow = Selectable<DeliveryTable>;
export type NewDelivery = Insertable<DeliveryTable>;
export type EventRow = Selectable<EventTable>;
export type OutboxRow = Selectable<OutboxTable>;
export type CounterpartyRow = Selectable<CounterpartyTable>;
export type DossierRow = Selectable<DossierTable>;
export type DossierNewsRow = Selectable<DossierNewsTable>;
export type WebhookRow = Selectable<WebhookTable>;
export type UploadRow = Selectable<UploadTable>;
export type CatalogueRow = Selectable<CatalogueTable>;
export type CatalogueChangeRow = Selectable<CatalogueChangeTable>;
export type OcrJobRow = Selectable<OcrJobTable>;
export type OcrPageRow = Selectable<OcrPageTable>;
export type PaperDossierRow = Selectable<PaperDossierTable>;
export type OcrCorrectionRow = Selectable<OcrCorrectionTable>;
export type VerificationRow = Selectable<VerificationTable>;
export type ArrivalPolicyRow = Selectable<ArrivalPolicyTable>;
