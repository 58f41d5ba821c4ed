/** What the exchange needs from the rest of the gateway; `compose.ts` wires it. */

import type { Readable } from 'node:stream';
import type { DossierMessage, EdxmlMessage } from '../../packages/index.ts';
import type { EvidenceItem, NamedFile, VerificationReport } from '../../signing/index.ts';
import type { MessageBus } from '../bus/index.ts';
import type { BlobStore, DeliveryRow, DossierRow, PackageRow, Store } from '../store/index.ts';
import type { ArrivalPolicy } from './checks/arrival.ts';
import type { Checked } from './checks/verify.ts';
import type { Lanes } from './delivery/lanes.ts';
import type { DossierMetadata } from './dossier/requests.ts';
import type { Gates } from './gates/gates.ts';
import type { Retention } from './retention/expire.ts';

/** A logger that takes fields first (pino's shape). Fields never hold payload, tokens or personal data. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counters the exchange moves. */
export interface ExchangeMetrics {
  accepted(kind: string, origin: string): void;
  attempt(system: string, outcome: 'sent' | 'retry' | 'parked' | 'reconciled'): void;
  acceptToReceiptMs(system: string, ms: number): void;
  relayed(count: number): void;
  verdict(verdict: string): void;
}

/** Checks signatures off the event loop. */
export interface Verifier {
  /**
   * `bytes` may be handed over to a thread: do not use them afterwards.
   * @param onEvidence receives the octets the verdict stands on, before the promise resolves.
   */
  verify(
    name: string,
    bytes: Uint8Array,
    contents?: readonly NamedFile[],
    onEvidence?: (item: EvidenceItem) => void,
  ): Promise<VerificationReport>;
  /** Tasks waiting for a thread. */
  waiting(): number;
}

/** A package still in memory from taking it in; both are what the stored blob holds. */
export interface Payload {
  readonly message?: EdxmlMessage;
  readonly bytes?: Uint8Array;
}

/** What one delivery hands to a counterparty. */
export interface DeliveryWork {
  readonly delivery: DeliveryRow;
  readonly package: PackageRow;
  /** Absent when the package has to be read from the store. */
  readonly payload?: Payload;
  /** Aborts when the lease is lost or the process shuts down. */
  readonly signal: AbortSignal;
  /**
   * Whether an id of the counterparty stands for another sending to the same recipient: an update or a recall bears the name of its
   * document. For {@link Counterparty.find}.
   */
  isOfAnother?(remoteId: string): Promise<boolean>;
}

/** A counterparty's word that it has the package. `remoteId` is its own id for it. */
export interface Receipt {
  readonly remoteId: string;
  /** Facts for the timeline, free of personal data. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** True when the receipt itself proves delivery (portal, ministry), not only acceptance for transport. */
  readonly final: boolean;
}

/** Something an axis holds for us. */
export interface Arrival {
  readonly remoteId: string;
  readonly messageType: 'edoc' | 'status';
  /** What must be kept in the order of the axis' list: from whom to whom. Without it, all that the axis lists. */
  readonly order?: string;
  open(): Promise<Readable | AsyncIterable<Uint8Array>>;
}

/** One outside system as the exchange sees it; failures are ConnectorErrors with `retryable`. */
export interface Counterparty {
  readonly system: string;
  deliver(work: DeliveryWork): Promise<Receipt>;
  /** After an attempt whose outcome is unknown: does the counterparty have it? Null: it says no. */
  find?(work: DeliveryWork): Promise<Receipt | null>;
  /** What waits for us there. */
  arrivals?(): AsyncIterable<Arrival>;
  acknowledge?(arrival: Arrival, outcome: 'done' | 'fail'): Promise<void>;
  /** Asks about a dossier handed over before; null: nothing new. */
  followDossier?(dossier: DossierRow): Promise<DossierNews | null>;
  /** Kinds of messages it is told about dossiers it decides on, after the dossier itself. */
  readonly hears?: ReadonlySet<DossierMessage['kind']>;
  /** Dossiers handed in there that wait for us; listed again until their delivery told it otherwise. */
  newDossiers?(): AsyncIterable<NewDossier>;
  /** The next dossier code, where the system numbers dossiers itself. */
  nextCode?(procedureCode: string): Promise<string>;
  /** What a portal holds of a dossier and what happened to it there, ours included; null: it does not hold it. */
  lookAt?(code: string): Promise<DossierSight | null>;
  /** What citizens asked there. */
  questions?(): Promise<readonly CitizenQuestion[]>;
}

/** A dossier that waits outside. */
export interface NewDossier {
  /** Its number there: makes it one dossier however often it is seen. */
  readonly key: string;
  read(): Promise<DossierMetadata>;
}

/** A dossier as a portal holds it. */
export interface DossierSight {
  /** TrangThaiHoSo 1–10. */
  readonly state: number;
  /** Oldest first. */
  readonly steps: readonly { handler: string; at: Date; content: string; state: number }[];
  readonly supplements: readonly {
    id: string;
    content: string;
    receivedBy: string;
    receivedInfo: string;
    receivedAt: Date;
    papers: readonly string[];
  }[];
  readonly payments: readonly {
    reference: string;
    amountVnd: number;
    paidAt: Date;
    outcome: 1 | 2 | 3;
  }[];
}

/** A question asked at a portal; `answer` once there is one. */
export interface CitizenQuestion {
  readonly id: string;
  readonly title: string;
  readonly content: string;
  readonly askedBy: string;
  readonly answer?: string | undefined;
}

/** What a ministry or portal says about a dossier. */
export interface DossierNews {
  /** TrangThaiHoSo 1–10. */
  readonly state: number;
  readonly note?: string;
  readonly result?: {
    readonly name: string;
    readonly number: string;
    readonly issuedOn: string;
    readonly file: Uint8Array;
  };
}

/** Everything a step of the exchange works with. */
export interface Exchange {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly bus: MessageBus;
  readonly counterparties: ReadonlyMap<string, Counterparty>;
  /** May something be sent to a counterparty now? */
  readonly gates: Gates;
  readonly verifier: Verifier;
  readonly log: Log;
  readonly metrics: ExchangeMetrics;
  /** Deliveries at the same time, per counterparty and urgency. */
  readonly lanes: Lanes;
  /** This process, in leases. */
  readonly owner: string;
  readonly settings: ExchangeSettings;
  now(): number;
  /** Opens sealed dossier data. */
  openDossierData(dossier: DossierRow): DossierMessage;
  sealDossierData(code: string, data: DossierMessage): string;
  /** Signs a dossier message (XAdES) with the agency's key, where the operator asks for it; else gives it back as it is. */
  signDossier(agency: string, xml: Uint8Array): Promise<Uint8Array>;
  /** Crash points of tests; does nothing in production. */
  atPoint(name: string): void;
  /** Wakes the relay: rows were committed to the outbox. */
  wakeRelay(): void;
  /**
   * Goes on with a status that was kept and that nothing announces; asked only while the lanes are open.
   * @param checked the verdict on its signature, when it is known already.
   */
  processHere(pkg: PackageRow, checked?: readonly Checked[]): void;
}

export interface ExchangeSettings {
  /** Systems that take their mail from the broker and hand in there: their broker account by their name. */
  readonly amqpSystems: ReadonlyMap<string, string>;
  readonly centreCode: string;
  readonly maxPackageBytes: number;
  readonly maxFileBytes: number;
  readonly leaseMs: number;
  readonly redriveMs: number;
  readonly maxAttempts: number;
  /** Longest wait for a counterparty's answer. */
  readonly counterpartyTimeoutMs: number;
  readonly retryRungsSeconds: readonly number[];
  /** For agencies that set no policy of their own. */
  readonly arrival: ArrivalPolicy;
  readonly pollMs: number;
  /** Who numbers dossiers that come without a code: this gateway, or the portal (generation B). */
  readonly dossierCodes: 'own' | 'portal';
  /** Whether messages about dossiers that others hand in must be signed. */
  readonly dossierSignatures: 'optional' | 'required';
  /** Between two looks at a dossier on the portal; 0: none. */
  readonly portalLookMs: number;
  readonly tmpDir: string;
  readonly deliverConcurrency: number;
  /** Systems with another concurrency than `deliverConcurrency`. */
  readonly concurrencyOf: Readonly<Record<string, number>>;
  /** Arrivals of one axis taken in at the same time. */
  readonly takeInConcurrency: number;
  readonly processConcurrency: number;
  /** Procedure code → ministry system that decides on it. */
  readonly procedureSystems: Readonly<Record<string, string>>;
  readonly retention: Retention;
}

export type { DossierMessage, EdxmlMessage };
