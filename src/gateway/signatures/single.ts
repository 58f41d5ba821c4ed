/** A signature given back in the same request: checked and recorded like any other, the file kept only to complete its level. */
import type { Exchange, SignatureRequest } from '../exchange/index.ts';
import {
  type FileOctets,
  insertSigningJob,
  isBelow,
  type LevelState,
  queueCompletion,
  removeLarge,
  sizeOf,
} from '../store/index.ts';
import type { KeyRing } from '../workers/index.ts';
import { levelColumns } from './results.ts';
import { rowsOf } from './rows.ts';
import { signInOrder } from './sign-item.ts';
import type { Asker } from './types.ts';

/** What to sign at once. */
export interface SingleRequest extends Asker {
  readonly sign: readonly SignatureRequest[];
  readonly name: string;
  readonly pdf: FileOctets;
  readonly sha256: string;
  readonly documentCode: string;
  readonly signerName?: string | undefined;
}

/**
 * Signs with all signatures asked for. The record is durable when it resolves.
 * @returns the signed file, a large one for the caller to remove, and the id its record has among the jobs.
 * @throws SigningError, ExchangeError
 */
export async function signSingle(
  parts: { readonly x: Exchange; readonly keyRing: KeyRing },
  request: SingleRequest,
): Promise<{ id: string; pdf: FileOctets; levels: LevelState }> {
  const { x, keyRing } = parts;
  const orders = request.sign.map((one) => (pdf: FileOctets) => ({
    agency: request.agency,
    request: one,
    pdf,
    name: request.name,
    context: { documentCode: request.documentCode, signerName: request.signerName },
    personId: request.person?.id ?? undefined,
  }));
  const over = { blobs: x.blobs, keyRing };
  const { pdf, kept, levels } = await signInOrder(over, request.pdf, orders, isBelow);
  const signedSha256 = kept.signed_sha256;
  const { name, sha256, documentCode, signerName } = request;
  const file = { name, sha256, size: sizeOf(request.pdf), documentCode, signerName };
  const { job, items } = rowsOf({ ...request, files: [file] }, x.now());
  const done = items.map((item) => ({ ...item, ...kept, ...levelColumns(levels), state: 'signed' }));
  const record = x.store.write(async (tx) => {
    await insertSigningJob(tx, { ...job, state: 'done', signed: 1 }, done);
    await queueCompletion(
      tx,
      {
        agency: request.agency,
        source: 'item',
        sourceId: `${job.id}/1`,
        name,
        sha256: signedSha256,
        state: levels,
      },
      x.now(),
    );
  });
  await record.catch(async (cause: unknown) => {
    await removeLarge(pdf);
    throw cause;
  });
  return { id: job.id, pdf, levels };
}
