/** Document systems that speak the VXP protocol to us: id, sealed secret, the agencies they may speak for. */
import type { Queries, Store } from '../store/index.ts';
import type { Sealer } from './sealing.ts';

export interface VxpSystem {
  readonly id: string;
  readonly secret: string;
  readonly agencies: readonly string[];
  /** How far its clock may be off; undefined: the gateway's own setting. */
  readonly windowSeconds?: number;
}

export async function addVxpSystem(
  store: Store,
  sealer: Sealer,
  system: VxpSystem,
  now: number,
): Promise<void> {
  const row = {
    id: system.id,
    secret_sealed: sealer.seal(system.secret, `vxp:${system.id}`),
    agencies: JSON.stringify(system.agencies),
    window_seconds: system.windowSeconds ?? null,
    created_at: now,
  };
  await store.write((tx) =>
    tx
      .insertInto('vxp_systems')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute(),
  );
}

export async function findVxpSystem(tx: Queries, sealer: Sealer, id: string): Promise<VxpSystem | null> {
  const row = await tx.selectFrom('vxp_systems').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    id,
    secret: sealer.open(row.secret_sealed, `vxp:${id}`),
    agencies: JSON.parse(row.agencies) as string[],
    ...(row.window_seconds === null ? {} : { windowSeconds: row.window_seconds }),
  };
}

/** Ids of the document systems that may speak for one of `codes`. */
export async function systemsSpeakingFor(tx: Queries, codes: readonly string[]): Promise<string[]> {
  const rows = await tx.selectFrom('vxp_systems').select(['id', 'agencies']).orderBy('id').execute();
  return rows
    .filter(({ agencies }) => (JSON.parse(agencies) as string[]).some((code) => codes.includes(code)))
    .map(({ id }) => id);
}
