/** Process: verify what a package carries, then route it. Runs after acceptance, at least once, with one effect. */
import { type EdxmlStatus, parseEdxml } from '../../packages/index.ts';
import { SigningError, type VerificationReport } from '../../signing/index.ts';
import { appendEvents, type NewEvent } from '../evidence/index.ts';
import {
  enqueue,
  findPackage,
  insertVerification,
  listDeliveries,
  makeAvailable,
  type PackageRow,
  type Queries,
  setPackageState,
  updateDelivery,
} from '../store/index.ts';
import type { Exchange } from './ports.ts';
import { deliveryMessage, INBOX_SYSTEM } from './routing.ts';
import { applyStatus, refreshPackageState } from './track.ts';

/** A file inside a package and what the verifier said. */
interface Checked {
  readonly name: string;
  readonly sha256: string;
  readonly report: VerificationReport | null;
  readonly skipped?: string;
}

/** Verifies and routes one accepted package. Repeating it changes nothing. */
export async function processPackage(x: Exchange, packageId: string): Promise<void> {
  const pkg = await findPackage(x.store.read, packageId);
  if (pkg === undefined || pkg.state !== 'accepted') return;
  const checked =
    pkg.kind === 'document'
      ? await verifyAttachments(x, pkg)
      : pkg.kind === 'dossier' || pkg.kind === 'result'
        ? await verifyComponents(x, pkg)
        : [];
  x.atPoint('C10');
  const now = x.now();
  const queued = await x.store.write(async (tx) => {
    const current = await findPackage(tx, packageId);
    if (current?.state !== 'accepted') return 0;
    await setPackageState(tx, packageId, 'in-progress', now);
    for (const item of checked) {
      if (item.report === null) continue;
      await insertVerification(tx, {
        package_id: packageId,
        name: item.name,
        sha256: item.sha256,
        verdict: item.report.verdict,
        report: JSON.stringify(item.report),
        at: now,
      });
    }
    const refused = refusal(x, pkg, checked);
    const events: NewEvent[] = checked.map(verdictEvent);
    if (pkg.kind === 'status' && !(await trackStatus(x, tx, pkg, now)))
      events.push({ type: 'refused', actor: 'gateway', data: { reason: 'STATUS_FOR_UNKNOWN_DOCUMENT' } });
    return route(x, tx, pkg, events, refused, now);
  });
  for (const item of checked) x.metrics.verdict(item.report?.verdict ?? 'SKIPPED');
  if (queued > 0) x.wakeRelay();
}

function verdictEvent(item: Checked): NewEvent {
  return {
    type: 'verified',
    actor: 'gateway',
    data: {
      name: item.name,
      sha256: item.sha256,
      verdict: item.report?.verdict ?? 'NOT-VERIFIED',
      ...(item.skipped === undefined ? {} : { reason: item.skipped }),
      signatures: (item.report?.signatures ?? []).map(({ format, indication, subIndication, signer }) => ({
        format,
        indication,
        subIndication,
        signer: signer?.subject ?? null,
      })),
    },
  };
}

/** The reason an inbound package is not handed on, when the operator's policy says so. */
function refusal(x: Exchange, pkg: PackageRow, checked: readonly Checked[]): string | null {
  if (x.settings.verifyInbound !== 'refuse' || !x.counterparties.has(pkg.origin)) return null;
  return checked.find((item) => item.report?.verdict === 'TOTAL-FAILED')?.name ?? null;
}

async function trackStatus(x: Exchange, tx: Queries, pkg: PackageRow, now: number): Promise<boolean> {
  const status = JSON.parse(pkg.metadata) as EdxmlStatus;
  const documentPackage = await applyStatus(tx, status, pkg, now);
  if (documentPackage !== null)
    await tx.updateTable('packages').set({ correlates: documentPackage }).where('id', '=', pkg.id).execute();
  // A status about a document that went past us between two others is only passed on.
  return documentPackage !== null || !x.counterparties.has(pkg.origin);
}

async function route(
  x: Exchange,
  tx: Queries,
  pkg: PackageRow,
  events: NewEvent[],
  refused: string | null,
  now: number,
): Promise<number> {
  const messages = [];
  for (const delivery of await listDeliveries(tx, pkg.id)) {
    if (delivery.state !== 'accepted') continue;
    if (refused !== null) {
      await updateDelivery(tx, delivery.id, {
        state: 'parked',
        reason_code: 'SIGNATURE_FAILED',
        reason: `Chữ ký của tệp ${refused} không hợp lệ; theo chính sách, văn bản chờ người có thẩm quyền quyết định.`,
        updated_at: now,
      });
      events.push({
        type: 'parked',
        actor: 'gateway',
        deliveryId: delivery.id,
        data: { code: 'SIGNATURE_FAILED', recipient: delivery.recipient },
      });
    } else if (delivery.system === INBOX_SYSTEM) {
      await makeAvailable(tx, delivery, now);
      events.push({
        type: 'available',
        actor: 'gateway',
        deliveryId: delivery.id,
        data: { recipient: delivery.recipient },
      });
    } else {
      await updateDelivery(tx, delivery.id, {
        state: 'queued',
        next_attempt_at: now + x.settings.redriveMs,
        updated_at: now,
      });
      events.push({
        type: 'routed',
        actor: 'gateway',
        deliveryId: delivery.id,
        data: { recipient: delivery.recipient, system: delivery.system },
      });
      messages.push(deliveryMessage(pkg, delivery));
    }
  }
  await enqueue(tx, messages, now);
  if (events.length > 0) await appendEvents(tx, pkg.id, events, now);
  await refreshPackageState(tx, pkg.id, now);
  return messages.length;
}

/** Unpacks each attachment and asks for a verdict; a file over the limit is said to be unverified, not passed over. */
async function verifyAttachments(x: Exchange, pkg: PackageRow): Promise<Checked[]> {
  const pending: Promise<Checked>[] = [];
  const files: { name: string; chunks: Uint8Array[]; size: number }[] = [];
  const { message } = await parseEdxml(await x.blobs.open(pkg.payload_sha256), {
    openAttachment(info) {
      const file = { name: info.name, chunks: [] as Uint8Array[], size: 0 };
      files.push(file);
      return {
        write(chunk) {
          file.size += chunk.length;
          if (file.size <= x.settings.maxFileBytes) file.chunks.push(Uint8Array.from(chunk));
          else file.chunks.length = 0;
        },
        end() {},
        abort() {},
      };
    },
  });
  if (message.kind !== 'document') return [];
  for (const [index, file] of files.entries()) {
    const sha256 = message.attachments[index]?.sha256 ?? '';
    pending.push(
      file.size > x.settings.maxFileBytes
        ? Promise.resolve({ name: file.name, sha256, report: null, skipped: 'TOO_LARGE' })
        : verifyOne(x, file.name, sha256, Buffer.concat(file.chunks)),
    );
  }
  return Promise.all(pending);
}

async function verifyComponents(x: Exchange, pkg: PackageRow): Promise<Checked[]> {
  const { files } = JSON.parse(pkg.metadata) as {
    files: { name: string; sha256: string; sizeBytes: number }[];
  };
  const checked: Checked[] = [];
  for (const file of files) {
    if (file.sizeBytes > x.settings.maxFileBytes)
      checked.push({ name: file.name, sha256: file.sha256, report: null, skipped: 'TOO_LARGE' });
    else checked.push(await verifyOne(x, file.name, file.sha256, await x.blobs.read(file.sha256)));
  }
  return checked;
}

/** A file that can't be read as what it claims to be is passed on and said to be unverified: it must not hold up the package. */
async function verifyOne(x: Exchange, name: string, sha256: string, bytes: Uint8Array): Promise<Checked> {
  try {
    return { name, sha256, report: await x.verifier.verify(name, bytes) };
  } catch (cause) {
    if (cause instanceof SigningError) return { name, sha256, report: null, skipped: cause.code };
    x.log.error({ err: cause, sha256 }, 'the verifier failed for a reason nobody named');
    return { name, sha256, report: null, skipped: 'VERIFIER_FAULT' };
  }
}
