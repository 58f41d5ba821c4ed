/** Raises the signatures in a container (ETSI EN 319 162-1 §4.3.4, §4.4.4): each signature file by the rules of its own form. */
import { extendCms } from '../../cms/augment/extend.ts';
import { SigningError } from '../../errors.ts';
import type { ExtendOptions } from '../../levels.ts';
import { extendXml } from '../../xml/augment/extend.ts';
import { archiveStamps, covers, evidenceRecords } from '../archive.ts';
import { inspectAsic } from '../inspect.ts';
import { readManifest } from '../manifest.ts';
import { readZip, type ZipEntry, type ZipLimits } from '../zip.ts';
import { withArchiveManifest } from './archive.ts';
import { writeZip } from './zip.ts';

/** How to extend a container. */
export interface AsicExtendOptions extends ExtendOptions {
  readonly zip?: Partial<ZipLimits>;
}

function isMeta(entry: ZipEntry): boolean {
  return /^META-INF\//i.test(entry.name) || entry.name === 'mimetype';
}

/** What a CAdES signature file is over: the manifest that names it, or the only file. */
function contentOf(signature: ZipEntry, entries: readonly ZipEntry[]): Uint8Array {
  for (const candidate of entries) {
    if (!/^META-INF\/[^/]*manifest[^/]*\.xml$/i.test(candidate.name)) continue;
    if (readManifest(candidate, entries)?.signature === signature.name) return candidate.bytes;
  }
  const files = entries.filter((entry) => !isMeta(entry));
  const [only] = files;
  if (only === undefined || files.length !== 1)
    throw new SigningError('ASIC_INVALID', { details: { reason: 'no manifest for a signature' } });
  return only.bytes;
}

function raised(
  signature: ZipEntry,
  entries: readonly ZipEntry[],
  options: AsicExtendOptions,
): Promise<Uint8Array> {
  if (/\.p7s$/i.test(signature.name))
    return extendCms(signature.bytes, { ...options, content: contentOf(signature, entries) });
  const contents = entries.filter((entry) => entry !== signature);
  return extendXml(signature.bytes, { ...options, supplies: { contents, exactNames: true } });
}

const SIGNATURE_FILE = /^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i;

/** Each signature file raised, but for those an archive manifest or an evidence record covers: they must stay octet for octet. */
async function eachRaised(
  entries: readonly ZipEntry[],
  options: AsicExtendOptions,
  inManifest: boolean,
): Promise<ZipEntry[]> {
  const stamps = [...archiveStamps(entries), ...evidenceRecords(entries)];
  const next: ZipEntry[] = [];
  for (const entry of entries) {
    const covered = stamps.some((stamp) => covers(stamp, [entry.name]));
    if (!SIGNATURE_FILE.test(entry.name) || covered) {
      next.push(entry);
      continue;
    }
    const lower = inManifest && options.level === 'LTA' && /\.p7s$/i.test(entry.name);
    const bytes = await raised(entry, entries, lower ? { ...options, level: 'LT' } : options);
    next.push(bytes === entry.bytes ? entry : { name: entry.name, bytes });
  }
  return next;
}

/** CAdES signatures of ASiC-E are archived by a manifest of the container (EN 319 162-1 §4.4.4), all others in their own file. */
function archivedByManifest(entries: readonly ZipEntry[]): boolean {
  const mimetype = entries.find(({ name }) => name === 'mimetype');
  const simple = mimetype !== undefined && Buffer.from(mimetype.bytes).includes('vnd.etsi.asic-s');
  const byManifest = entries.some(({ name }) => /^META-INF\/[^/]*signature[^/]*\.p7s$/i.test(name));
  return byManifest && !simple;
}

/**
 * The container with all its signatures at `options.level` at least. At LTA, CAdES signatures of an ASiC-E container get an
 * archive manifest with a time-stamp over it, another one each time with `options.renew`.
 * @throws SigningError ASIC_INVALID, ASIC_TOO_LARGE, SIGNING_NOTHING_TO_EXTEND, what `extendCms` and `extendXml` throw
 */
export async function extendAsic(container: Uint8Array, options: AsicExtendOptions): Promise<Uint8Array> {
  const entries = readZip(container, options.zip);
  if (!entries.some(({ name }) => SIGNATURE_FILE.test(name)))
    throw new SigningError('SIGNING_NOTHING_TO_EXTEND');
  const inManifest = archivedByManifest(entries);
  const next = await eachRaised(entries, options, inManifest);
  const changed = next.some((entry, at) => entry !== entries[at]);
  if (!inManifest || options.level !== 'LTA') return changed ? writeZip(next) : container;
  const { signatures } = await inspectAsic(writeZip(next), { zip: { ...options.zip } });
  const archived = signatures.every(
    ({ id, timestamps }) => /\/counter-\d+$/.test(id) || timestamps.some(({ type }) => type === 'archive'),
  );
  if (archived && options.renew !== true) return changed ? writeZip(next) : container;
  return writeZip(await withArchiveManifest(next, signatures, options));
}
