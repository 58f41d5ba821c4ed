/** What came from outside and can't be read or passed on. */
import { createHash } from 'node:crypto';
import { type PackageRow, UNREADABLE } from '../../store/index.ts';
import type { ExchangeError, Fault } from '../errors.ts';
import { keepPackage } from '../intake.ts';
import type { Exchange } from '../ports.ts';

/** What is wrong with a package of that kind, as it was told when it came; null for every other. */
export function arrivalFaults({
  kind,
  metadata,
  subject,
}: Pick<PackageRow, 'kind' | 'metadata' | 'subject'>): {
  readonly code: string;
  readonly vi: string;
  readonly faults: readonly Fault[];
} | null {
  if (kind !== UNREADABLE) return null;
  const { code = '', faults = [] } = JSON.parse(metadata) as { code?: string; faults?: Fault[] };
  return { code, vi: subject, faults };
}

/** Where it came from. */
export interface Unreadable {
  readonly system: string;
  /** What the system calls it. */
  readonly remoteId: string;
  /** Known by it when it comes again. */
  readonly inboxKey: string;
}

/** A package we cannot pass on is kept as it came, with the reason, for a person to see: it is never thrown away. */
export async function keepUnreadable(
  x: Exchange,
  { system, remoteId, inboxKey }: Unreadable,
  content: AsyncIterable<Uint8Array> | Uint8Array,
  cause: ExchangeError,
): Promise<void> {
  const blob = await x.blobs.put(content, x.settings.maxPackageBytes);
  const now = x.now();
  await keepPackage(x, {
    kind: UNREADABLE,
    sender: `system:${system}`,
    senderName: system,
    origin: system,
    actor: `system:${system}`,
    documentId: remoteId,
    documentKey: createHash('sha256').update(inboxKey).digest('hex'),
    requestSha256: blob.sha256,
    payloadSha256: blob.sha256,
    size: blob.size,
    subject: cause.vi,
    code: cause.code,
    priority: 0,
    urgency: 'normal',
    metadata: { code: cause.code, faults: cause.faults },
    inboxKey,
    events: [
      {
        type: 'parked',
        actor: 'gateway',
        data: { code: cause.code, reason: cause.vi, faults: cause.faults.slice(0, 20) },
      },
    ],
    deliveries: () => [],
    async also(tx, pkg) {
      await tx
        .updateTable('packages')
        .set({ state: 'attention', updated_at: now })
        .where('id', '=', pkg.id)
        .execute();
    },
  });
  x.log.warn({ system, code: cause.code }, 'an arrival could not be read; kept for a person to see');
}
