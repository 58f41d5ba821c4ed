/** `signXml`: an enveloped XML-DSig signature over the whole document, as XAdES-B when asked. */
import { createHash } from 'node:crypto';
import { XmlElement } from 'libxml2-wasm';
import { SigningError } from '../errors.ts';
import type { Signer, SigningDigest } from '../ports.ts';
import { keyFacts, parseCertificate } from '../x509/index.ts';
import { DIGEST_URI, hash, signatureUri } from './algorithms.ts';
import { canonicalDocument, canonicalElement, EXCLUSIVE_C14N, isolate } from './c14n.ts';
import { DS, parseXml, select, XML_LIMITS, type XmlLimits } from './document.ts';
import { appendChild } from './splice.ts';

/** How to sign. */
export interface XmlSignOptions {
  readonly signingTime: Date;
  readonly placement?: 'enveloped';
  /** Default `sha256`. */
  readonly digest?: SigningDigest;
  /** XPath 1.0 of the element that receives the signature as last child; default the document element. */
  readonly parentXPath?: string;
  /** Prefixes used in `parentXPath`. */
  readonly namespaces?: Readonly<Record<string, string>>;
  /** Make it XAdES-B (ETSI EN 319 132-1 §6): signing time and certificate become signed properties. Default false. */
  readonly xades?: boolean;
  readonly limits?: Partial<XmlLimits>;
}

const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const EXCLUSIVE = { mode: 1, comments: false, prefixes: [] } as const;

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64');
}

function digestElements(digest: SigningDigest, value: string): string {
  return `<ds:DigestMethod Algorithm="${DIGEST_URI[digest]}"/><ds:DigestValue>${value}</ds:DigestValue>`;
}

/** SigningTime to the second and SigningCertificateV2 (EN 319 132-1 §5.2.1, §5.2.2). */
function signedProperties(id: string, signer: Signer, digest: SigningDigest, time: Date): string {
  const at = time.toISOString().replace(/\.\d+Z$/, 'Z');
  const bound = digestElements(digest, base64(hash(digest, signer.certificate)));
  return (
    `<xades:SignedProperties Id="${id}-props"><xades:SignedSignatureProperties><xades:SigningTime>${at}</xades:SigningTime>` +
    `<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>${bound}</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>` +
    '</xades:SignedSignatureProperties></xades:SignedProperties>'
  );
}

interface Draft {
  readonly id: string;
  readonly documentDigest: string;
  readonly propertiesDigest: string;
  readonly value: string;
}

function signatureText(draft: Draft, signer: Signer, options: XmlSignOptions): string {
  const digest = options.digest ?? 'sha256';
  const c14n = `<ds:Transform Algorithm="${EXCLUSIVE_C14N}"/>`;
  const properties = options.xades === true;
  const second =
    `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#${draft.id}-props"><ds:Transforms>${c14n}</ds:Transforms>` +
    `${digestElements(digest, draft.propertiesDigest)}</ds:Reference>`;
  const certificates = [signer.certificate, ...signer.chain].map(
    (der) => `<ds:X509Certificate>${base64(der)}</ds:X509Certificate>`,
  );
  const object =
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${draft.id}">` +
    `${signedProperties(draft.id, signer, digest, options.signingTime)}</xades:QualifyingProperties></ds:Object>`;
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="${draft.id}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"/>` +
    `<ds:SignatureMethod Algorithm="${signatureUri(signer.algorithm, digest)}"/><ds:Reference URI="">` +
    `<ds:Transforms><ds:Transform Algorithm="${DS}enveloped-signature"/>${c14n}</ds:Transforms>` +
    `${digestElements(digest, draft.documentDigest)}</ds:Reference>${properties ? second : ''}</ds:SignedInfo>` +
    `<ds:SignatureValue Id="${draft.id}-value">${draft.value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data>${certificates.join('')}</ds:X509Data></ds:KeyInfo>${properties ? object : ''}</ds:Signature>`
  );
}

/** Octets of one element of the drafted signature, canonicalised where it will stand. */
function octetsWithin(text: string, id: string, path: string, limits: XmlLimits): Uint8Array {
  const doc = parseXml(Buffer.from(text, 'utf8'), limits);
  try {
    const signature = select(doc, `//ds:Signature[@Id='${id}']`)[0];
    if (signature === undefined) throw new SigningError('XML_INVALID');
    isolate(signature);
    const [element] = select(signature, path);
    if (element === undefined) throw new SigningError('XML_INVALID');
    return canonicalElement(element, EXCLUSIVE);
  } finally {
    doc.dispose();
  }
}

/** DER ECDSA-Sig-Value to the r‖s of XML-DSig 1.1 §6.4.3. */
function plainEcdsa(der: Uint8Array, bits: number): Uint8Array {
  const width = Math.ceil(bits / 8);
  const out = Buffer.alloc(width * 2);
  let at = (der[1] ?? 0) >= 0x80 ? 3 : 2;
  for (const end of [width, width * 2]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const trimmed = number[0] === 0 ? number.subarray(1) : number;
    out.set(trimmed, end - trimmed.length);
    at += 2 + length;
  }
  return out;
}

interface Prepared {
  readonly text: string;
  readonly ordinal: number;
  readonly documentDigest: string;
}

function prepare(xml: Uint8Array, options: XmlSignOptions, limits: XmlLimits): Prepared {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(xml);
  } catch (cause) {
    throw new SigningError('XML_INVALID', { cause, details: { reason: 'only UTF-8 is signed' } });
  }
  const doc = parseXml(xml, limits);
  try {
    if (doc.encoding !== null && !/^utf-?8$/i.test(doc.encoding))
      throw new SigningError('XML_INVALID', { details: { reason: 'only UTF-8 is signed' } });
    const found =
      options.parentXPath === undefined
        ? [doc.root]
        : doc.find(options.parentXPath, { ...options.namespaces });
    const [parent] = found;
    if (!(parent instanceof XmlElement) || found.length !== 1)
      throw new SigningError('SIGNING_OPTION_INVALID', {
        details: { reason: 'parentXPath must select one element' },
      });
    const ordinal = Number(parent.eval('count(preceding::*) + count(ancestor::*)'));
    const documentDigest = base64(hash(options.digest ?? 'sha256', canonicalDocument(doc, EXCLUSIVE)));
    return { text, ordinal, documentDigest };
  } finally {
    doc.dispose();
  }
}

/** An Id no other signature of the document has: it depends on content, certificate and time. */
function freshId(prepared: Prepared, signer: Signer, time: Date): string {
  const seed = createHash('sha256')
    .update(prepared.documentDigest)
    .update(signer.certificate)
    .update(time.toISOString());
  return `sig-${seed.digest('hex').slice(0, 24)}`;
}

/**
 * Signs an XML document: exclusive canonicalisation, Reference URI="", enveloped. No octet outside the new element
 * changes, and signatures already there stay valid where their own transforms allow an addition.
 * @throws SigningError XML_INVALID (not well-formed, DOCTYPE, not UTF-8), XML_TOO_LARGE, SIGNING_OPTION_INVALID
 */
export async function signXml(xml: Uint8Array, signer: Signer, options: XmlSignOptions): Promise<Uint8Array> {
  const limits = { ...XML_LIMITS, ...options.limits };
  const digest = options.digest ?? 'sha256';
  const prepared = prepare(xml, options, limits);
  let draft: Draft = {
    id: freshId(prepared, signer, options.signingTime),
    documentDigest: prepared.documentDigest,
    propertiesDigest: 'AA==',
    value: 'AA==',
  };
  const place = () => appendChild(prepared.text, prepared.ordinal, signatureText(draft, signer, options));
  if (options.xades === true) {
    const octets = octetsWithin(place(), draft.id, "ds:Object/*/*[local-name()='SignedProperties']", limits);
    draft = { ...draft, propertiesDigest: base64(hash(digest, octets)) };
  }
  const signature = await signer.sign(octetsWithin(place(), draft.id, 'ds:SignedInfo', limits), digest);
  const { publicKey } = parseCertificate(signer.certificate);
  const value = signer.algorithm === 'ecdsa' ? plainEcdsa(signature, keyFacts(publicKey).bits) : signature;
  draft = { ...draft, value: base64(value) };
  return new Uint8Array(Buffer.from(place(), 'utf8'));
}
