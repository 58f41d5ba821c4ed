/** Signs one file with all signatures asked for, in their order. */
import { SigningError } from '../../signing/index.ts';
import type { SignatureRequest } from '../exchange/index.ts';
import {
  type BlobStore,
  type FileOctets,
  joinLevels,
  type LevelState,
  removeLarge,
  type SigningItemRow,
  type SigningJobRow,
} from '../store/index.ts';
import type { KeyRing, Signed, SignOrder } from '../workers/index.ts';
import { joinKept, type Kept, keepResult } from './results.ts';

/** The signatures of one file. */
export function signaturesOf(job: SigningJobRow, item: SigningItemRow): SignatureRequest[] {
  return JSON.parse(item.sign ?? job.sign) as SignatureRequest[];
}

/**
 * The signatures of one file one by one. A number at issue and the seal after it are one request and two signatures: what the
 * seal signs is not known before the number is there.
 */
export function stepsOf(job: SigningJobRow, item: SigningItemRow): SignatureRequest[] {
  return signaturesOf(job, item).flatMap((request) => {
    if (request.issue === undefined || request.profile !== 'agency') return [request];
    const { issue: _issue, ...seal } = request;
    const { place: _place, ...number } = request;
    return [{ ...number, profile: 'issue' as const, reason: 'Cấp số, ngày ban hành' }, seal];
  });
}

/** Whether a number was to be put where one is printed already: then there is nothing to do. */
export function isPrintedAlready(request: SignatureRequest, cause: unknown): boolean {
  return (
    request.profile === 'issue' && cause instanceof SigningError && cause.details['already'] === 'printed'
  );
}

/** How far a file has come. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  /** Blob: the file so far. */
  readonly sha256: string;
  readonly levels: LevelState | null;
}

/** Of a file that waits; nothing done yet where there is no record. */
export function progressOf(item: SigningItemRow): Progress {
  const none = { step: 0, sha256: item.sha256, levels: null };
  if (item.progress === null || item.signed_sha256 === null) return none;
  const { step, levels } = JSON.parse(item.progress) as Pick<Progress, 'step' | 'levels'>;
  return { step, levels, sha256: item.signed_sha256 };
}

/** An order for one signature on `pdf`. */
export function orderOf(
  job: SigningJobRow,
  item: SigningItemRow,
  request: SignatureRequest,
  pdf: FileOctets,
): SignOrder {
  return {
    agency: job.agency,
    request,
    pdf,
    name: item.name,
    urgency: job.total > 1 ? 'batch' : 'person',
    context: { documentCode: item.document_code, signerName: item.signer_name ?? undefined },
    ...(item.signing_time === null ? {} : { signingTime: item.signing_time }),
    ...(job.person_id === null ? {} : { personId: job.person_id }),
  };
}

/** What several signatures on one file came to. */
export interface SignedInOrder {
  /** The file with all of them. A large one is the caller's to remove (`removeLarge`). */
  readonly pdf: FileOctets;
  readonly kept: Kept;
  readonly levels: LevelState;
}

/**
 * Signs with each order in turn, each over what the one before made, and keeps the results; durable when it resolves.
 * @param withFile whether the signed file itself is kept, at the levels it has come to.
 * @throws SigningError, ExchangeError
 */
export async function signInOrder(
  parts: { readonly blobs: BlobStore; readonly keyRing: KeyRing },
  first: FileOctets,
  orders: readonly ((pdf: FileOctets) => SignOrder)[],
  withFile: (levels: LevelState) => boolean,
): Promise<SignedInOrder> {
  let pdf = first;
  let kept: Kept | null = null;
  let levels: LevelState | null = null;
  const forget = () => (pdf === first ? Promise.resolve() : removeLarge(pdf));
  try {
    for (const order of orders) {
      const signed = await parts.keyRing.signChecked(order(pdf));
      await forget();
      pdf = signed.pdf;
      levels = joinLevels(levels, signed);
      kept = joinKept(kept?.evidence ?? null, await keepResult(parts.blobs, signed, withFile(levels)));
    }
  } catch (cause) {
    await forget();
    throw cause;
  }
  if (kept === null || levels === null) throw new TypeError('no signature asked for');
  return { pdf, kept, levels };
}

/** One file after what could be signed now. */
export interface ItemOutcome {
  readonly kept: Kept;
  readonly levels: LevelState;
  /** Steps done; null: all of them. */
  readonly step: number | null;
}

/** Signs one step; null: it has nothing to do. */
async function signStep(keyRing: KeyRing, order: SignOrder): Promise<Signed | null> {
  try {
    return await keyRing.signChecked(order);
  } catch (cause) {
    if (isPrintedAlready(order.request, cause)) return null;
    throw cause;
  }
}

/**
 * Signs a file of a job from where it stands, up to the first signature that is not free now, and keeps the results; durable
 * when it resolves.
 * @throws SigningError, ExchangeError
 */
export async function signItem(
  parts: { readonly blobs: BlobStore; readonly keyRing: KeyRing },
  job: SigningJobRow,
  item: SigningItemRow,
  isFree: (item: SigningItemRow, step: number, request: SignatureRequest) => Promise<boolean>,
): Promise<ItemOutcome> {
  const steps = stepsOf(job, item);
  const before = progressOf(item);
  let { levels } = before;
  let kept: Kept | null = null;
  let pdf = await parts.blobs.fileOf(before.sha256);
  let at = before.step;
  const first = pdf;
  const forget = () => (pdf === first ? Promise.resolve() : removeLarge(pdf));
  try {
    for (const request of steps.slice(before.step)) {
      if (kept !== null && !(await isFree(item, at, request))) break;
      at += 1;
      const signed = await signStep(parts.keyRing, orderOf(job, item, request, pdf));
      if (signed === null) continue;
      await forget();
      pdf = signed.pdf;
      levels = joinLevels(levels, signed);
      kept = joinKept(kept?.evidence ?? item.evidence, await keepResult(parts.blobs, signed));
    }
  } finally {
    await forget();
  }
  if (kept === null || levels === null) throw new TypeError('a job without signatures');
  return { kept, levels, step: at < steps.length ? at : null };
}
