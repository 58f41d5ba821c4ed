/** A page of packages as one agency, or whoever sees all, looks at them: newest first, paged by id, never counted. */
import type { Queries } from '../database.ts';
import type { PackageRow } from '../schema.ts';

/** Which packages, and which page of them. */
export interface PackagePage {
  /** Seen from `agencies`: handed in by them, arrived in their inboxes, or either. */
  readonly direction: 'both' | 'sent' | 'received';
  /** A kind, `main` (everything but status answers), or undefined for all. */
  readonly kind?: string | undefined;
  readonly state?: string | undefined;
  /** packageId after which to go on. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/**
 * Reads one page. What was sent and what was received are two walks along an index each, of which the newest are taken: one
 * query for either would read all that others have between two of an agency's own.
 */
export async function findPackagePage(
  tx: Queries,
  agencies: readonly string[],
  page: PackagePage,
): Promise<PackageRow[]> {
  const sent = page.direction === 'received' ? [] : await sentBy(tx, agencies, page);
  const received = page.direction === 'sent' ? [] : await receivedBy(tx, agencies, page);
  const all = new Map([...sent, ...received].map((row) => [row.id, row]));
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, page.limit);
}

function sentBy(tx: Queries, agencies: readonly string[], page: PackagePage): Promise<PackageRow[]> {
  let query = tx
    .selectFrom('packages')
    .selectAll('packages')
    .where('sender', 'in', [...agencies])
    .orderBy('id', 'desc')
    .limit(page.limit);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.kind === 'main') query = query.where('kind', '!=', 'status');
  else if (page.kind !== undefined) query = query.where('kind', '=', page.kind);
  if (page.state !== undefined) query = query.where('state', '=', page.state);
  return query.execute();
}

function receivedBy(tx: Queries, agencies: readonly string[], page: PackagePage): Promise<PackageRow[]> {
  let query = tx
    .selectFrom('deliveries')
    .innerJoin('packages', 'packages.id', 'deliveries.package_id')
    .selectAll('packages')
    .where('deliveries.recipient', 'in', [...agencies])
    // In the inbox, or kept back or returned because of its signatures, which its recipient must see.
    .where((eb) =>
      eb.or([
        eb('deliveries.seq', 'is not', null),
        eb('deliveries.reason_code', 'in', ['SIGNATURE_FAILED', 'SIGNATURE_REFUSED']),
      ]),
    )
    .orderBy('deliveries.package_id', 'desc')
    .limit(page.limit);
  if (page.before !== undefined) query = query.where('deliveries.package_id', '<', page.before);
  if (page.kind === 'main') query = query.where('packages.kind', '!=', 'status');
  else if (page.kind !== undefined) query = query.where('packages.kind', '=', page.kind);
  if (page.state !== undefined) query = query.where('packages.state', '=', page.state);
  return query.execute();
}
