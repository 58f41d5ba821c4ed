/** Process: verify what a package carries, then route it. Runs after acceptance, at least once, with one effect. */
import { DOSSIER_KINDS, type EdxmlStatus, parseEdxml } from '../../packages/index.ts';
import { SigningError, sniffFormat, type VerificationReport } from '../../signing/index.ts';
import { appendEvents, type NewEvent } from '../evidence/index.ts';
import {
  claimPackage,
  enqueue,
  findEarlierStatuses,
  findPackage,
  insertVerification,
  listDeliveries,
  makeAvailable,
  type PackageRow,
  type Queries,
  updateDelivery,
} from '../store/index.ts';
import type { Exchange } from './ports.ts';
import { applyRequest } from './recall/request.ts';
import { deliveryMessage, INBOX_SYSTEM } from './routing.ts';
import { refreshPackageState } from './status/package-state.ts';
import { applyOwnAnswer, applyStatus } from './status/track.ts';

/** A file inside a package and what the verifier said. */
interface Checked {
  readonly name: string;
  readonly sha256: string;
  readonly report: VerificationReport | null;
  readonly skipped?: string;
}

/** From this attempt on a verifier that fails for no reason of the file's no longer holds up the package. */
const GIVE_UP_ATTEMPT = 3;

/**
 * Verifies and routes one accepted package. Repeating it changes nothing.
 * @param attempt 1 for the first try; a fault of the verifier itself is tried again, then told on the timeline.
 */
export async function processPackage(x: Exchange, packageId: string, attempt = 1): Promise<void> {
  const pkg = await findPackage(x.store.read, packageId);
  if (pkg === undefined || pkg.state !== 'accepted') return;
  if (pkg.kind === 'status') {
    // Statuses on one document take effect in the order they were accepted, however the broker hands them out.
    for (const earlier of await findEarlierStatuses(x.store.read, pkg)) await processPackage(x, earlier);
  }
  const checked =
    pkg.kind === 'document'
      ? await verifyAttachments(x, pkg, attempt)
      : Object.hasOwn(DOSSIER_KINDS, pkg.kind)
        ? await verifyComponents(x, pkg, attempt)
        : [];
  x.atPoint('C10');
  const now = x.now();
  const queued = await x.store.write(async (tx) => {
    if (!(await claimPackage(tx, packageId, now))) return 0;
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
    if (pkg.kind === 'document') await applyRequest(x, tx, pkg, now);
    const strange = pkg.kind === 'status' && !(await trackStatus(x, tx, pkg, now)) ? UNKNOWN_DOCUMENT : null;
    return route(x, tx, pkg, events, refused ?? strange, now);
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

/** Why deliveries are not handed on until a person has looked. */
interface Hold {
  readonly code: string;
  readonly vi: string;
}

const UNKNOWN_DOCUMENT: Hold = {
  code: 'STATUS_FOR_UNKNOWN_DOCUMENT',
  vi: 'Trạng thái này nói về một văn bản chưa từng gửi qua trục; chờ người kiểm tra.',
};

/** The reason an inbound package is not handed on, when the operator's policy says so. */
function refusal(x: Exchange, pkg: PackageRow, checked: readonly Checked[]): Hold | null {
  if (x.settings.verifyInbound !== 'refuse' || !x.counterparties.has(pkg.origin)) return null;
  const failed = checked.find((item) => item.report?.verdict === 'TOTAL-FAILED');
  if (failed === undefined) return null;
  return {
    code: 'SIGNATURE_FAILED',
    vi: `Chữ ký của tệp ${failed.name} không hợp lệ; theo chính sách, văn bản chờ người có thẩm quyền quyết định.`,
  };
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

async function route(
  x: Exchange,
  tx: Queries,
  pkg: PackageRow,
  events: NewEvent[],
  hold: Hold | null,
  now: number,
): Promise<number> {
  const messages = [];
  for (const delivery of await listDeliveries(tx, pkg.id)) {
    if (delivery.state !== 'accepted') continue;
    if (hold !== null) {
      await updateDelivery(tx, delivery.id, {
        state: 'parked',
        reason_code: hold.code,
        reason: hold.vi,
        updated_at: now,
      });
      const data = { code: hold.code, reason: hold.vi, recipient: delivery.recipient };
      events.push({ type: 'parked', actor: 'gateway', deliveryId: delivery.id, data });
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

/** How much of a file its kind is told from. */
const HEAD_BYTES = 64 * 1024;

/** Unpacks each attachment and asks for a verdict, one file in memory at a time; one over the limit is said to be unverified. */
async function verifyAttachments(x: Exchange, pkg: PackageRow, attempt: number): Promise<Checked[]> {
  const checked: Omit<Checked, 'sha256'>[] = [];
  const { message } = await parseEdxml(await x.blobs.open(pkg.payload_sha256), {
    openAttachment(info) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      // Its beginning tells whether a file is of a kind that can be signed; of any other kind the beginning is enough.
      let isWanted = true;
      return {
        write(chunk) {
          const hadHead = size >= HEAD_BYTES;
          size += chunk.length;
          if (size > x.settings.maxFileBytes) chunks.length = 0;
          else if (isWanted) chunks.push(Uint8Array.from(chunk));
          if (!hadHead && size >= HEAD_BYTES) isWanted = sniffFormat(Buffer.concat(chunks)) !== 'UNKNOWN';
        },
        async end() {
          checked.push(
            size > x.settings.maxFileBytes
              ? tooLarge(info.name)
              : await verifyOne(x, info.name, Buffer.concat(chunks), attempt),
          );
        },
        abort() {},
      };
    },
  });
  if (message.kind !== 'document') return [];
  return checked.map((item, index) => ({ ...item, sha256: message.attachments[index]?.sha256 ?? '' }));
}

async function verifyComponents(x: Exchange, pkg: PackageRow, attempt: number): Promise<Checked[]> {
  const { files = [] } = JSON.parse(pkg.metadata) as {
    files?: { name: string; sha256: string; sizeBytes: number }[];
  };
  const checked: Checked[] = [];
  for (const { name, sha256, sizeBytes } of files) {
    const isTooLarge = sizeBytes > x.settings.maxFileBytes;
    checked.push({
      ...(isTooLarge ? tooLarge(name) : await verifyOne(x, name, await x.blobs.read(sha256), attempt)),
      sha256,
    });
  }
  return checked;
}

function tooLarge(name: string): Omit<Checked, 'sha256'> {
  return { name, report: null, skipped: 'TOO_LARGE' };
}

/** A file the verifier can't read as what it claims to be goes on unverified, with the reason: it must not hold up the rest. */
async function verifyOne(
  x: Exchange,
  name: string,
  bytes: Uint8Array,
  attempt: number,
): Promise<Omit<Checked, 'sha256'>> {
  try {
    return { name, report: await x.verifier.verify(name, bytes) };
  } catch (cause) {
    if (cause instanceof SigningError) return { name, report: null, skipped: cause.code };
    if (attempt < GIVE_UP_ATTEMPT) throw cause;
    x.log.error({ err: cause, attempt }, 'the verifier failed again for a reason nobody named');
    return { name, report: null, skipped: 'VERIFIER_FAULT' };
  }
}
