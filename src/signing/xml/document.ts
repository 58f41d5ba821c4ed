/** XML documents for signatures: parsed by libxml2 without DTD, entities, files or network, within limits. */
import { ParseOption, XmlDocument, XmlElement, type XmlNode, XmlText, XmlXPath } from 'libxml2-wasm';
import { SigningError } from '../errors.ts';

/** Bounds for hostile documents. */
export interface XmlLimits {
  /** Default 256 MiB. */
  readonly maxBytes: number;
  /** Nesting of elements; default 256. */
  readonly maxDepth: number;
  /** Signature elements read; default 50. */
  readonly maxSignatures: number;
  /** References in one SignedInfo into the document or through transforms; default 30 (the JDK's secure validation). */
  readonly maxReferences: number;
  /** References in one SignedInfo to whole other files; default 2,000, what a container may hold. */
  readonly maxFileReferences: number;
  /** Transforms in one Reference; default 5 (the JDK's secure validation). */
  readonly maxTransforms: number;
  /** Octets parsed or canonicalised in all, as a multiple of the file plus 64 MiB; default 40. */
  readonly maxWork: number;
}

/** Defaults of `XmlLimits`. */
export const XML_LIMITS: XmlLimits = {
  maxBytes: 256 * 1024 * 1024,
  maxDepth: 256,
  maxSignatures: 50,
  maxReferences: 30,
  maxFileReferences: 2000,
  maxTransforms: 5,
  maxWork: 40,
};

/** Namespace of XML-DSig. */
export const DS = 'http://www.w3.org/2000/09/xmldsig#';

const OPTIONS =
  ParseOption.XML_PARSE_NONET |
  ParseOption.XML_PARSE_NO_XXE |
  ParseOption.XML_PARSE_NO_SYS_CATALOG |
  ParseOption.XML_PARSE_HUGE;

function invalid(reason: string, cause?: unknown): SigningError {
  return new SigningError('XML_INVALID', { cause, details: { reason } });
}

/** Text of the prolog in any encoding that keeps ASCII apart (UTF-8, Latin-1 …) or is UTF-16. */
function asText(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const littleEndian = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0);
  const bigEndian = (head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c);
  if (littleEndian) return head.toString('utf16le');
  if (bigEndian)
    return Buffer.from(head.subarray(0, head.length & ~1))
      .swap16()
      .toString('utf16le');
  return head.toString('latin1');
}

/** What stands right after the prolog, its position known without any parser. @throws SigningError XML_INVALID */
function afterProlog(bytes: Uint8Array): string {
  const text = asText(bytes.length > 2 ** 24 ? bytes.subarray(0, 2 ** 24) : bytes);
  let at = /^(?:\ufeff|\u00ef\u00bb\u00bf)?/.exec(text)?.[0].length ?? 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1;
    const end = text.startsWith('<?', at)
      ? text.indexOf('?>', at) + 2
      : text.startsWith('<!--', at)
        ? text.indexOf('-->', at + 4) + 3
        : -1;
    if (end < 0) break;
    if (end < 4) throw invalid('the prolog does not end');
    at = end;
  }
  return text.slice(at, at + 2);
}

/** Whether the file has a document type declaration, which is where entities and default attributes come from. */
export function hasDoctype(bytes: Uint8Array): boolean {
  return afterProlog(bytes) === '<!';
}

/**
 * Parses a document. The caller disposes of it.
 * @param depth `checked` when the nesting is bounded otherwise, or known.
 * @throws SigningError XML_INVALID, XML_TOO_LARGE
 */
export function parseXml(
  bytes: Uint8Array,
  limits: XmlLimits,
  depth: 'check' | 'checked' = 'check',
): XmlDocument {
  if (bytes.length > limits.maxBytes)
    throw new SigningError('XML_TOO_LARGE', { details: { limitBytes: limits.maxBytes } });
  const start = afterProlog(bytes);
  if (start === '<!') throw invalid('a document type declaration is not allowed');
  if (!start.startsWith('<')) throw invalid('not XML');
  let doc: XmlDocument;
  try {
    doc = XmlDocument.fromBuffer(bytes, { option: OPTIONS });
  } catch (cause) {
    throw invalid('not well-formed', cause);
  }
  try {
    if (doc.dtd !== null) throw invalid('a document type declaration is not allowed');
    if (
      depth === 'check' &&
      doc.get(`/${Array.from({ length: limits.maxDepth + 1 }, () => '*').join('/')}`) !== null
    )
      throw invalid('nested too deeply');
    return doc;
  } catch (error) {
    doc.dispose();
    throw error;
  }
}

/** The encoding a document without byte order mark declares, lower case; none is UTF-8. */
function declaredEncoding(head: string): string {
  return /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1]?.toLowerCase() ?? 'utf-8';
}

/**
 * The octets of a document that has been parsed, in UTF-8, with an XML declaration only where that says UTF-8 or nothing.
 * @returns null for an encoding other than UTF-8, UTF-16, ASCII and ISO 8859 (9 and 11 left out).
 */
export function toUtf8(bytes: Uint8Array): Buffer | null {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const bare = (text: string) =>
    Buffer.from(text.replace(/^\ufeff?<\?xml[^>]*\?>/, '').replace(/^\ufeff/, ''));
  if (whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) return toUtf8(whole.subarray(3));
  if (whole[0] === 0xff || whole[0] === 0xfe || whole[0] === 0 || whole[1] === 0) return bare(asText(whole));
  const encoding = declaredEncoding(whole.toString('latin1', 0, 200));
  if (['utf-8', 'utf8', 'us-ascii', 'ascii'].includes(encoding)) return whole;
  if (/^(?:iso-8859-1|latin1?|iso_8859-1)$/.test(encoding)) return bare(whole.toString('latin1'));
  // The other parts of ISO 8859 whose label means them: 9 and 11 are read as another code page by `TextDecoder`.
  if (!/^iso[-_]8859-(?:[2-8]|10|1[3-6])$/.test(encoding)) return null;
  try {
    return bare(new TextDecoder(encoding.replace('_', '-'), { fatal: true }).decode(whole));
  } catch {
    return null;
  }
}

/** Child elements in document order. */
export function childElements(parent: XmlElement): XmlElement[] {
  return select(parent, '*');
}

declare const dsBrand: unique symbol;

/** An element found to be in the XML-DSig namespace. */
export type DsElement = XmlElement & { readonly [dsBrand]: true };

/** Whether an element has this name in the XML-DSig namespace. */
export function isDs(element: XmlElement | undefined, name: string): element is DsElement {
  return element !== undefined && element.name === name && element.namespaceUri === DS;
}

/** The only text of an element that may hold nothing else: no comment, no processing instruction, no element. Null otherwise. */
export function onlyText(element: XmlElement): string | null {
  const { firstChild } = element;
  if (firstChild === null) return '';
  return firstChild instanceof XmlText && firstChild.next === null ? firstChild.content : null;
}

/** Base64 of an element that holds nothing else; null when it holds something else or is not base64. */
export function onlyBase64(element: XmlElement): Uint8Array | null {
  const text = onlyText(element)?.replace(/[ \t\r\n]/g, '') ?? null;
  if (text === null || text === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Value of an attribute without namespace, or null. */
export function attribute(element: XmlElement, name: string): string | null {
  return element.attr(name)?.value ?? null;
}

/** Value of the attribute of that local name in any namespace, or the empty text. */
export function anyAttribute(element: XmlElement, name: string): string {
  return element.attrs.find((item) => item.name === name)?.value ?? '';
}

/** Short paths are the same few for every file: compiled once, since that costs more than following them. */
const compiled = new Map<string, XmlXPath>();
const MAX_COMPILED = 64;
const SHORT_PATH = 60;

function compiledPath(xpath: string): XmlXPath | null {
  const known = compiled.get(xpath);
  if (known !== undefined) return known;
  if (xpath.length > SHORT_PATH || compiled.size >= MAX_COMPILED) return null;
  const path = XmlXPath.compile(xpath, { ds: DS });
  compiled.set(xpath, path);
  return path;
}

/** Elements found by XPath under `from`. */
export function select(from: XmlNode | XmlDocument, xpath: string): XmlElement[] {
  const path = compiledPath(xpath);
  const found = path === null ? from.find(xpath, { ds: DS }) : from.find(path);
  return found.filter((node) => node instanceof XmlElement);
}

/** Names of identifying attributes besides Id, ID, id …: those of SAML 1.1, lower case. */
const OTHER_IDS = ['assertionid', 'requestid', 'responseid'];

/** Whether an attribute of this local name identifies its element. */
export function isIdName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'id' || OTHER_IDS.includes(lower);
}

/** The same as an XPath condition on an attribute. */
const IS_ID = `(translate(local-name(),'ID','id')='id' or local-name()='AssertionID' or local-name()='RequestID' or local-name()='ResponseID')`;

/** All elements that carry `id` in an identifying attribute of any namespace. */
export function elementsById(doc: XmlDocument, id: string): XmlElement[] {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}._:-]*$/u.test(id)) return [];
  return select(doc, `//*[@*[${IS_ID} and .='${id}']]`);
}
