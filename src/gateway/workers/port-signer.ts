/** A signer that lives in the main thread, used from a worker thread: the key's session, line and PIN stay in one place. */
import type { MessagePort } from 'node:worker_threads';
import {
  type Signer,
  type SigningDigest,
  SigningError,
  type SigningErrorCode,
  type SigningErrorDetails,
} from '../../signing/index.ts';

/** What a thread knows of the signer. */
export interface SignerFacts {
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly algorithm: Signer['algorithm'];
}

interface Question {
  readonly id: number;
  readonly data: Uint8Array;
  readonly digest: SigningDigest;
}

interface Answer {
  readonly id: number;
  readonly signature?: Uint8Array;
  readonly refusal?: { readonly code: SigningErrorCode; readonly details: SigningErrorDetails };
  readonly fault?: string;
}

/** Main thread: answers questions that come over `port` until it closes. */
export function serveSigner(port: MessagePort, signer: Pick<Signer, 'sign'>): void {
  port.on('message', ({ id, data, digest }: Question) => {
    signer.sign(data, digest).then(
      (signature) => port.postMessage({ id, signature } satisfies Answer),
      (cause: unknown) =>
        port.postMessage(
          cause instanceof SigningError
            ? { id, refusal: { code: cause.code, details: cause.details } }
            : { id, fault: cause instanceof Error ? cause.message : 'fault' },
        ),
    );
  });
}

/** Worker thread: the signer at the other end of `port`. */
export function signerBehind(port: MessagePort, facts: SignerFacts): Signer {
  const pending = new Map<number, { resolve(signature: Uint8Array): void; reject(cause: Error): void }>();
  let next = 1;
  port.on('message', (answer: Answer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.signature !== undefined) waiting?.resolve(answer.signature);
    else if (answer.refusal !== undefined)
      waiting?.reject(new SigningError(answer.refusal.code, { details: answer.refusal.details }));
    else waiting?.reject(new Error(answer.fault ?? 'fault'));
  });
  return {
    ...facts,
    sign: (data, digest) =>
      new Promise((resolve, reject) => {
        pending.set(next, { resolve, reject });
        port.postMessage({ id: next, data, digest } satisfies Question);
        next += 1;
      }),
  };
}
