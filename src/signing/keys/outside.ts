/** Signers whose key is not in this process: a token, an HSM, a signing service. */
import type { Signer } from '../ports.ts';

/** A signer that answers only as fast as what holds its key. */
export interface OutsideSigner extends Signer {
  /** Signatures it makes at the same time; more wait in line. */
  readonly parallel: number;
  /** Signatures asked for and not there yet. */
  waiting(): number;
  /** Lets go of sessions and rights; pending signatures fail. */
  close(): Promise<void>;
}
