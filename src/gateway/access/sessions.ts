/** Console sessions: a random cookie value whose hash points to the API token it was opened with. */
import { createHash, randomBytes } from 'node:crypto';
import type { Store } from '../store/index.ts';
import { type Principal, principalOf } from './tokens.ts';

/** Eight hours: one working day. */
export const SESSION_MS = 8 * 3_600_000;

function hashOf(value: string): string {
  return createHash('sha256').update(value, 'utf8').digest('hex');
}

export async function openSession(store: Store, principal: Principal, now: number): Promise<string> {
  const value = randomBytes(32).toString('hex');
  await store.write(async (tx) => {
    await tx.deleteFrom('sessions').where('expires_at', '<', now).execute();
    await tx
      .insertInto('sessions')
      .values({ hash: hashOf(value), token_id: principal.tokenId, expires_at: now + SESSION_MS })
      .execute();
  });
  return value;
}

export async function closeSession(store: Store, value: string): Promise<void> {
  await store.write((tx) => tx.deleteFrom('sessions').where('hash', '=', hashOf(value)).execute());
}

/** @returns the holder, null when the session is unknown or over, or its token was revoked. */
export async function authenticateSession(
  store: Store,
  value: string,
  now: number,
): Promise<Principal | null> {
  const row = await store.read
    .selectFrom('sessions')
    .innerJoin('api_tokens', 'api_tokens.id', 'sessions.token_id')
    .select([
      'api_tokens.id',
      'api_tokens.agency',
      'api_tokens.role',
      'api_tokens.person_name',
      'api_tokens.person_id',
    ])
    .where('sessions.hash', '=', hashOf(value))
    .where('sessions.expires_at', '>', now)
    .where('api_tokens.revoked_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : principalOf(row);
}
