/** Manifests of ASiC containers (ETSI EN 319 162-1 Annex A.4; OpenDocument 1.2 part 3 for META-INF/manifest.xml). */
import type { SigningDigest } from '../../ports.ts';
import { DIGEST_URI, hash } from '../../xml/algorithms.ts';
import { DS } from '../../xml/document.ts';
import type { FileToSign } from '../../xml/index.ts';
import { base64, escapeXml } from '../../xml/write/template.ts';

/** Namespace of ASiC elements. */
export const ASIC = 'http://uri.etsi.org/02918/v1.2.1#';
const MANIFEST = 'urn:oasis:names:tc:opendocument:xmlns:manifest:1.0';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A name inside the container as URI. */
export function uriOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

/** A line of an ASiCManifest. */
export interface ManifestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mimeType?: string | undefined;
  /** Of an archive manifest: the archive manifest before it (Annex A.7). */
  readonly rootfile?: boolean;
}

/** ASiCManifest: the files that a CAdES signature or a time-stamp token, `by`, is over, by digest. */
export function asicManifest(
  by: { readonly name: string; readonly mimeType: string },
  files: readonly ManifestFile[],
  digest: SigningDigest,
): Uint8Array {
  const lines = files.map(({ name, bytes, mimeType, rootfile }) => {
    const type = mimeType === undefined ? '' : ` MimeType="${escapeXml(mimeType)}"`;
    const root = rootfile === true ? ' Rootfile="true"' : '';
    return (
      `<asic:DataObjectReference URI="${escapeXml(uriOf(name))}"${type}${root}>` +
      `<ds:DigestMethod Algorithm="${DIGEST_URI[digest]}"/><ds:DigestValue>${base64(hash(digest, bytes))}</ds:DigestValue></asic:DataObjectReference>`
    );
  });
  return utf8(
    `${DECLARATION}<asic:ASiCManifest xmlns:asic="${ASIC}" xmlns:ds="${DS}">` +
      `<asic:SigReference URI="${escapeXml(uriOf(by.name))}" MimeType="${escapeXml(by.mimeType)}"/>${lines.join('')}</asic:ASiCManifest>`,
  );
}

/** The first number, of three figures, under which none of these names is taken. */
export function freeNumber(
  entries: readonly { readonly name: string }[],
  names: (number: string) => readonly string[],
): string {
  for (let count = 1; ; count += 1) {
    const number = String(count).padStart(3, '0');
    if (!names(number).some((name) => entries.some((entry) => entry.name === name))) return number;
  }
}

/** META-INF/manifest.xml: what is in the container. */
export function contentList(mimetype: string, files: readonly FileToSign[]): Uint8Array {
  const entry = (path: string, type: string) =>
    `<manifest:file-entry manifest:full-path="${escapeXml(path)}" manifest:media-type="${escapeXml(type)}"/>`;
  const all = files.map(({ name, mimeType = 'application/octet-stream' }) => entry(name, mimeType));
  return utf8(
    `${DECLARATION}<manifest:manifest xmlns:manifest="${MANIFEST}" manifest:version="1.2">${entry('/', mimetype)}${all.join('')}</manifest:manifest>`,
  );
}

/** XAdESSignatures around the signatures of one file. */
export function xadesSignatures(signatures: string): string {
  return `<asic:XAdESSignatures xmlns:asic="${ASIC}">${signatures}</asic:XAdESSignatures>`;
}
