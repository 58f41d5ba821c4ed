/** What every route that takes something in has in common: the scope of its Idempotency-Key, and its answer. */
import type { Request, Response } from 'express';
import type { Principal } from '../access/index.ts';
import { idempotencyKey } from './route.ts';

/** The request's Idempotency-Key, counted per agency and operation; undefined when none was given. @throws HttpError BAD_REQUEST */
export function idempotencyOf(
  req: Request,
  principal: Principal,
  operation: string,
): { scope: string; key: string } | undefined {
  const key = idempotencyKey(req);
  return key === undefined ? undefined : { scope: `${principal.agency}:${operation}`, key };
}

/**
 * Answers an acceptance: 202 and Location; the same body again for a repeat, marked in a header.
 * @param place where to look; default the package
 * @param more further fields of the body
 */
export function sendAccepted(
  res: Response,
  accepted: { packageId: string; documentId: string; repeated: boolean },
  place: string = `/api/v1/packages/${accepted.packageId}`,
  more: Readonly<Record<string, string>> = {},
): void {
  if (accepted.repeated) res.setHeader('Idempotent-Replay', 'true');
  const { packageId, documentId } = accepted;
  // Not by `json()`: it would make an entity tag of each answer, and nobody asks for this one again.
  res
    .status(202)
    .location(place)
    .type('json')
    .end(JSON.stringify({ packageId, documentId, state: 'accepted', ...more }));
}
