/** Verdicts on the files of a package: off the event loop, one file in memory at a time. */
import { createHash } from 'node:crypto';
import { parseEdxml } from '../../../packages/index.ts';
import { SigningError, sniffFormat, type VerificationReport } from '../../../signing/index.ts';
import type { NewEvent } from '../../evidence/index.ts';
import type { PackageRow, VerificationRow } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { type EvidenceNote, openEvidenceKeeper } from './evidence.ts';

/** A file inside a package, or the package itself, and what the verifier said. */
export interface Checked {
  readonly name: string;
  readonly sha256: string;
  readonly report: VerificationReport | null;
  readonly skipped?: string;
  /** Default `file`: one of its files. */
  readonly part?: 'package' | 'file';
  /** What the verdict stood on, kept as blobs. */
  readonly evidence?: readonly EvidenceNote[];
}

/** The name under which the signature of the package itself is reported. */
export const PACKAGE_NAME = 'edXML';

/** From this attempt on a verifier that fails for no reason of the file's no longer holds up the package. */
const GIVE_UP_ATTEMPT = 3;

const texts = new WeakMap<VerificationReport, string>();

/** A report as it is stored; the timeline tells its digest, so that it is asked for twice. */
function textOf(report: VerificationReport): string {
  const text = texts.get(report) ?? JSON.stringify(report);
  texts.set(report, text);
  return text;
}

/** What the timeline says about one file. */
export function verdictEvent(item: Checked): NewEvent {
  return {
    type: 'verified',
    actor: 'gateway',
    data: {
      name: item.name,
      sha256: item.sha256,
      ...(item.part === 'package' ? { part: item.part } : {}),
      verdict: item.report?.verdict ?? 'NOT-VERIFIED',
      ...(item.skipped === undefined ? {} : { reason: item.skipped }),
      // Ties the report, and with it the digests of certificates, CRLs and OCSP answers it names, to the chain of events.
      ...(item.report === null
        ? {}
        : { reportSha256: createHash('sha256').update(textOf(item.report)).digest('hex') }),
      signatures: (item.report?.signatures ?? []).map((signature) => ({
        format: signature.format,
        indication: signature.indication,
        subIndication: signature.subIndication,
        signer: signature.signer?.subject ?? null,
        ...whyNot(signature),
      })),
    },
  };
}

/** Why a signature did not pass, in both languages; nothing for one that did. */
function whyNot(signature: VerificationReport['signatures'][number]): { vi?: string; en?: string } {
  if (signature.indication === 'TOTAL-PASSED') return {};
  const first = signature.messages.find(({ level }) => level === 'error');
  return first === undefined ? {} : { vi: first.vi, en: first.en };
}

/** The rows of the files that have a report. */
export function reportRows(packageId: string, checked: readonly Checked[], now: number): VerificationRow[] {
  return checked.flatMap(({ name, sha256, report, evidence = [] }) =>
    report === null
      ? []
      : [
          {
            package_id: packageId,
            name,
            sha256,
            verdict: report.verdict,
            report: textOf(report),
            at: now,
            evidence: evidence.length === 0 ? null : JSON.stringify(evidence),
          },
        ],
  );
}

/** How much of a file its kind is told from. */
export const HEAD_BYTES = 64 * 1024;

/** Unpacks each attachment and asks for a verdict, one file in memory at a time; one over the limit is said to be unverified. */
export async function verifyAttachments(x: Exchange, pkg: PackageRow, attempt: number): Promise<Checked[]> {
  const checked: Checked[] = [];
  const { message } = await parseEdxml(await x.blobs.open(pkg.payload_sha256), {
    openAttachment() {
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
        async end({ name, sha256 }) {
          const verdict =
            size > x.settings.maxFileBytes
              ? tooLarge(name)
              : await verifyOne(x, name, Buffer.concat(chunks), attempt);
          checked.push({ ...verdict, sha256 });
        },
        abort() {},
      };
    },
  });
  const own = message.signatureXml === undefined ? [] : [await verifyPackage(x, pkg, attempt)];
  if (message.kind !== 'document') return own;
  return [...own, ...checked];
}

/** The signature of the package itself, over the very octets that were accepted. */
async function verifyPackage(x: Exchange, pkg: PackageRow, attempt: number): Promise<Checked> {
  const about = { part: 'package', sha256: pkg.payload_sha256 } as const;
  if (pkg.size > x.settings.maxFileBytes) return { ...tooLarge(PACKAGE_NAME), ...about };
  return {
    ...(await verifyOne(x, PACKAGE_NAME, await x.blobs.read(pkg.payload_sha256), attempt)),
    ...about,
  };
}

/** Asks for a verdict on each file of a dossier or result. */
export async function verifyComponents(x: Exchange, pkg: PackageRow, attempt: number): Promise<Checked[]> {
  const { files } = JSON.parse(pkg.metadata) as {
    files: { name: string; sha256: string; sizeBytes: number }[];
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
export async function verifyOne(
  x: Exchange,
  name: string,
  bytes: Uint8Array,
  attempt: number,
): Promise<Omit<Checked, 'sha256'>> {
  const keeper = openEvidenceKeeper(x.blobs);
  try {
    const report = await x.verifier.verify(name, bytes, [], keeper.take);
    return { name, report, evidence: await keeper.kept() };
  } catch (cause) {
    if (cause instanceof SigningError) return { name, report: null, skipped: cause.code };
    if (attempt < GIVE_UP_ATTEMPT) throw cause;
    x.log.error({ err: cause, attempt }, 'the verifier failed again for a reason nobody named');
    return { name, report: null, skipped: 'VERIFIER_FAULT' };
  }
}
