/**
 * Archive time-stamps of a container (ETSI EN 319 162-1 §4.4.4, Annex A.7): a time-stamp token over a manifest that lists
 * signatures, their manifests and the files by digest. The newest manifest is `META-INF/ASiCArchiveManifest.xml`, older ones
 * carry a number.
 */

import { type RecordStamp, recordStamps } from '../evidence-record/stamps.ts';
import type { Message, SignatureFacts, TimestampFacts } from '../facts.ts';
import { octetsOf } from '../octets/octets.ts';
import { parseTimestampToken } from '../timestamp/index.ts';
import { asicMessage } from './faults.ts';
import { type ManifestLine, readManifest } from './manifest.ts';
import type { ZipEntry } from './zip.ts';

/** A manifest with the token over it, or with the evidence record over the files it lists. */
export interface ArchiveStamp {
  readonly manifest: ZipEntry;
  readonly token: ZipEntry;
  readonly lines: readonly ManifestLine[];
  /** Its time-stamps, oldest first: one token, or those of the record. */
  readonly proofs: readonly RecordStamp[];
  /** Milliseconds since 1970 as the token claims; infinite when it cannot be read. */
  readonly time: number;
}

/** Archive manifests of one container looked at; hostile ones carry more. */
const MAX_STAMPS = 20;

function timeOf(token: Uint8Array): number {
  try {
    return parseTimestampToken(token).genTime;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A manifest, what it lists, and the file it names as its proof. */
type Named = Pick<ArchiveStamp, 'manifest' | 'token' | 'lines'>;

function namedBy(entries: readonly ZipEntry[], proof: RegExp): Named[] {
  const manifests = entries.filter(({ name }) => /^META-INF\/[^/]*manifest[^/]*\.xml$/i.test(name));
  const found: Named[] = [];
  for (const manifest of manifests) {
    if (found.length >= MAX_STAMPS) break;
    const read = readManifest(manifest, entries);
    if (read === null || !proof.test(read.signature)) continue;
    const token = entries.find(({ name }) => name === read.signature);
    if (token !== undefined) found.push({ manifest, token, lines: read.lines });
  }
  return found;
}

/** Time-stamped manifests of a container, oldest first. Whether their tokens are sound is not asked here. */
export function archiveStamps(entries: readonly ZipEntry[]): ArchiveStamp[] {
  return namedBy(entries, /^META-INF\/[^/]+\.tst$/i)
    .map((named) => ({
      ...named,
      time: timeOf(named.token.bytes),
      proofs: [{ token: named.token.bytes, over: octetsOf(named.manifest.bytes) }],
    }))
    .sort((one, other) => one.time - other.time);
}

/**
 * Evidence records of a container (RFC 4998; EN 319 162-1 §4.4.5), each over all files its manifest lists. Their hash trees are
 * rebuilt here; whether their tokens are sound is not asked.
 */
export function evidenceRecords(entries: readonly ZipEntry[]): ArchiveStamp[] {
  return namedBy(entries, /^META-INF\/[^/]*evidencerecord[^/]*\.ers$/i).flatMap((named) => {
    const listed = named.lines.map((line) => entries.find(({ name }) => name === line.name));
    const data = listed.flatMap((entry) => (entry === undefined ? [] : [octetsOf(entry.bytes)]));
    const proofs = data.length === listed.length ? recordStamps(named.token.bytes, data) : null;
    const [first] = proofs ?? [];
    return first === undefined || proofs === null ? [] : [{ ...named, proofs, time: timeOf(first.token) }];
  });
}

function stateOf(stamp: ArchiveStamp, name: string): ManifestLine['state'] | 'not listed' {
  return stamp.lines.find((line) => line.name === name)?.state ?? 'not listed';
}

/** Whether a manifest lists all these files as they are. */
export function covers(stamp: ArchiveStamp, names: readonly string[]): boolean {
  return names.every((name) => stateOf(stamp, name) === 'matches');
}

function remarksOn(stamps: readonly ArchiveStamp[], names: readonly string[]): Message[] {
  return stamps.flatMap((stamp) => {
    const broken = names.filter((name) => ['differs', 'missing'].includes(stateOf(stamp, name)));
    return broken
      .slice(0, 1)
      .map((name) => asicMessage('ASIC_ARCHIVE_CONTRADICTED', 'warning', `${stamp.manifest.name}: ${name}`));
  });
}

/**
 * The stamps that reach a signature, oldest first. Each proves the existence of those in the signature's file, and of earlier
 * ones whose manifest and token it lists: what it leaves out may have been made later and put beside it.
 */
function archivesOf(
  reaching: readonly ArchiveStamp[],
  inFile: readonly TimestampFacts[],
): readonly TimestampFacts[] {
  const made: { readonly stamp: ArchiveStamp; readonly facts: readonly TimestampFacts[] }[] = [];
  for (const stamp of reaching) {
    const listed = made.filter(({ stamp: other }) => covers(stamp, [other.manifest.name, other.token.name]));
    const facts: TimestampFacts[] = [];
    for (const { token, over } of stamp.proofs) {
      const covered = [...inFile, ...listed.flatMap((item) => item.facts), ...facts];
      facts.push({ type: 'archive', token, over, covers: covered });
    }
    made.push({ stamp, facts });
  }
  return made.flatMap(({ facts }) => facts);
}

/**
 * Facts of a signature with the archive time-stamps that reach it: a manifest proves the existence of a signature when it
 * lists the signature's file and all that it is over (`names`), each with the digest it has now.
 */
export function withArchiveStamps(
  facts: SignatureFacts,
  stamps: readonly ArchiveStamp[],
  names: readonly string[],
): SignatureFacts {
  if (stamps.length === 0) return facts;
  const reaching = stamps.filter((stamp) => covers(stamp, names));
  const archives = archivesOf(reaching, facts.timestamps);
  return {
    ...facts,
    format: archives.length > 0 ? facts.format.replace(/^CAdES-B-LT$/, 'CAdES-B-LTA') : facts.format,
    timestamps: [...facts.timestamps, ...archives],
    remarks: [...facts.remarks, ...remarksOn(stamps, names)],
  };
}
