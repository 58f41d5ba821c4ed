/** `inspectAsic`: signatures of an ASiC-S or ASiC-E container (ETSI EN 319 162-1), XAdES and CAdES, as facts. */
import { readCms } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { Message, SignatureFacts } from '../facts.ts';
import { inspectXml, type XmlLimits } from '../xml/index.ts';
import { type ArchiveStamp, archiveStamps, evidenceRecords, withArchiveStamps } from './archive.ts';
import { baselineFaults } from './baseline.ts';
import { asicMessage } from './faults.ts';
import { type ListedFile, listedFiles, type Manifest, readManifest } from './manifest.ts';
import { readZip, type ZipEntry, type ZipLimits } from './zip.ts';

/** What may complete or bound the reading. */
export interface AsicOptions {
  /** False: the octets do not begin as a container, which is a fault of its own. */
  readonly sealed?: boolean;
  readonly certificates?: readonly Uint8Array[];
  readonly zip?: Partial<ZipLimits>;
  readonly xml?: Partial<XmlLimits>;
}

/** A container read. */
export interface AsicFacts {
  readonly kind: 'ASIC-S' | 'ASIC-E';
  readonly signatures: SignatureFacts[];
}

/** Signature files of one container; hostile ones carry more. */
const MAX_SIGNATURE_FILES = 50;

function isMeta(entry: ZipEntry): boolean {
  return /^META-INF\//i.test(entry.name) || entry.name === 'mimetype';
}

/** Files of META-INF that belong to the container itself (EN 319 162-1 §4.3, §4.4; OpenDocument). */
const OF_CONTAINER =
  /^META-INF\/(?:[^/]*signature[^/]*\.(?:xml|p7s)|[^/]*manifest[^/]*\.xml|[^/]+\.tst|[^/]*evidencerecord[^/]*\.(?:ers|xml)|container\.xml)$/i;

/** Whether somebody who unpacks the container takes an entry for a document: whatever else it puts into META-INF is one. */
function isShown(entry: ZipEntry): boolean {
  return entry.name !== 'mimetype' && !OF_CONTAINER.test(entry.name);
}

function kindOf(entries: readonly ZipEntry[]): AsicFacts['kind'] {
  const mimetype = entries.find((entry) => entry.name === 'mimetype');
  if (mimetype !== undefined)
    return Buffer.from(mimetype.bytes).includes('vnd.etsi.asic-s') ? 'ASIC-S' : 'ASIC-E';
  return entries.some((entry) => /^META-INF\/(?:signatures\.xml|signature\.p7s)$/i.test(entry.name))
    ? 'ASIC-S'
    : 'ASIC-E';
}

/** Whether octets that cannot be read as a container hold the name of a signature file: then they get a verdict. */
export function namesSignatures(bytes: Uint8Array): boolean {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return ['META-INF/signature', 'META-INF/Signature', 'META-INF/SIGNATURE'].some((name) =>
    whole.includes(name),
  );
}

/**
 * Coverage of a container: the files the signature does not reach are named, never passed over. A signature that reaches none,
 * being over something it carries itself, says nothing about the container (EN 319 162-1 §4.3.3, §4.4.3).
 */
function withCoverage(
  facts: SignatureFacts,
  covered: readonly string[],
  entries: readonly ZipEntry[],
): SignatureFacts {
  // A counter-signature is over a signature of its file, which is judged beside it.
  if (/\/counter-\d+$/.test(facts.id)) return facts;
  if (!covered.some((name) => name !== 'mimetype')) {
    const fault = {
      ...asicMessage('ASIC_NOTHING_SIGNED', 'error', facts.id),
      subIndication: 'SIGNED_DATA_NOT_FOUND',
    };
    return { ...facts, coverage: 'partial', formatFaults: [...facts.formatFaults, fault] };
  }
  const left = entries.filter((file) => isShown(file) && !covered.includes(file.name));
  if (left.length === 0) return { ...facts, coverage: 'whole-document' };
  const notes = left.slice(0, 20).map((file) => asicMessage('ASIC_FILE_NOT_SIGNED', 'warning', file.name));
  return { ...facts, coverage: 'partial', remarks: [...facts.remarks, ...notes] };
}

/** A signature file that cannot be read still counts: as a signature with a format fault. */
function unreadable(id: string, fault: Message): SignatureFacts {
  return {
    id,
    format: 'ASiC',
    formatFaults: [fault],
    digestsMatch: null,
    signatureValid: null,
    signerCertificate: null,
    signerCertificateBound: null,
    certificates: [],
    crls: [],
    ocsps: [],
    digestAlgorithm: 'unknown',
    signatureAlgorithm: 'unknown',
    claimedSigningTime: null,
    timestamps: [],
    coverage: 'external',
    changesAfterSigning: [],
    remarks: [],
  };
}

async function readXades(
  entry: ZipEntry,
  kind: AsicFacts['kind'],
  entries: readonly ZipEntry[],
  options: AsicOptions,
  stamps: readonly ArchiveStamp[],
): Promise<SignatureFacts[]> {
  const files = entries.filter((item) => !isMeta(item));
  // ASiC-S has one file whatever its name; in ASiC-E a name that differs is another file. OpenDocument signs its META-INF too.
  const contents = kind === 'ASIC-S' ? files : entries.filter((item) => item !== entry);
  const exactNames = kind === 'ASIC-E' || files.length !== 1;
  const all = await inspectXml(entry.bytes, options.xml, {
    contents,
    exactNames,
    ...(options.certificates === undefined ? {} : { certificates: options.certificates }),
  });
  return all.map((facts) => {
    const formatFaults = [
      ...facts.formatFaults,
      ...baselineFaults(facts, listOf(entries)),
      ...renamedFaults(facts),
    ];
    const own = { ...facts, id: `${entry.name}#${facts.id}`, formatFaults };
    const covered = facts.coveredNames ?? [];
    return withCoverage(withArchiveStamps(own, stamps, [entry.name, ...covered]), covered, entries);
  });
}

/** Whoever puts a file by the side of a document picks its name; in a container the name is what was signed. */
function renamedFaults(facts: SignatureFacts): SignatureFacts['formatFaults'] {
  return facts.remarks
    .filter(({ code }) => code === 'XML_FILE_RENAMED')
    .map((remark) => ({ ...remark, level: 'error', subIndication: 'SIGNED_DATA_NOT_FOUND' }));
}

function manifestFaults(manifest: Manifest): Pick<SignatureFacts, 'formatFaults'>['formatFaults'] {
  return manifest.lines.flatMap((line) => {
    if (line.state === 'matches') return [];
    const [code, subIndication] =
      line.state === 'missing'
        ? (['ASIC_FILE_MISSING', 'SIGNED_DATA_NOT_FOUND'] as const)
        : (['ASIC_FILE_CHANGED', 'HASH_FAILURE'] as const);
    return [{ ...asicMessage(code, 'error', line.name), subIndication }];
  });
}

function readCades(
  entry: ZipEntry,
  kind: AsicFacts['kind'],
  entries: readonly ZipEntry[],
  stamps: readonly ArchiveStamp[],
): SignatureFacts[] {
  const files = entries.filter((item) => !isMeta(item));
  const rename = (facts: SignatureFacts): SignatureFacts => ({ ...facts, id: `${entry.name}#${facts.id}` });
  const [single] = files;
  if (kind === 'ASIC-S' && files.length === 1 && single !== undefined) {
    return readCms(entry.bytes, { content: single.bytes, profile: 'detached' }).map((facts) =>
      withCoverage(
        withArchiveStamps(rename(facts), stamps, [entry.name, single.name]),
        [single.name],
        entries,
      ),
    );
  }
  for (const candidate of entries) {
    if (!/^META-INF\/[^/]*manifest[^/]*\.xml$/i.test(candidate.name)) continue;
    const manifest = readManifest(candidate, entries);
    if (manifest?.signature !== entry.name) continue;
    const faults = manifestFaults(manifest);
    const covered = manifest.lines.map((line) => line.name);
    const names = [entry.name, candidate.name, ...covered];
    return readCms(entry.bytes, { content: candidate.bytes, profile: 'detached' }).map((facts) => {
      const own = { ...rename(facts), formatFaults: [...facts.formatFaults, ...faults] };
      return withCoverage(withArchiveStamps(own, stamps, names), covered, entries);
    });
  }
  const fault = asicMessage('ASIC_MANIFEST_MISSING', 'error', entry.name);
  return readCms(entry.bytes, { profile: 'detached' }).map((facts) => ({
    ...rename(facts),
    formatFaults: [...facts.formatFaults, fault],
  }));
}

function listOf(entries: readonly ZipEntry[]): readonly ListedFile[] {
  const list = entries.find((entry) => entry.name === 'META-INF/manifest.xml');
  return list === undefined ? [] : listedFiles(list);
}

/** Faults of META-INF/manifest.xml against what is in the container and what is signed (EN 319 162-1 §6.2). */
function listFaults(entries: readonly ZipEntry[], signatures: readonly SignatureFacts[]): Message[] {
  const covered = new Set(signatures.flatMap((facts) => facts.coveredNames ?? []));
  const list = listOf(entries);
  const listed = list.flatMap(({ name }) => {
    if (!entries.some((entry) => entry.name === name))
      return [asicMessage('ASIC_LISTED_FILE_MISSING', 'error', name)];
    return covered.has(name) ? [] : [asicMessage('ASIC_LISTED_FILE_NOT_SIGNED', 'error', name)];
  });
  // A container with a list lists what it holds: what is neither in it nor signed was put there afterwards.
  const names = new Set(list.map(({ name }) => name));
  const slipped = entries.filter(
    (entry) =>
      !isMeta(entry) && !entry.name.endsWith('/') && !names.has(entry.name) && !covered.has(entry.name),
  );
  if (list.length === 0) return listed;
  return [
    ...listed,
    ...slipped.slice(0, MAX_NAMED).map(({ name }) => asicMessage('ASIC_FILE_NOT_LISTED', 'warning', name)),
  ];
}

/** Files of one kind named in a report. */
const MAX_NAMED = 20;

/**
 * Facts of every signature of a container; a file of it that a signature leaves out is remarked on. Time-stamps over
 * manifests, and those of evidence records, count as archive time-stamps of the signatures that are listed.
 * @throws SigningError ASIC_INVALID, ASIC_TOO_LARGE when the container itself cannot be read.
 */
export async function inspectAsic(bytes: Uint8Array, options: AsicOptions = {}): Promise<AsicFacts> {
  let entries: readonly ZipEntry[];
  try {
    if (options.sealed === false)
      throw new SigningError('ASIC_INVALID', { details: { reason: 'does not begin as a ZIP file' } });
    entries = readZip(bytes, options.zip);
  } catch (error) {
    if (!namesSignatures(bytes) || !(error instanceof SigningError)) throw error;
    const reason = String(error.details['reason'] ?? error.code);
    return {
      kind: 'ASIC-E',
      signatures: [unreadable('container', asicMessage('ASIC_CONTAINER_UNREADABLE', 'error', reason))],
    };
  }
  const kind = kindOf(entries);
  const found = entries.filter((entry) => /^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i.test(entry.name));
  if (found.length > MAX_SIGNATURE_FILES)
    throw new SigningError('ASIC_TOO_LARGE', { details: { signatures: found.length } });
  const stamps = [...archiveStamps(entries), ...evidenceRecords(entries)];
  const signatures: SignatureFacts[] = [];
  for (const entry of found) {
    try {
      const read = /\.xml$/i.test(entry.name)
        ? await readXades(entry, kind, entries, options, stamps)
        : readCades(entry, kind, entries, stamps);
      signatures.push(...read);
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      const detail = `${entry.name}: ${error.code}`;
      signatures.push(unreadable(entry.name, asicMessage('ASIC_SIGNATURE_UNREADABLE', 'error', detail)));
    }
  }
  const anyXades = found.some((entry) => /\.xml$/i.test(entry.name));
  const faults = kind === 'ASIC-E' && anyXades ? listFaults(entries, signatures) : [];
  const used = new Set(stamps.flatMap(({ token, manifest }) => [token, manifest]));
  const proofs = entries.filter(
    (entry) =>
      /^META-INF\/[^/]*(?:evidencerecord[^/]*\.(?:ers|xml)|\.tst)$/i.test(entry.name) && !used.has(entry),
  );
  const remarks = proofs
    .slice(0, MAX_NAMED)
    .map(({ name }) => asicMessage('ASIC_EVIDENCE_RECORD', 'info', name));
  return {
    kind,
    signatures: signatures.map((facts) =>
      withFaults({ ...facts, remarks: [...facts.remarks, ...remarks] }, faults),
    ),
  };
}

/**
 * A listed file that is missing is missing data where the signature wants it too; a listed file that is there and signed
 * by nobody means a container that contradicts itself.
 */
function withFaults(facts: SignatureFacts, faults: readonly Message[]): SignatureFacts {
  const wantsData = facts.formatFaults.some((fault) => fault.subIndication === 'SIGNED_DATA_NOT_FOUND');
  const extra = faults.map((fault) =>
    wantsData && fault.code === 'ASIC_LISTED_FILE_MISSING'
      ? { ...fault, subIndication: 'SIGNED_DATA_NOT_FOUND' }
      : fault,
  );
  return { ...facts, formatFaults: [...facts.formatFaults, ...extra] };
}
