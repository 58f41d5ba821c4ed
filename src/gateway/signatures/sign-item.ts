/** Signs one file of a job, with all signatures asked for, in their order. */
import type { SignatureRequest } from '../exchange/index.ts';
import {
  type BlobStore,
  joinLevels,
  type LevelState,
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
  pdf: Uint8Array,
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

/**
 * Signs it and keeps the result; durable when it resolves.
 * @throws SigningError, ExchangeError
 */
export async function signItem(
  parts: { readonly blobs: BlobStore; readonly keyRing: KeyRing },
  job: SigningJobRow,
  item: SigningItemRow,
): Promise<{ kept: Kept; levels: LevelState }> {
  let pdf: Uint8Array = await parts.blobs.read(item.sha256);
  let kept: Kept | null = null;
  let levels: LevelState | null = null;
  for (const request of signaturesOf(job, item)) {
    const signed = await parts.keyRing.signChecked(orderOf(job, item, request, pdf));
    pdf = signed.pdf;
    kept = await keepResult(parts.blobs, signed);
    levels = joinLevels(levels, signed);
  }
  if (kept === null || levels === null) throw new TypeError('a job without signatures');
  return { kept, levels };
}
