/** The state of a package, from its deliveries. */
import { type DeliveryRow, type Queries, setPackageState } from '../../store/index.ts';

/**
 * A package's state from its deliveries: what is still to be routed keeps it accepted, or nobody would route it; anything parked needs
 * attention; all handed over is delivered.
 */
export function packageStateOf(states: readonly string[]): string {
  if (states.length === 0) return 'done';
  if (states.includes('accepted')) return 'accepted';
  if (states.includes('parked')) return 'attention';
  if (states.every((state) => state === 'refused')) return 'refused';
  if (states.every((state) => state === 'withdrawn')) return 'withdrawn';
  if (states.every((state) => ['delivered', 'available', 'fetched', 'refused', 'withdrawn'].includes(state)))
    return 'delivered';
  return 'in-progress';
}

/** Recomputes and stores it. */
export async function refreshPackageState(tx: Queries, packageId: string, now: number): Promise<void> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('state')
    .distinct()
    .where('package_id', '=', packageId)
    .execute();
  await setPackageState(
    tx,
    packageId,
    packageStateOf(rows.map((row: Pick<DeliveryRow, 'state'>) => row.state)),
    now,
  );
}
