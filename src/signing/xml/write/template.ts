/** The text of a ds:Signature: written by us octet by octet, so that what a parser sees of it is known beforehand. */
import type { Signer, SigningDigest } from '../../ports.ts';
import { parseCertificate } from '../../x509/index.ts';
import { DIGEST_URI, hash, signatureUri } from '../algorithms.ts';
import { EXCLUSIVE_C14N } from '../c14n.ts';
import { DS } from '../document.ts';

/** XAdES 1.3.2, and what EN 319 132-1 adds in 1.4.1. */
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
export const XADES_141 = 'http://uri.etsi.org/01903/v1.4.1#';

/** One ds:Reference to be written. */
export interface ReferenceText {
  readonly uri: string;
  /** Algorithm identifiers in order. */
  readonly transforms: readonly string[];
  readonly digest: Uint8Array;
  /** Media type for xades:DataObjectFormat. */
  readonly mimeType: string;
}

/** Everything a signature element is written from. */
export interface SignatureParts {
  readonly id: string;
  readonly signer: Signer;
  readonly digest: SigningDigest;
  /** `ds` or, for readers that look for plain names, no prefix. */
  readonly prefix: 'ds' | '';
  readonly references: readonly ReferenceText[];
  /** Makes it XAdES-B, with this signing time. */
  readonly xadesTime?: Date;
  /** Names the certificate’s subject beside it, as the national axis writes it. */
  readonly subjectName?: boolean;
  /** A ds:Object put before the properties. */
  readonly object?: string;
}

/** The values that come last, base64. */
export interface SignatureValues {
  readonly properties: string;
  readonly value: string;
}

/** Escapes text for element content and attribute values. */
export function escapeXml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\r/g, '&#13;');
}

export function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
}

class Writer {
  readonly parts: SignatureParts;
  /** `ds:` or nothing. */
  readonly ds: string;

  constructor(parts: SignatureParts) {
    this.parts = parts;
    this.ds = parts.prefix === '' ? '' : `${parts.prefix}:`;
  }

  element(name: string, attributes: Readonly<Record<string, string>>, content: string): string {
    const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
    return `<${this.ds}${name}${written.join('')}>${content}</${this.ds}${name}>`;
  }

  algorithm(name: string, uri: string): string {
    return this.element(name, { Algorithm: uri }, '');
  }

  digestElements(value: string): string {
    return (
      this.algorithm('DigestMethod', DIGEST_URI[this.parts.digest]) + this.element('DigestValue', {}, value)
    );
  }

  reference(
    attributes: Readonly<Record<string, string>>,
    transforms: readonly string[],
    value: string,
  ): string {
    const list = transforms.map((uri) => this.algorithm('Transform', uri)).join('');
    const chain = list === '' ? '' : this.element('Transforms', {}, list);
    return this.element('Reference', attributes, chain + this.digestElements(value));
  }

  signedInfo(values: SignatureValues): string {
    const { id, references, signer, digest, xadesTime } = this.parts;
    const content = references.map((item, index) =>
      this.reference({ Id: `${id}-ref${index + 1}`, URI: item.uri }, item.transforms, base64(item.digest)),
    );
    const type = 'http://uri.etsi.org/01903#SignedProperties';
    if (xadesTime !== undefined)
      content.push(this.reference({ Type: type, URI: `#${id}-props` }, [EXCLUSIVE_C14N], values.properties));
    const methods =
      this.algorithm('CanonicalizationMethod', EXCLUSIVE_C14N) +
      this.algorithm('SignatureMethod', signatureUri(signer.algorithm, digest));
    return this.element('SignedInfo', {}, methods + content.join(''));
  }

  keyInfo(): string {
    const { signer, subjectName } = this.parts;
    const subject = parseCertificate(signer.certificate).subject.text;
    const name = subjectName === true ? this.element('X509SubjectName', {}, escapeXml(subject)) : '';
    const all = [signer.certificate, ...signer.chain].map((der) =>
      this.element('X509Certificate', {}, base64(der)),
    );
    return this.element('KeyInfo', {}, this.element('X509Data', {}, name + all.join('')));
  }

  /** SigningTime to the second, SigningCertificateV2, DataObjectFormat (EN 319 132-1 §5.2.1, §5.2.2, §5.2.4). */
  qualifyingProperties(time: Date): string {
    const { id, signer, digest, references } = this.parts;
    const bound = this.digestElements(base64(hash(digest, signer.certificate)));
    const signature =
      `<xades:SigningTime>${time.toISOString().replace(/\.\d+Z$/, 'Z')}</xades:SigningTime>` +
      `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${bound}</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>`;
    const formats = references.map(
      ({ mimeType }, index) =>
        `<xades:DataObjectFormat ObjectReference="#${id}-ref${index + 1}"><xades:MimeType>${escapeXml(mimeType)}</xades:MimeType></xades:DataObjectFormat>`,
    );
    return (
      `<xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${id}"><xades:SignedProperties Id="${id}-props">` +
      `<xades:SignedSignatureProperties>${signature}</xades:SignedSignatureProperties>` +
      `<xades:SignedDataObjectProperties>${formats.join('')}</xades:SignedDataObjectProperties>` +
      '</xades:SignedProperties></xades:QualifyingProperties>'
    );
  }
}

/** The element with the values given; placeholders of any length may stand for them before they are known. */
export function signatureText(parts: SignatureParts, values: SignatureValues): string {
  const writer = new Writer(parts);
  const { id, xadesTime, object = '', prefix } = parts;
  const properties =
    xadesTime === undefined ? '' : writer.element('Object', {}, writer.qualifyingProperties(xadesTime));
  const attributes = { [prefix === '' ? 'xmlns' : `xmlns:${prefix}`]: DS, Id: id };
  const value = writer.element('SignatureValue', { Id: `${id}-value` }, values.value);
  return writer.element(
    'Signature',
    attributes,
    writer.signedInfo(values) + value + writer.keyInfo() + object + properties,
  );
}
