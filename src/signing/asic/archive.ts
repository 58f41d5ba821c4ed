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

/** Stamps that a later one covers come before it: the order in which they are judged. */
function inOrder(timestamps: readonly TimestampFacts[]): TimestampFacts[] {
  const late = (stamp: TimestampFacts) => stamp.type === 'archive';
  const archives = timestamps.filter(late).map((stamp) => ({ stamp, time: timeOf(stamp.token) }));
  archives.sort((one, other) => one.time - other.time);
  return [...timestamps.filter((stamp) => !late(stamp)), ...archives.map(({ stamp }) => stamp)];
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
  const archives = reaching.map(
    ({ token, manifest }): TimestampFacts => ({
      type: 'archive',
      token: token.bytes,
      over: octetsOf(manifest.bytes),
    }),
  );
  return {
    ...facts,
    format: archives.length > 0 ? facts.format.replace(/^CAdES-B-LT$/, 'CAdES-B-LTA') : facts.format,
    timestamps: inOrder([...facts.timestamps, ...archives]),
    remarks: [...facts.remarks, ...remarksOn(stamps, names)],
  };
}
