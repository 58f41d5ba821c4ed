/** A signature given back in the same request: checked and recorded like any other, the file kept only to complete its level. */
import type { Exchange, SignatureRequest } from '../exchange/index.ts';
import { insertSigningJob, isBelow, joinLevels, type LevelState, queueCompletion } from '../store/index.ts';
import type { KeyRing } from '../workers/index.ts';
import { type Kept, keepResult, levelColumns } from './results.ts';
import { rowsOf } from './rows.ts';
import type { Asker } from './types.ts';

/** What to sign at once. */
export interface SingleRequest extends Asker {
  readonly sign: readonly SignatureRequest[];
  readonly name: string;
  readonly pdf: Uint8Array;
  readonly sha256: string;
  readonly documentCode: string;
  readonly signerName?: string | undefined;
}

/**
 * Signs with all signatures asked for. The record is durable when it resolves.
 * @returns the signed file and the id its record has among the jobs.
 * @throws SigningError, ExchangeError
 */
export async function signSingle(
  parts: { readonly x: Exchange; readonly keyRing: KeyRing },
  request: SingleRequest,
): Promise<{ id: string; pdf: Uint8Array; levels: LevelState }> {
  const { x, keyRing } = parts;
  let pdf = request.pdf;
  let kept: Kept | null = null;
  let levels: LevelState | null = null;
  for (const one of request.sign) {
    const signed = await keyRing.signChecked({
      agency: request.agency,
      request: one,
      pdf,
      name: request.name,
      context: { documentCode: request.documentCode, signerName: request.signerName },
      personId: request.person?.id ?? undefined,
    });
    pdf = signed.pdf;
    levels = joinLevels(levels, signed);
    kept = await keepResult(x.blobs, signed, isBelow(levels));
  }
  if (kept === null || levels === null) throw new TypeError('a request without signatures');
  const state = levels;
  const signedSha256 = kept.signed_sha256;
  const { name, sha256, documentCode, signerName } = request;
  const file = { name, sha256, size: request.pdf.length, documentCode, signerName };
  const { job, items } = rowsOf({ ...request, files: [file] }, x.now());
  const done = items.map((item) => ({ ...item, ...kept, ...levelColumns(state), state: 'signed' }));
  await x.store.write(async (tx) => {
    await insertSigningJob(tx, { ...job, state: 'done', signed: 1 }, done);
    await queueCompletion(
      tx,
      {
        agency: request.agency,
        source: 'item',
        sourceId: `${job.id}/1`,
        name,
        sha256: signedSha256,
        state,
      },
      x.now(),
    );
  });
  return { id: job.id, pdf, levels: state };
}
