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
