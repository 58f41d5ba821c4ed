/** Sends again what was recorded, as it would leave today, to counterparties that are none; nothing is written to the store. */
import { ConnectorError } from '../../connectors/index.ts';
import type { EdxmlMessage } from '../../packages/index.ts';
import { dossierHistory } from '../compose-dossiers.ts';
import type { Config } from '../config.ts';
import { type Counterparty, INBOX_SYSTEM } from '../exchange/index.ts';
import {
  type BlobStore,
  type DeliveryRow,
  findPackage,
  listDeliveries,
  listDossierPackages,
  type PackageRow,
  type Store,
  StoreError,
} from '../store/index.ts';
import { openStand, type ReplayParty, type TestSystem } from './stand.ts';

/** What became of one delivery. */
export interface ReplayedDelivery {
  readonly recipient: string;
  readonly system: string;
  /** As recorded. */
  readonly state: string;
  /**
   * `accepted` by the counterparty; `kept`: lies in an inbox here and goes nowhere; `refused`: it would be again, trying
   * does not help; `failed`: trying again could help; `not-possible`: there is nothing to try it on, or its content is gone.
   */
  readonly outcome: 'accepted' | 'kept' | 'refused' | 'failed' | 'not-possible';
  /** The counterparty's own number for it. */
  readonly remoteId: string | null;
  /** Code of the failure (`CONNECTOR_…`), null where there is none. */
  readonly code: string | null;
  readonly vi: string;
  readonly en: string;
}

/** One recorded package, replayed. */
export interface ReplayedPackage {
  readonly packageId: string;
  readonly kind: string;
  readonly code: string;
  readonly deliveries: readonly ReplayedDelivery[];
}

/** The whole replay. */
export interface Replay {
  /** Every delivery was accepted or is kept here. */
  readonly passed: boolean;
  readonly against: string;
  readonly packages: readonly ReplayedPackage[];
}

/** Where the recorded messages are. */
export interface ReplaySource {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly config: Config;
  /** For packages that are rebuilt for one recipient. */
  readonly tmpDir: string;
}

/** The packages of a package id or a dossier code, oldest first; empty when there is no such thing. */
export async function recordedPackages(store: Store, id: string): Promise<PackageRow[]> {
  const one = await findPackage(store.read, id);
  return one === undefined ? listDossierPackages(store.read, id) : [one];
}

/** Replays them in order. `done` is called after each. */
export async function replayPackages(
  { store, blobs, config, tmpDir }: ReplaySource,
  packages: readonly PackageRow[],
  testSystem: TestSystem | undefined,
  done: (one: ReplayedPackage) => void,
): Promise<Replay> {
  const deliveries = await Promise.all(packages.map((pkg) => listDeliveries(store.read, pkg.id)));
  const stand = await openStand({
    config,
    blobs,
    tmpDir,
    senders: parties(packages.map((pkg) => ({ code: wireSender(pkg), name: pkg.sender }))),
    recipients: parties(deliveries.flat().map(({ recipient }) => ({ code: recipient, name: recipient }))),
    ...(testSystem === undefined ? {} : { testSystem }),
    historyOf: (code, packageId) => dossierHistory(store, blobs, code, packageId),
  });
  const replayed: ReplayedPackage[] = [];
  try {
    for (const [index, pkg] of packages.entries()) {
      const results: ReplayedDelivery[] = [];
      const counterparties = (await isThere(blobs, pkg)) ? stand.counterparties : null;
      for (const delivery of deliveries[index] ?? [])
        results.push(await replayOne(counterparties, pkg, delivery));
      const one = { packageId: pkg.id, kind: pkg.kind, code: pkg.code, deliveries: results };
      replayed.push(one);
      done(one);
    }
  } finally {
    await stand.close();
  }
  const outcomes = replayed.flatMap((one) => one.deliveries).map(({ outcome }) => outcome);
  return {
    passed: outcomes.every((outcome) => outcome === 'accepted' || outcome === 'kept'),
    against: testSystem?.url ?? 'simulators',
    packages: replayed,
  };
}

/** Each code once. */
function parties(list: readonly ReplayParty[]): ReplayParty[] {
  return [...new Map(list.map((party) => [party.code, party])).values()];
}

/** As the package spells its sender, which the axis goes by; dossiers name their agency in the row alone. */
function wireSender(pkg: PackageRow): string {
  const { from } = JSON.parse(pkg.metadata) as Partial<EdxmlMessage>;
  return typeof from === 'object' && typeof from.organId === 'string' ? from.organId : pkg.sender;
}

/** False when the content was removed at the end of its retention. */
async function isThere(blobs: BlobStore, pkg: PackageRow): Promise<boolean> {
  try {
    (await blobs.open(pkg.payload_sha256)).destroy();
    return true;
  } catch (cause) {
    if (cause instanceof StoreError && cause.code === 'BLOB_MISSING') return false;
    throw cause;
  }
}

async function replayOne(
  counterparties: ReadonlyMap<string, Counterparty> | null,
  pkg: PackageRow,
  delivery: DeliveryRow,
): Promise<ReplayedDelivery> {
  const { recipient, system, state } = delivery;
  const base = { recipient, system, state, remoteId: null, code: null };
  if (system === INBOX_SYSTEM)
    return {
      ...base,
      outcome: 'kept',
      vi: 'Nằm trong hộp đến tại trục, không gửi đi đâu',
      en: 'Lies in an inbox here; nothing is sent',
    };
  if (counterparties === null)
    return {
      ...base,
      outcome: 'not-possible',
      code: 'CONTENT_EXPIRED',
      vi: 'Nội dung gói tin đã được xoá theo thời hạn lưu',
      en: 'The content was removed at the end of its retention',
    };
  const counterparty = counterparties.get(system);
  if (counterparty === undefined)
    return {
      ...base,
      outcome: 'not-possible',
      vi: `Chưa có bộ mô phỏng cho hệ thống ${system} trong lệnh này`,
      en: `This command has no simulator for ${system}`,
    };
  try {
    const { signal } = new AbortController();
    const receipt = await counterparty.deliver({ delivery, package: pkg, signal });
    return {
      ...base,
      outcome: 'accepted',
      remoteId: receipt.remoteId,
      vi: 'Bên nhận thử đã nhận',
      en: 'The stand-in took it',
    };
  } catch (cause) {
    return { ...base, ...failure(cause) };
  }
}

function failure(cause: unknown): Pick<ReplayedDelivery, 'outcome' | 'code' | 'vi' | 'en'> {
  if (!(cause instanceof ConnectorError)) throw cause;
  const { code, vi, en, retryable } = cause;
  return { outcome: retryable ? 'failed' : 'refused', code, vi, en };
}
