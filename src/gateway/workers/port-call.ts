/** Questions and answers over a message port: what lives in the main thread (keys, authorities) is asked from worker threads. */
import type { MessagePort } from 'node:worker_threads';
import { SigningError, type SigningErrorCode, type SigningErrorDetails } from '../../signing/index.ts';

interface Asked<Q> {
  readonly id: number;
  readonly question: Q;
}

/** An error's class does not survive the way between threads, so a refusal goes as data. */
interface Answer {
  readonly id: number;
  readonly octets?: Uint8Array;
  readonly refusal?: { readonly code: SigningErrorCode; readonly details: SigningErrorDetails };
  readonly fault?: string;
}

/** Main thread: answers questions that come over `port` until it closes. */
export function answerCalls<Q>(port: MessagePort, answer: (question: Q) => Promise<Uint8Array>): void {
  port.on('message', ({ id, question }: Asked<Q>) => {
    answer(question).then(
      (octets) => port.postMessage({ id, octets } satisfies Answer),
      (cause: unknown) =>
        port.postMessage(
          cause instanceof SigningError
            ? { id, refusal: { code: cause.code, details: cause.details } }
            : { id, fault: cause instanceof Error ? cause.message : 'fault' },
        ),
    );
  });
}

/** Worker thread: asks the other end of `port`. The function throws SigningError where the other end does. */
export function callerOver<Q>(port: MessagePort): (question: Q) => Promise<Uint8Array> {
  const pending = new Map<number, { resolve(octets: Uint8Array): void; reject(cause: Error): void }>();
  let next = 1;
  port.on('message', (answer: Answer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.octets !== undefined) waiting?.resolve(answer.octets);
    else if (answer.refusal !== undefined)
      waiting?.reject(new SigningError(answer.refusal.code, { details: answer.refusal.details }));
    else waiting?.reject(new Error(answer.fault ?? 'fault'));
  });
  return (question) =>
    new Promise((resolve, reject) => {
      pending.set(next, { resolve, reject });
      port.postMessage({ id: next, question } satisfies Asked<Q>);
      next += 1;
    });
}
