/**
 * Archive time-stamps of a container (ETSI EN 319 162-1 §4.4.4, Annex A.7): a time-stamp token over a manifest that lists
 * signatures, their manifests and the files by digest. The newest manifest is `META-INF/ASiCArchiveManifest.xml`, older ones
 * carry a number.
 */
import type { Message, SignatureFacts, TimestampFacts } from '../facts.ts';
import { octetsOf } from '../octets/octets.ts';
import { parseTimestampToken } from '../timestamp/index.ts';
import { asicMessage } from './faults.ts';
import { type ManifestLine, readManifest } from './manifest.ts';
import type { ZipEntry } from './zip.ts';

/** A manifest with the token over it. */
export interface ArchiveStamp {
  readonly manifest: ZipEntry;
  readonly token: ZipEntry;
  readonly lines: readonly ManifestLine[];
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

/** Time-stamped manifests of a container, oldest first. Whether their tokens are sound is not asked here. */
export function archiveStamps(entries: readonly ZipEntry[]): ArchiveStamp[] {
  const manifests = entries.filter(({ name }) => /^META-INF\/[^/]*manifest[^/]*\.xml$/i.test(name));
  const found: ArchiveStamp[] = [];
  for (const manifest of manifests) {
    if (found.length >= MAX_STAMPS) break;
    const read = readManifest(manifest, entries);
    if (read === null || !/^META-INF\/[^/]+\.tst$/i.test(read.signature)) continue;
    const token = entries.find(({ name }) => name === read.signature);
    if (token === undefined) continue;
    found.push({ manifest, token, lines: read.lines, time: timeOf(token.bytes) });
  }
  return found.sort((one, other) => one.time - other.time);
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
  const made: { readonly stamp: ArchiveStamp; readonly facts: TimestampFacts }[] = [];
  for (const stamp of reaching) {
    const listed = made.filter(({ stamp: other }) => covers(stamp, [other.manifest.name, other.token.name]));
    const facts: TimestampFacts = {
      type: 'archive',
      token: stamp.token.bytes,
      over: octetsOf(stamp.manifest.bytes),
      covers: [...inFile, ...listed.map((item) => item.facts)],
    };
    made.push({ stamp, facts });
  }
  return made.map(({ facts }) => facts);
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
