/** `signXml` and `signFilesAsXml`: XML-DSig signatures, as XAdES-B when asked: enveloped, enveloping, detached. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type XmlDocument, XmlElement } from 'libxml2-wasm';
import { SigningError } from '../../errors.ts';
import type { Signer, SigningDigest } from '../../ports.ts';
import { hash } from '../algorithms.ts';
import { canonicalDocument, canonicalElement, EXCLUSIVE_C14N } from '../c14n.ts';
import { DS, parseXml, select, XML_LIMITS, type XmlLimits } from '../document.ts';
import type { DetachedFile } from '../reference/types.ts';
import { sealSignature } from './seal.ts';
import { appendChild, rootRange } from './splice.ts';
import { base64, type ReferenceText, type SignatureParts } from './template.ts';

/** What all ways of signing share. */
export interface XmlSignBase {
  readonly signingTime: Date;
  /** Default `sha256`. */
  readonly digest?: SigningDigest;
  /** Make it XAdES-B (ETSI EN 319 132-1 §6): signing time, certificate and data formats become signed properties. Default false. */
  readonly xades?: boolean;
  readonly limits?: Partial<XmlLimits>;
}

/** How to sign one document. */
export interface XmlSignOptions extends XmlSignBase {
  /**
   * `enveloped` (default): the signature goes into the document. `enveloping`: the document goes into the signature; what is
   * not XML goes in as base64. `edxml-header`: enveloped, at the end of the header of a QCVN 102 package, with the plain
   * element names and the subject name that senders on the national axis write.
   */
  readonly placement?: 'enveloped' | 'enveloping' | 'edxml-header';
  /** XPath 1.0 of the element that receives an enveloped signature as last child; default the document element. */
  readonly parentXPath?: string;
  /** Prefixes used in `parentXPath`. */
  readonly namespaces?: Readonly<Record<string, string>>;
}

/** A file to be signed by reference, with its media type. */
export interface FileToSign extends DetachedFile {
  /** Default `application/octet-stream`. */
  readonly mimeType?: string;
}

const EXCLUSIVE = { mode: 1, comments: false, prefixes: [] } as const;
const EDXML = 'http://www.mic.gov.vn/TBT/QCVN_102_2016';
const ENVELOPED = [`${DS}enveloped-signature`, EXCLUSIVE_C14N];

/** An Id no other signature of the document has: it depends on content, certificate and time. */
function freshId(references: readonly { readonly digest: Uint8Array }[], signer: Signer, time: Date): string {
  const seed = createHash('sha256');
  for (const { digest } of references) seed.update(digest);
  seed.update(signer.certificate).update(time.toISOString());
  return `sig-${seed.digest('hex').slice(0, 24)}`;
}

function partsOf(
  references: readonly ReferenceText[],
  signer: Signer,
  options: XmlSignBase,
  more: Partial<SignatureParts> = {},
): SignatureParts {
  return {
    id: freshId(references, signer, options.signingTime),
    signer,
    digest: options.digest ?? 'sha256',
    prefix: 'ds',
    references,
    ...(options.xades === true ? { xadesTime: options.signingTime } : {}),
    ...more,
  };
}

/** Parses what is to be signed, and only UTF-8: the canonical form is UTF-8, and the signature is written in it. */
function open(xml: Uint8Array, limits: XmlLimits): XmlDocument {
  const reject = () => new SigningError('XML_INVALID', { details: { reason: 'only UTF-8 is signed' } });
  if (!isUtf8(xml)) throw reject();
  const doc = parseXml(xml, limits);
  if (doc.encoding === null || /^utf-?8$/i.test(doc.encoding)) return doc;
  doc.dispose();
  throw reject();
}

/** Number in document order of the element that shall receive the signature. */
function placeOf(doc: XmlDocument, options: XmlSignOptions): number {
  const header = options.placement === 'edxml-header';
  const xpath = options.parentXPath ?? (header ? '/*/e:edXMLEnvelope/e:edXMLHeader' : undefined);
  if (xpath === undefined) return 0;
  const found = doc.find(xpath, header ? { e: EDXML, ...options.namespaces } : { ...options.namespaces });
  const [parent] = found;
  if (!(parent instanceof XmlElement) || found.length !== 1) {
    const reason = header ? 'not an edXML package with one header' : 'parentXPath must select one element';
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason } });
  }
  return Number(parent.eval('count(preceding::*) + count(ancestor::*)'));
}

async function signEnveloped(
  xml: Uint8Array,
  signer: Signer,
  options: XmlSignOptions,
  limits: XmlLimits,
): Promise<Uint8Array> {
  const doc = open(xml, limits);
  let ordinal: number;
  let digest: Uint8Array;
  try {
    ordinal = placeOf(doc, options);
    digest = hash(options.digest ?? 'sha256', canonicalDocument(doc, EXCLUSIVE));
  } finally {
    doc.dispose();
  }
  const plain = options.placement === 'edxml-header' ? { prefix: '' as const, subjectName: true } : {};
  const references = [{ uri: '', transforms: ENVELOPED, digest, mimeType: 'text/xml' }];
  return appendChild(xml, ordinal, await sealSignature(partsOf(references, signer, options, plain)));
}

function isXml(bytes: Uint8Array): boolean {
  return /^(?:\u00ef\u00bb\u00bf)?\s*</.test(Buffer.from(bytes.subarray(0, 256)).toString('latin1'));
}

/** The ds:Object around the content, and its octets. */
function wrapped(content: Uint8Array, id: string, limits: XmlLimits): { object: string; octets: Uint8Array } {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const { start, end } = rootRange(bytes.toString('latin1'));
  const object = `<ds:Object Id="${id}">${bytes.subarray(start, end).toString('utf8')}</ds:Object>`;
  const doc = parseXml(
    Buffer.from(`<ds:Signature xmlns:ds="${DS}">${object}</ds:Signature>`, 'utf8'),
    limits,
  );
  try {
    const [element] = select(doc, '/*/ds:Object');
    if (element === undefined) throw new SigningError('XML_INVALID');
    return { object, octets: canonicalElement(element, EXCLUSIVE) };
  } finally {
    doc.dispose();
  }
}

async function signEnveloping(
  content: Uint8Array,
  signer: Signer,
  options: XmlSignOptions,
  limits: XmlLimits,
): Promise<Uint8Array> {
  const { digest = 'sha256' } = options;
  const id = `content-${Buffer.from(hash('sha256', content)).toString('hex').slice(0, 24)}`;
  let reference: ReferenceText;
  let object: string;
  if (isXml(content)) {
    open(content, limits).dispose();
    const made = wrapped(content, id, limits);
    object = made.object;
    reference = {
      uri: `#${id}`,
      transforms: [EXCLUSIVE_C14N],
      digest: hash(digest, made.octets),
      mimeType: 'text/xml',
    };
  } else {
    object = `<ds:Object Id="${id}" Encoding="${DS}base64">${base64(content)}</ds:Object>`;
    const mimeType = 'application/octet-stream';
    reference = { uri: `#${id}`, transforms: [`${DS}base64`], digest: hash(digest, content), mimeType };
  }
  return standalone(await sealSignature(partsOf([reference], signer, options, { object })));
}

function standalone(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`, 'utf8'));
}

/**
 * Signs an XML document: exclusive canonicalisation throughout. Enveloped, no octet outside the new element changes, and
 * signatures already there stay valid where their own transforms allow an addition.
 * @throws SigningError XML_INVALID (not well-formed, DOCTYPE, not UTF-8), XML_TOO_LARGE, SIGNING_OPTION_INVALID
 */
export async function signXml(xml: Uint8Array, signer: Signer, options: XmlSignOptions): Promise<Uint8Array> {
  const limits = { ...XML_LIMITS, ...options.limits };
  return options.placement === 'enveloping'
    ? signEnveloping(xml, signer, options, limits)
    : signEnveloped(xml, signer, options, limits);
}

/**
 * One detached signature over files by name, as a document of its own. Names become URIs relative to the signature.
 * @param wrap puts the ds:Signature element into what a container wants around it.
 * @throws SigningError SIGNING_OPTION_INVALID when there is nothing to sign
 */
export async function signFilesAsXml(
  files: readonly FileToSign[],
  signer: Signer,
  options: XmlSignBase,
  wrap: (signature: string) => string = (signature) => signature,
): Promise<Uint8Array> {
  if (files.length === 0)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'no file to sign' } });
  const { digest = 'sha256' } = options;
  const references = files.map(({ name, bytes, mimeType = 'application/octet-stream' }) => ({
    uri: name.split('/').map(encodeURIComponent).join('/'),
    transforms: [],
    digest: hash(digest, bytes),
    mimeType,
  }));
  return standalone(wrap(await sealSignature(partsOf(references, signer, options))));
}
