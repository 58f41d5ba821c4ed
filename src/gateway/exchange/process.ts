/** Process: verify what a package carries, then route it. Runs after acceptance, at least once, with one effect. */
import { DOSSIER_KINDS } from '../../packages/index.ts';
import {
  claimPackage,
  type DeliveryRow,
  findEarlierStatuses,
  findPackage,
  insertVerifications,
  listDeliveries,
  type PackageRow,
} from '../store/index.ts';
import { arbiterFor, type Fate } from './checks/arrival.ts';
import { sendRefusals } from './checks/refuse.ts';
import { route } from './checks/route.ts';
import {
  type Checked,
  reportRows,
  verdictEvent,
  verifyAttachments,
  verifyComponents,
} from './checks/verify.ts';
import type { Exchange } from './ports.ts';
import { applyEarlierRequests, applyRequest } from './recall/request.ts';
import { GATEWAY_SYSTEM } from './routing.ts';
import { applyEarlierStatuses, awaitLookers } from './status/early.ts';
import { settleStatus } from './status/together.ts';

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
  if (pkg.kind === 'status') return processStatus(x, pkg, attempt);
  const checked =
    pkg.kind === 'document'
      ? await verifyAttachments(x, pkg, attempt)
      : Object.hasOwn(DOSSIER_KINDS, pkg.kind)
        ? await verifyComponents(x, pkg, attempt)
        : [];
  x.atPoint('C10');
  const now = x.now();
  const queued = await x.store.write(async (tx) => {
    await awaitLookers(tx, [pkg]);
    if (!(await claimPackage(tx, packageId, now))) return 0;
    await insertVerifications(tx, reportRows(packageId, checked, now));
    const deliveries = await listDeliveries(tx, packageId);
    const arbiter = await arbiterFor(
      x,
      tx,
      deliveries.map(({ recipient }) => recipient),
    );
    if (pkg.kind === 'document') await applyRequest(x, tx, pkg, now);
    const fateOf = (delivery: DeliveryRow): Fate => arbiter(pkg, delivery, checked);
    const routed = await route(x, tx, [{ pkg, events: checked.map(verdictEvent), fateOf }], now);
    await applyEarlierRequests(x, tx, pkg, now);
    await applyEarlierStatuses(x, tx, [pkg], now);
    return routed;
  });
  told(x, checked, queued);
  await sendRefusals(x, packageId);
}

function told(x: Exchange, checked: readonly Checked[], queued: number): void {
  for (const item of checked) x.metrics.verdict(item.report?.verdict ?? 'SKIPPED');
  if (queued > 0) x.wakeRelay();
}

/**
 * Statuses on one document take effect in the order they were accepted, however the broker hands them out.
 * @param known the verdict on its signature, when it is known already.
 */
async function processStatus(
  x: Exchange,
  pkg: PackageRow,
  attempt: number,
  known?: readonly Checked[],
): Promise<void> {
  for (const earlier of await findEarlierStatuses(x.store.read, pkg)) await processPackage(x, earlier);
  const checked = known ?? (await verifyAttachments(x, pkg, attempt));
  x.atPoint('C10');
  told(x, checked, await settleStatus(x, { pkg, checked }));
}

/**
 * Processes a status that was just kept, without the way over the broker. Never rejects: what fails here the sweep announces.
 * @param known the verdict on its signature, when it is known already.
 */
export async function processDirect(x: Exchange, pkg: PackageRow, known?: readonly Checked[]): Promise<void> {
  try {
    await x.lanes.run(GATEWAY_SYSTEM, pkg.urgency, () => processStatus(x, pkg, 1, known));
  } catch (cause) {
    if (!x.lanes.signal.aborted)
      x.log.warn({ err: cause, packageId: pkg.id }, 'direct processing left to the sweep');
  }
}
