import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { modeOf, type SimulatorContext } from './server.ts';

/** Writes one effect down; the same `key` a second time shows as a duplicate in the ledger. */
export async function recordEffect(
  context: SimulatorContext,
  kind: string,
  key: string,
  body: unknown,
  to: string,
): Promise<void> {
  const sha256 = createHash('sha256')
    .update(JSON.stringify(body) ?? '')
    .digest('hex');
  await context.ledger.append({ kind, id: key, key, sha256, from: 'lienthong', to: [to] });
}

/** False when the credentials are wrong or the simulator was told to refuse them. */
export function isAuthorized(res: Response, given: string | undefined, wanted: string): boolean {
  return modeOf(res) !== 'wrong-session' && given === wanted;
}

/** Paths of the fields a zod check found wrong, for refusals. */
export function fieldsOf(error: { issues: readonly { path: readonly PropertyKey[] }[] }): string {
  return [...new Set(error.issues.map((issue) => issue.path.map(String).join('.')))].join(', ');
}
