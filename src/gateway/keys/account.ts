/** Accounts of signing services: one JSON file each, readable by its owner alone. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type CscAccount, SigningError } from '../../signing/index.ts';

const secret = z.string().min(1).max(500);
const account = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('basic'), username: secret, password: secret }),
  z.strictObject({
    type: z.literal('client'),
    clientId: secret,
    clientSecret: secret,
    tokenUrl: z.url({ protocol: /^https?$/ }).optional(),
  }),
  z.strictObject({ type: z.literal('token'), accessToken: z.string().min(1).max(8192) }),
]);

/**
 * Reads an account, e.g. `{"type":"client","clientId":"…","clientSecret":"…"}`.
 * @throws SigningError REMOTE_LOGIN_REFUSED naming the fault, never a value
 */
export async function readAccount(file: string): Promise<CscAccount> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new SigningError('REMOTE_LOGIN_REFUSED', {
      cause,
      details: { reason: `the account file ${file} cannot be read as JSON` },
    });
  }
  const parsed = account.safeParse(value);
  if (parsed.success) {
    const { tokenUrl, ...rest } = { tokenUrl: undefined, ...parsed.data };
    return (tokenUrl === undefined ? rest : { ...rest, tokenUrl }) as CscAccount;
  }
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'type').join(', ');
  throw new SigningError('REMOTE_LOGIN_REFUSED', { details: { reason: `account file: ${fields}` } });
}
