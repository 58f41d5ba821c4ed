/** Unsigned signature properties (ETSI EN 319 132-1 §5.3–§5.5): their text, and their place in the document. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import type { Evidence } from '../../evidence/index.ts';
import { EXCLUSIVE_C14N } from '../c14n.ts';
import { DS, select } from '../document.ts';
import { appendChild } from '../write/splice.ts';
import { base64, XADES, XADES_141 } from '../write/template.ts';
import { qualifyingProperties } from '../xades.ts';

/** Canonicalisation written into a time-stamp property. */
export type StampC14n = typeof EXCLUSIVE_C14N | 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';

function stampContent(token: Uint8Array, c14n: StampC14n): string {
  return (
    `<ds:CanonicalizationMethod xmlns:ds="${DS}" Algorithm="${c14n}"></ds:CanonicalizationMethod>` +
    `<xades:EncapsulatedTimeStamp xmlns:xades="${XADES}">${base64(token)}</xades:EncapsulatedTimeStamp>`
  );
}

/** SignatureTimeStamp (§5.3). */
export function signatureTimestampText(token: Uint8Array): string {
  return `<xades:SignatureTimeStamp xmlns:xades="${XADES}">${stampContent(token, EXCLUSIVE_C14N)}</xades:SignatureTimeStamp>`;
}

/** ArchiveTimeStamp of the 1.4.1 namespace (§5.5.2.2). */
export function archiveTimestampText(token: Uint8Array, c14n: StampC14n): string {
  return `<xades141:ArchiveTimeStamp xmlns:xades141="${XADES_141}">${stampContent(token, c14n)}</xades141:ArchiveTimeStamp>`;
}

function encapsulated(name: string, ders: readonly Uint8Array[]): string {
  return ders.map((der) => `<xades:${name}>${base64(der)}</xades:${name}>`).join('');
}

function certificateValues(evidence: Evidence, namespace: string): string {
  if (evidence.certificates.length === 0) return '';
  const content = encapsulated('EncapsulatedX509Certificate', evidence.certificates);
  return `<xades:CertificateValues${namespace}>${content}</xades:CertificateValues>`;
}

function revocationValues(evidence: Evidence, namespace: string): string {
  const crls = encapsulated('EncapsulatedCRLValue', evidence.crls);
  const ocsps = encapsulated('EncapsulatedOCSPValue', evidence.ocsps);
  if (crls === '' && ocsps === '') return '';
  const lists = crls === '' ? '' : `<xades:CRLValues>${crls}</xades:CRLValues>`;
  const answers = ocsps === '' ? '' : `<xades:OCSPValues>${ocsps}</xades:OCSPValues>`;
  return `<xades:RevocationValues${namespace}>${lists}${answers}</xades:RevocationValues>`;
}

/** CertificateValues and RevocationValues (§5.4.1, §5.4.2): at most one of each in a signature. */
export function validationValuesText(evidence: Evidence): string {
  const namespace = ` xmlns:xades="${XADES}"`;
  return certificateValues(evidence, namespace) + revocationValues(evidence, namespace);
}

/** TimeStampValidationData (§5.5.1): any number of them. Empty when there is nothing to keep. */
export function stampValuesText(evidence: Evidence): string {
  const content = certificateValues(evidence, '') + revocationValues(evidence, '');
  if (content === '') return '';
  return `<xades141:TimeStampValidationData xmlns:xades141="${XADES_141}" xmlns:xades="${XADES}">${content}</xades141:TimeStampValidationData>`;
}

function ordinalOf(element: XmlElement): number {
  return Number(element.eval('count(preceding::*) + count(ancestor::*)'));
}

function localChild(parent: XmlElement, name: string): XmlElement | undefined {
  return select(parent, `*[local-name()='${name}' and namespace-uri()='${XADES}']`)[0];
}

/** Whether the signature has an unsigned property of this name already. */
export function hasProperty(signature: XmlElement, name: string): boolean {
  const properties = qualifyingProperties(signature);
  if (properties === null) return false;
  const path = `*[local-name()='UnsignedProperties']/*[local-name()='UnsignedSignatureProperties']/*[local-name()='${name}']`;
  return select(properties, path).length > 0;
}

/** The file with `piece` as last unsigned property of a signature; null when the signature is no XAdES one. */
export function withProperty(
  xml: Uint8Array,
  doc: XmlDocument,
  ordinal: number,
  piece: string,
): Uint8Array | null {
  const signature = select(doc, '//ds:Signature')[ordinal];
  const properties = signature === undefined ? null : qualifyingProperties(signature);
  if (properties === null || properties.namespaceUri !== XADES) return null;
  const outer = localChild(properties, 'UnsignedProperties');
  const inner = outer === undefined ? undefined : localChild(outer, 'UnsignedSignatureProperties');
  if (inner !== undefined) return appendChild(xml, ordinalOf(inner), piece);
  const wrapped = `<xades:UnsignedSignatureProperties xmlns:xades="${XADES}">${piece}</xades:UnsignedSignatureProperties>`;
  if (outer !== undefined) return appendChild(xml, ordinalOf(outer), wrapped);
  const whole = `<xades:UnsignedProperties xmlns:xades="${XADES}">${wrapped}</xades:UnsignedProperties>`;
  return appendChild(xml, ordinalOf(properties), whole);
}
