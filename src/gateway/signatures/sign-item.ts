/** Signs one file with all signatures asked for, in their order. */
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
import type { KeyRing, SignOrder } from '../workers/index.ts';
import { type Kept, keepResult } from './results.ts';

/** The signatures of one file. */
export function signaturesOf(job: SigningJobRow, item: SigningItemRow): SignatureRequest[] {
  return JSON.parse(item.sign ?? job.sign) as SignatureRequest[];
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
      kept = await keepResult(parts.blobs, signed, withFile(levels));
    }
  } catch (cause) {
    await forget();
    throw cause;
  }
  if (kept === null || levels === null) throw new TypeError('no signature asked for');
  return { pdf, kept, levels };
}

/**
 * Signs a file of a job and keeps the result; durable when it resolves.
 * @throws SigningError, ExchangeError
 */
export async function signItem(
  parts: { readonly blobs: BlobStore; readonly keyRing: KeyRing },
  job: SigningJobRow,
  item: SigningItemRow,
): Promise<{ kept: Kept; levels: LevelState }> {
  const file = await parts.blobs.fileOf(item.sha256);
  const orders = signaturesOf(job, item).map(
    (request) => (pdf: FileOctets) => orderOf(job, item, request, pdf),
  );
  const { pdf, kept, levels } = await signInOrder(parts, file, orders, () => true);
  await removeLarge(pdf);
  return { kept, levels };
}
