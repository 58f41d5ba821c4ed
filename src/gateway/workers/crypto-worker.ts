/** Runs in a worker thread: signature checks and PDF signing, so that the event loop only moves bytes. */
import {
  type EvidenceItem,
  type NamedFile,
  SigningError,
  type SigningErrorCode,
  type SigningErrorDetails,
  type VerificationReport,
  verifyFile,
} from '../../signing/index.ts';
import { type OnlineTrust, openOnlineTrust, type RevocationSettings } from '../pki/index.ts';
import { type ReportContext, reportPdf } from '../report/index.ts';
import { type TrustSet, watchTrustSet } from '../trust/index.ts';
import { type Raised, type RaiseTask, raiseChecked } from './raise-task.ts';
import { dataToSign, type Signed, type SignTask, signChecked, type Trust } from './sign-task.ts';

/** Whom threads trust and whom they may ask; the same for every task. */
export interface WorkerPki {
  readonly trustSets: readonly string[];
  readonly revocation: RevocationSettings;
}

/** Messages are plain data; byte arrays are transferred. */
export interface VerifyTask {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Files a detached signature may cover. */
  readonly contents?: readonly NamedFile[];
  readonly trustDir: string;
  readonly pki: WorkerPki;
  readonly now: number;
  /** Hand back the octets the verdict stands on, too. */
  readonly withEvidence?: boolean;
}

/** A verdict and, when asked for, what it stands on. */
export interface Verified {
  readonly report: VerificationReport;
  readonly evidence: readonly EvidenceItem[];
}

/** An error's class and code do not survive the way between threads, so a refusal is told as data. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly refusal: { readonly code: SigningErrorCode; readonly details: SigningErrorDetails } };

async function told<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (cause) {
    if (cause instanceof SigningError) return { refusal: { code: cause.code, details: cause.details } };
    throw cause;
  }
}

const trustSets = new Map<string, () => Promise<TrustSet>>();

/** Checks one file with the trust folder's anchors and lists, and what the allowed authorities answer. */
export function verify(task: VerifyTask): Promise<Outcome<Verified>> {
  return told(() => verifyNow(task));
}

async function verifyNow(task: VerifyTask): Promise<Verified> {
  const set = await trustSet(task.trustDir, task.pki.trustSets);
  const evidence = new Map<string, EvidenceItem>();
  const onEvidence = (item: EvidenceItem): void => {
    if (task.withEvidence === true) evidence.set(item.sha256, item);
  };
  const report = await verifyFile(
    { name: task.name, bytes: task.bytes, contents: task.contents ?? [] },
    { ...set, now: new Date(task.now), ...onlineTrust(task.pki.revocation), onEvidence },
  );
  return { report, evidence: [...evidence.values()] };
}

let online: { readonly settings: string; readonly trust: OnlineTrust | null } | null = null;

/** One client per thread, so that what it fetched and what failed is known to the next file. */
function onlineTrust(settings: RevocationSettings): OnlineTrust | null {
  const key = JSON.stringify(settings);
  if (online?.settings !== key) online = { settings: key, trust: openOnlineTrust(settings) };
  return online.trust;
}

function trustSet(folder: string, sets: readonly string[]): Promise<TrustSet> {
  let read = trustSets.get(folder);
  if (read === undefined) {
    read = watchTrustSet(folder, sets);
    trustSets.set(folder, read);
  }
  return read();
}

/** Signs one PDF; see `signChecked`. */
export function sign(task: SignTask): Promise<Outcome<Signed>> {
  return told(async () => signChecked(task, await trustFor(task)));
}

/** See `dataToSign`. */
export function prepare(task: SignTask): Promise<Outcome<Uint8Array>> {
  return told(() => dataToSign(task));
}

/** Completes the level of one file; see `raiseChecked`. */
export function raise(task: RaiseTask): Promise<Outcome<Raised>> {
  return told(async () => raiseChecked(task, await trustFor(task)));
}

async function trustFor(task: Pick<SignTask, 'pki' | 'trustDir'>): Promise<Trust> {
  const { revocation } = onlineTrust(task.pki.revocation) ?? {};
  return {
    ...(await trustSet(task.trustDir, task.pki.trustSets)),
    ...(revocation === undefined ? {} : { revocation }),
  };
}

/** Draws a report: fonts and pages cost time that the event loop has not. */
export function report(task: {
  readonly report: VerificationReport;
  readonly context: ReportContext;
}): Promise<Outcome<Uint8Array>> {
  return told(() => reportPdf(task.report, task.context));
}
