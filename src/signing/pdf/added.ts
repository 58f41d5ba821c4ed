/** What a file signed elsewhere has that the file handed out had not. */
import { SigningError } from '../errors.ts';
import type { ChangeAfterSigning } from '../facts.ts';
import { changesAfter, openHistory } from './changes/revisions.ts';
import { DEFAULT_PDF_LIMITS } from './syntax/xref.ts';

/**
 * Compares a file with what came back of it. `allowed` is what a signature brings with it: its field, its look, validation data.
 * @returns null when it is another file: its front is not, octet for octet, the one handed out.
 * @throws SigningError PDF_INVALID, PDF_TOO_LARGE
 */
export function addedSince(original: Uint8Array, returned: Uint8Array): ChangeAfterSigning[] | null {
  if (returned.length <= original.length) return null;
  if (Buffer.compare(returned.subarray(0, original.length), original) !== 0) return null;
  const before = openHistory(original, DEFAULT_PDF_LIMITS).revisions.at(-1);
  if (before === undefined) throw new SigningError('PDF_INVALID');
  return changesAfter(openHistory(returned, DEFAULT_PDF_LIMITS), before, before.end).map(
    ({ kind, level, object }) => ({
      kind,
      allowed: level === 'signing' || level === 'validation',
      object,
    }),
  );
}
