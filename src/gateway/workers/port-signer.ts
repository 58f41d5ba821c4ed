/** A signer that lives in the main thread, used from a worker thread: the key's session, line and PIN stay in one place. */
import type { MessagePort } from 'node:worker_threads';
import type { Signer, SigningDigest } from '../../signing/index.ts';
import { answerCalls, callerOver } from './port-call.ts';

/** What a thread knows of the signer. */
export interface SignerFacts {
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly algorithm: Signer['algorithm'];
}

interface Question {
  readonly data: Uint8Array;
  readonly digest: SigningDigest;
}

/** Main thread: signs what is asked for over `port` until it closes. */
export function serveSigner(port: MessagePort, signer: Pick<Signer, 'sign'>): void {
  answerCalls<Question>(port, ({ data, digest }) => signer.sign(data, digest));
}

/** Worker thread: the signer at the other end of `port`. */
export function signerBehind(port: MessagePort, facts: SignerFacts): Signer {
  const ask = callerOver<Question>(port);
  return { ...facts, sign: (data, digest) => ask({ data, digest }) };
}
