/** The time-stamping authorities, asked from worker threads: one client for the process keeps to four requests at a time. */
import { createHash } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import {
  inPieces,
  type SigningDigest,
  type TimestampAuthority,
  type TsaClient,
} from '../../signing/index.ts';
import { answerCalls, callerOver } from './port-call.ts';

interface Question {
  readonly imprint: Uint8Array;
  readonly digest: SigningDigest;
}

/** Main thread: asks the authorities what comes over `port` until it closes. */
export function serveAuthority(port: MessagePort, client: Pick<TsaClient, 'stampImprint'>): void {
  answerCalls<Question>(port, ({ imprint, digest }) => client.stampImprint(imprint, digest));
}

/** Worker thread: the authority at the other end of `port`. Only digests leave the thread. */
export function authorityBehind(port: MessagePort): TimestampAuthority {
  const ask = callerOver<Question>(port);
  return {
    timestamp(data, digest) {
      const hash = createHash(digest);
      for (const octets of data instanceof Uint8Array ? [data] : data)
        for (const piece of inPieces(octets)) hash.update(piece);
      return ask({ imprint: new Uint8Array(hash.digest()), digest });
    },
  };
}
