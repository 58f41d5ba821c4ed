/** What the signing service of the gateway is asked, and answers. */
import type { Person } from '../access/index.ts';
import type { SignatureRequest } from '../exchange/index.ts';
import type { SigningItemRow, SigningJobRow } from '../store/index.ts';

/** One file to sign; its bytes are in the blob store. */
export interface FileToSign {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly documentCode: string;
  readonly signerName?: string | undefined;
  /** Where this file differs from the rest (place, arrival number); default: as the job. */
  readonly sign?: readonly SignatureRequest[] | undefined;
  /** The officer's request it answers. */
  readonly requestId?: string | undefined;
}

/** Who asks. */
export interface Asker {
  readonly agency: string;
  readonly actor: string;
  readonly person?: Person | undefined;
}

/** A job to make. */
export interface NewJob extends Asker {
  readonly sign: readonly SignatureRequest[];
  readonly files: readonly FileToSign[];
  readonly idempotencyKey?: string | undefined;
}

/** A job as it stands, with what its holder still has to give. */
export interface JobState {
  readonly job: SigningJobRow;
  /** What to give at `authorisation`; null: nothing. */
  readonly needs: { readonly pin: boolean; readonly otp: boolean } | null;
}

/** A file with its job. */
export interface ItemOfJob {
  readonly job: SigningJobRow;
  readonly item: SigningItemRow;
}
