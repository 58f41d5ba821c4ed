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

/** ASiCManifest: the files a CAdES signature is over, by digest. */
export function asicManifest(
  signature: string,
  files: readonly FileToSign[],
  digest: SigningDigest,
): Uint8Array {
  const lines = files.map(
    ({ name, bytes, mimeType = 'application/octet-stream' }) =>
      `<asic:DataObjectReference URI="${escapeXml(uriOf(name))}" MimeType="${escapeXml(mimeType)}">` +
      `<ds:DigestMethod Algorithm="${DIGEST_URI[digest]}"/><ds:DigestValue>${base64(hash(digest, bytes))}</ds:DigestValue></asic:DataObjectReference>`,
  );
  return utf8(
    `${DECLARATION}<asic:ASiCManifest xmlns:asic="${ASIC}" xmlns:ds="${DS}">` +
      `<asic:SigReference URI="${escapeXml(uriOf(signature))}" MimeType="application/pkcs7-signature"/>${lines.join('')}</asic:ASiCManifest>`,
  );
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
