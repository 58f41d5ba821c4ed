/** API tokens: `lt_<id>_<secret>`, 256 random bits, only their SHA-256 is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type ApiTokenRow, newId, type Queries, readTogether, type Store } from '../store/index.ts';

/** What a holder may do. */
export const ROLES = ['clerk', 'officer', 'system', 'operator', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking. Operators and auditors see every agency; operators of one agency still act for it alone. */
export interface Principal {
  readonly tokenId: string;
  readonly agency: string;
  readonly role: Role;
  /** The officer whose token it is, where the operator said so. */
  readonly person?: Person;
}

/** A person as documents name them and as certificates identify them. */
export interface Person {
  readonly name: string;
  /** `CCCD:…` and the like; null when the operator did not say. */
  readonly id: string | null;
}

const TOKEN = /^lt_([0-9a-z_]{1,40})_([0-9a-f]{64})$/;

function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Makes a token; the returned text is the only time it can be seen. */
export async function createToken(
  store: Store,
  agency: string,
  role: Role,
  now: number,
  person: Person | null = null,
): Promise<{ id: string; token: string }> {
  const id = newId('tok', now);
  const secret = randomBytes(32).toString('hex');
  await store.write((tx) =>
    tx
      .insertInto('api_tokens')
      .values({
        id,
        agency,
        role,
        hash: hashSecret(secret),
        created_at: now,
        revoked_at: null,
        person_name: person?.name ?? null,
        person_id: person?.id ?? null,
      })
      .execute(),
  );
  return { id, token: `lt_${id}_${secret}` };
}

export async function revokeToken(store: Store, id: string, now: number): Promise<boolean> {
  const result = await store.write((tx) =>
    tx
      .updateTable('api_tokens')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst(),
  );
  return Number(result.numUpdatedRows) === 1;
}

const findToken = readTogether(async (tx: Queries, ids: readonly string[]) => {
  const rows = await tx
    .selectFrom('api_tokens')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id));
});

/** @returns the holder, or null when the token is unknown, wrong or revoked. */
export async function authenticateToken(tx: Queries, token: string): Promise<Principal | null> {
  const match = TOKEN.exec(token);
  if (match === null) return null;
  const row = await findToken(tx, match[1] ?? '');
  const given = Buffer.from(hashSecret(match[2] ?? ''), 'hex');
  // Compare also when the id is unknown, so that time tells nothing about ids.
  const known = Buffer.from(row?.hash ?? '0'.repeat(64), 'hex');
  if (!timingSafeEqual(given, known) || row === undefined || row.revoked_at !== null) return null;
  return principalOf(row);
}

/** Who a token's row stands for. */
export function principalOf(
  row: Pick<ApiTokenRow, 'id' | 'agency' | 'role' | 'person_name' | 'person_id'>,
): Principal {
  const holder = { tokenId: row.id, agency: row.agency, role: row.role as Role };
  if (row.person_name === null) return holder;
  return { ...holder, person: { name: row.person_name, id: row.person_id } };
}

/** Who the tokens `ids` stand for, revoked ones too; an unknown id is left out. */
export async function findHolders(
  tx: Queries,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Principal>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('api_tokens')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
  return new Map(rows.map((row) => [row.id, principalOf(row)]));
}

/** Agencies whose packages `principal` may see; null: all. */
export function visibleAgencies(principal: Principal): readonly string[] | null {
  return principal.role === 'operator' || principal.role === 'auditor' ? null : [principal.agency];
}

/** Whether what belongs to `agency` is `principal`'s to see. */
export function maySee(principal: Principal, agency: string): boolean {
  return visibleAgencies(principal)?.includes(agency) ?? true;
}

/** Whether `principal` may act (send, answer) for `agency`. Auditors only look. */
export function mayActFor(principal: Principal, agency: string): boolean {
  return principal.role !== 'auditor' && principal.agency === agency;
}

/** How many tokens that are not revoked may act for one of `codes`. */
export async function countTokensFor(tx: Queries, codes: readonly string[]): Promise<number> {
  const rows = await tx
    .selectFrom('api_tokens')
    .select('id')
    .where('agency', 'in', [...codes])
    .where('role', '!=', 'auditor')
    .where('revoked_at', 'is', null)
    .execute();
  return rows.length;
}
