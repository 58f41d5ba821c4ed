/** Raises the signatures in a container (ETSI EN 319 162-1 §4.3.4, §4.4.4): each signature file by the rules of its own form. */
import { extendCms } from '../../cms/augment/extend.ts';
import { SigningError } from '../../errors.ts';
import type { ExtendOptions } from '../../levels.ts';
import { extendXml } from '../../xml/augment/extend.ts';
import { readManifest } from '../manifest.ts';
import { readZip, type ZipEntry, type ZipLimits } from '../zip.ts';
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

/**
 * The container with all its signatures at `options.level` at least.
 * @throws SigningError ASIC_INVALID, ASIC_TOO_LARGE, SIGNING_NOTHING_TO_EXTEND, what `extendCms` and `extendXml` throw
 */
export async function extendAsic(container: Uint8Array, options: AsicExtendOptions): Promise<Uint8Array> {
  const entries = readZip(container, options.zip);
  const next: ZipEntry[] = [];
  let changed = false;
  let found = 0;
  for (const entry of entries) {
    if (!/^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i.test(entry.name)) {
      next.push(entry);
      continue;
    }
    found += 1;
    const bytes = await raised(entry, entries, options);
    changed ||= bytes !== entry.bytes;
    next.push({ name: entry.name, bytes });
  }
  if (found === 0) throw new SigningError('SIGNING_NOTHING_TO_EXTEND');
  return changed ? writeZip(next) : container;
}
