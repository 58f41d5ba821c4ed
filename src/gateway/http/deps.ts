/** What the routers receive. */
import type { Registry } from 'prom-client';
import type { WebhookClient } from '../../connectors/index.ts';
import type { OcrService } from '../../ocr/index.ts';
import type { Principal, Sealer } from '../access/index.ts';
import type { CatalogueKind, MirrorReport, ProcedureSearch } from '../catalogue/index.ts';
import type { Config } from '../config.ts';
import type { OutsideSystems } from '../counterparties/systems/open.ts';
import type { LegalClock } from '../deadlines/index.ts';
import type { DiskWatch } from '../disk.ts';
import type { Exchange, Submitter } from '../exchange/index.ts';
import type { LevelCompletion } from '../levels/index.ts';
import type { OcrJobs } from '../ocr-jobs/index.ts';
import type { PaperDossiers } from '../paper-dossiers/index.ts';
import type { Bridge, SigningJobs } from '../signatures/index.ts';
import type { CryptoPool, KeyRing } from '../workers/index.ts';
import { HttpError } from './problem.ts';

export interface GatewayDeps {
  readonly x: Exchange;
  readonly config: Config;
  /** The time the law gives for sending. */
  readonly clock: LegalClock;
  readonly sealer: Sealer;
  readonly keyRing: KeyRing;
  readonly pool: CryptoPool;
  readonly ocr: OcrService;
  readonly ocrJobs: OcrJobs;
  readonly paperDossiers: PaperDossiers;
  readonly outside: OutsideSystems;
  readonly webhooks: Pick<WebhookClient, 'isAllowed'>;
  /** Address others reach us at. */
  publicUrl(): string;
  readonly procedures: ProcedureSearch;
  mirror(kind: CatalogueKind): Promise<MirrorReport>;
  readonly levels: LevelCompletion;
  readonly signingJobs: SigningJobs;
  readonly bridge: Bridge;
  readonly registry: Registry;
  readonly trustDir: string;
  readonly version: string;
  /** Free space of the data folder. */
  readonly disk?: DiskWatch;
  /** True from SIGTERM on: new work is refused. */
  isShuttingDown(): boolean;
}

/** @throws HttpError FORBIDDEN unless the holder runs the gateway (`mayLook`: or audits it). */
export function assertOperator(principal: Principal, mayLook = false): void {
  if (principal.role === 'operator' || (mayLook && principal.role === 'auditor')) return;
  throw new HttpError('FORBIDDEN');
}

/** A token's holder as the one who submits. */
export function submitterOf(principal: Principal, origin = 'api'): Submitter {
  return {
    origin,
    actor: principal.agency,
    maySendFor: (code) => principal.role !== 'auditor' && code === principal.agency,
  };
}
