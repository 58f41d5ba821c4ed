/** Process: verify what a package carries, then route it. Runs after acceptance, at least once, with one effect. */
import { DOSSIER_KINDS, type EdxmlStatus } from '../../packages/index.ts';
import type { NewEvent } from '../evidence/index.ts';
import {
  claimPackage,
  type DeliveryRow,
  findEarlierStatuses,
  findPackage,
  insertVerifications,
  listDeliveries,
  type PackageRow,
  type Queries,
} from '../store/index.ts';
import { arbiterFor, type Fate } from './checks/arrival.ts';
import { sendRefusals } from './checks/refuse.ts';
import { route, UNKNOWN_DOCUMENT } from './checks/route.ts';
import { reportRows, verdictEvent, verifyAttachments, verifyComponents } from './checks/verify.ts';
import type { Exchange } from './ports.ts';
import { applyEarlierRequests, applyRequest } from './recall/request.ts';
import { GATEWAY_SYSTEM } from './routing.ts';
import { applyOwnAnswer, applyStatus } from './status/track.ts';

/**
 * Verifies and routes one accepted package. Repeating it changes nothing.
 * @param attempt 1 for the first try; a fault of the verifier itself is tried again, then told on the timeline.
 */
export async function processPackage(x: Exchange, packageId: string, attempt = 1): Promise<void> {
  const pkg = await findPackage(x.store.read, packageId);
  if (pkg === undefined) return;
  if (pkg.state !== 'accepted') {
    // Decided when it was taken in: what its recipients' policies refuse is answered now.
    if (pkg.state === 'attention') await sendRefusals(x, pkg.id);
    return;
  }
  if (pkg.kind === 'status') {
    // Statuses on one document take effect in the order they were accepted, however the broker hands them out.
    for (const earlier of await findEarlierStatuses(x.store.read, pkg)) await processPackage(x, earlier);
  }
  const checked =
    pkg.kind === 'document' || pkg.kind === 'status'
      ? await verifyAttachments(x, pkg, attempt)
      : Object.hasOwn(DOSSIER_KINDS, pkg.kind)
        ? await verifyComponents(x, pkg, attempt)
        : [];
  x.atPoint('C10');
  const now = x.now();
  const queued = await x.store.write(async (tx) => {
    if (!(await claimPackage(tx, packageId, now))) return 0;
    await insertVerifications(tx, reportRows(packageId, checked, now));
    const deliveries = await listDeliveries(tx, packageId);
    const arbiter = await arbiterFor(
      x,
      tx,
      deliveries.map(({ recipient }) => recipient),
    );
    const events: NewEvent[] = checked.map(verdictEvent);
    if (pkg.kind === 'document') await applyRequest(x, tx, pkg, now);
    const strange = pkg.kind === 'status' && !(await trackStatus(x, tx, pkg, now)) ? UNKNOWN_DOCUMENT : null;
    const fateOf = (delivery: DeliveryRow): Fate =>
      strange === null ? arbiter(pkg, delivery, checked) : { hold: strange, events: [] };
    const routed = await route(x, tx, pkg, events, fateOf, now);
    await applyEarlierRequests(x, tx, pkg, now);
    return routed;
  });
  for (const item of checked) x.metrics.verdict(item.report?.verdict ?? 'SKIPPED');
  if (queued > 0) x.wakeRelay();
  await sendRefusals(x, packageId);
}

/** Processes a package that was just kept, without the way over the broker. Never rejects: what fails here the sweep announces. */
export async function processDirect(x: Exchange, { id, urgency }: PackageRow): Promise<void> {
  try {
    await x.lanes.run(GATEWAY_SYSTEM, urgency, () => processPackage(x, id));
  } catch (cause) {
    if (!x.lanes.signal.aborted)
      x.log.warn({ err: cause, packageId: id }, 'direct processing left to the sweep');
  }
}

async function trackStatus(x: Exchange, tx: Queries, pkg: PackageRow, now: number): Promise<boolean> {
  const status = JSON.parse(pkg.metadata) as EdxmlStatus;
  const isOurs = !x.counterparties.has(pkg.origin);
  if (status.statusCode === '13') return (await applyRequest(x, tx, pkg, now)) !== null || isOurs;
  const documentPackage = await applyStatus(tx, status, pkg, now);
  if (documentPackage !== null)
    await tx.updateTable('packages').set({ correlates: documentPackage }).where('id', '=', pkg.id).execute();
  else if (isOurs) await applyOwnAnswer(x, tx, status, pkg, now);
  // A status about a document that went past us between two others is only passed on.
  return documentPackage !== null || isOurs;
}
