/** A request's body as a stream whose failures are the sender's, not ours. */
import type { Request } from 'express';
import { HttpError } from './problem.ts';

/** Yields the body. @throws HttpError UPLOAD_INCOMPLETE when the connection ends before the body does. */
export async function* bodyOf(req: Request): AsyncGenerator<Uint8Array> {
  try {
    // Left early (a limit), the connection stays: its answer has still to go out.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (cause) {
    throw new HttpError('UPLOAD_INCOMPLETE', { cause });
  }
}

/** Read before a refusal goes out, so that a sender that writes first and listens later can hear it; the rest is dropped after. */
const DRAIN_LIMIT_BYTES = 4 * 1024 * 1024;

/** Reads and drops what is left of a body, up to a limit. Never fails: the sender may be gone. */
export async function drain(req: Request): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      size += (chunk as Uint8Array).length;
      if (size > DRAIN_LIMIT_BYTES) break;
    }
  } catch {
    // Nobody is left to be told.
  }
  req.resume();
}
