/** ASiCManifest files (ETSI EN 319 162-1 Annex A.4): what a CAdES signature in a container is over. */
import { hash, xmlDigest } from '../xml/algorithms.ts';
import { anyAttribute, attribute, onlyBase64, parseXml, select, XML_LIMITS } from '../xml/document.ts';
import type { ZipEntry } from './zip.ts';

/** One DataObjectReference, checked. */
export interface ManifestLine {
  readonly name: string;
  readonly state: 'matches' | 'differs' | 'missing';
}

/** A manifest that names a signature file. */
export interface Manifest {
  readonly signature: string;
  readonly lines: readonly ManifestLine[];
}

const MAX_LINES = 2000;

function decodeUri(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** Reads a manifest, or null when it is none. Digests are compared with the files of the container. */
export function readManifest(entry: ZipEntry, files: readonly ZipEntry[]): Manifest | null {
  let doc: ReturnType<typeof parseXml>;
  try {
    doc = parseXml(entry.bytes, XML_LIMITS);
  } catch {
    return null;
  }
  try {
    const [signature] = select(doc, "/*/*[local-name()='SigReference']");
    if (signature === undefined) return null;
    const references = select(doc, "/*/*[local-name()='DataObjectReference']").slice(0, MAX_LINES);
    const lines = references.map((reference): ManifestLine => {
      const uri = attribute(reference, 'URI') ?? '';
      const file = files.find((item) => item.name === uri || item.name === decodeUri(uri));
      const [method] = select(reference, 'ds:DigestMethod');
      const [value] = select(reference, 'ds:DigestValue');
      const digest = method === undefined ? null : xmlDigest(attribute(method, 'Algorithm'));
      const expected = value === undefined ? null : onlyBase64(value);
      if (file === undefined) return { name: uri, state: 'missing' };
      const same =
        digest !== null && expected !== null && Buffer.compare(hash(digest, file.bytes), expected) === 0;
      return { name: file.name, state: same ? 'matches' : 'differs' };
    });
    return { signature: decodeUri(attribute(signature, 'URI') ?? ''), lines };
  } finally {
    doc.dispose();
  }
}

/** One line of META-INF/manifest.xml. */
export interface ListedFile {
  readonly name: string;
  readonly mediaType: string;
}

/** Files that META-INF/manifest.xml (OpenDocument form) lists, without folders and META-INF itself; empty when unreadable. */
export function listedFiles(entry: ZipEntry): ListedFile[] {
  try {
    const doc = parseXml(entry.bytes, XML_LIMITS);
    try {
      return select(doc, "//*[local-name()='file-entry']")
        .slice(0, MAX_LINES)
        .map((element) => ({
          name: anyAttribute(element, 'full-path'),
          mediaType: anyAttribute(element, 'media-type'),
        }))
        .filter(({ name }) => name !== '' && !name.endsWith('/') && !name.startsWith('META-INF/'));
    } finally {
      doc.dispose();
    }
  } catch {
    return [];
  }
}
