/** A signature given back in the same request: checked and recorded like any other, the file itself not kept. */
import type { Exchange, SignatureRequest } from '../exchange/index.ts';
import { insertSigningJob } from '../store/index.ts';
import type { KeyRing } from '../workers/index.ts';
import { type Kept, keepResult } from './results.ts';
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
): Promise<{ id: string; pdf: Uint8Array }> {
  const { x, keyRing } = parts;
  let pdf = request.pdf;
  let kept: Kept | null = null;
  for (const one of request.sign) {
    const signed = await keyRing.signChecked({
      agency: request.agency,
      request: one,
      pdf,
      context: { documentCode: request.documentCode, signerName: request.signerName },
      personId: request.person?.id ?? undefined,
    });
    pdf = signed.pdf;
    kept = await keepResult(x.blobs, signed, false);
  }
  const { name, sha256, documentCode, signerName } = request;
  const file = { name, sha256, size: request.pdf.length, documentCode, signerName };
  const { job, items } = rowsOf({ ...request, files: [file] }, x.now());
  const done = items.map((item) => ({ ...item, ...kept, state: 'signed' }));
  await x.store.write((tx) => insertSigningJob(tx, { ...job, state: 'done', signed: 1 }, done));
  return { id: job.id, pdf };
}
