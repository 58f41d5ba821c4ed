/** References of a SignedInfo: what each one points at, through which transforms, and whether its digest fits. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { hash, xmlDigest } from './algorithms.ts';
import {
  type C14nMethod,
  canonicalDocument,
  canonicalElement,
  DEFAULT_C14N,
  isC14n,
  isolate,
  readC14n,
} from './c14n.ts';
import {
  attribute,
  childElements,
  DS,
  elementsById,
  isDs,
  onlyBase64,
  onlyText,
  parseXml,
  select,
  type XmlLimits,
} from './document.ts';
import { FaultSignal } from './faults.ts';

/** A detached file a reference may name. */
export interface DetachedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The file being read and the budget for reading it. */
export interface XmlSource {
  readonly bytes: Uint8Array;
  readonly contents: readonly DetachedFile[];
  /** False: a single file stands for any name. */
  readonly exactNames: boolean;
  /** Certificates of signers the file only names. */
  readonly certificates: readonly Uint8Array[];
  readonly limits: XmlLimits;
  /** Octets still allowed to be parsed or canonicalised. */
  budget: number;
}

/** What a reference points at. */
export type Target =
  | { readonly kind: 'document' }
  | { readonly kind: 'element'; readonly id: string }
  | { readonly kind: 'file'; readonly file: DetachedFile };

/** One reference, judged. */
export interface ReferenceOutcome {
  readonly uri: string | null;
  readonly type: string;
  readonly target: Target;
  readonly matches: boolean;
  readonly digest: string;
  /** The octets digested. */
  readonly octets: Uint8Array;
  /** Whether the transforms themselves end in octets, so that no default canonicalisation was needed. */
  readonly explicitC14n: boolean;
}

interface Plan {
  /** Remove the signature itself (enveloped) or every signature (the XPath idiom) before canonicalising. */
  readonly remove: 'none' | 'own' | 'top' | 'all';
  readonly method: C14nMethod | null;
  readonly base64: boolean;
}

const ENVELOPED = `${DS}enveloped-signature`;
const BASE64 = `${DS}base64`;
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
const FILTER2 = 'http://www.w3.org/2002/06/xmldsig-filter2';

/** Transforms of the standards that are refused for what they allow: the signature may be sound, but cannot be judged. */
const KNOWN_TRANSFORMS: ReadonlySet<string> = new Set([
  XPATH,
  FILTER2,
  BASE64,
  ENVELOPED,
  'http://www.w3.org/TR/1999/REC-xslt-19991116',
  'http://www.w3.org/2001/04/xmldsig-more/xptr',
  'http://schemas.openxmlformats.org/package/2006/RelationshipTransform',
]);

/** Takes `octets` off the budget. */
export function spend(source: XmlSource, octets: number): void {
  source.budget -= octets + 1024;
  if (source.budget < 0)
    throw new FaultSignal('XML_TOO_MANY_REFERENCES', 'the work allowed for one file is used up');
}

/** Parses a fresh copy of the file to cut pieces out of. The caller disposes of it. */
export function copyOf(source: XmlSource): XmlDocument {
  spend(source, source.bytes.length);
  return parseXml(source.bytes, source.limits);
}

/** Reads the pointer in a URI attribute (XML-DSig §4.4.3.2); bare names, `#xpointer(/)` and `#xpointer(id('x'))`. */
function targetOf(uri: string | null, source: XmlSource): { target: Target; comments: boolean } {
  if (uri === '') return { target: { kind: 'document' }, comments: false };
  if (uri?.startsWith('#') === true) {
    if (uri === '#xpointer(/)') return { target: { kind: 'document' }, comments: true };
    const pointer = /^#xpointer\(id\((['"])([^'"]+)\1\)\)$/.exec(uri)?.[2];
    if (pointer !== undefined) return { target: { kind: 'element', id: pointer }, comments: true };
    return { target: { kind: 'element', id: uri.slice(1) }, comments: false };
  }
  return { target: { kind: 'file', file: detached(uri, source) }, comments: false };
}

function detached(uri: string | null, source: XmlSource): DetachedFile {
  const { contents } = source;
  const exact = contents.find((file) => file.name === uri);
  if (exact !== undefined) return exact;
  if (uri !== null && /^[a-z][a-z0-9+.-]*:/i.test(uri))
    throw new FaultSignal('XML_REFERENCE_EXTERNAL', uri.slice(0, 100), 'SIGNED_DATA_NOT_FOUND');
  let name = uri;
  try {
    name = uri === null ? null : decodeURIComponent(uri);
  } catch {
    // Not percent-encoded: the name stands as it is.
  }
  const found =
    contents.find((file) => file.name === name) ??
    (contents.length === 1 && !source.exactNames ? contents[0] : undefined);
  if (found === undefined)
    throw new FaultSignal(
      'XML_REFERENCE_MISSING_CONTENT',
      (uri ?? '').slice(0, 100),
      'SIGNED_DATA_NOT_FOUND',
    );
  return found;
}

function isDsPrefix(element: XmlElement, prefix: string): boolean {
  return element.namespaceForPrefix(prefix) === DS;
}

/** A few XPath idioms mean "without signatures"; they are recognised by their text and never evaluated. */
const IDIOMS: readonly {
  readonly filter2: boolean;
  readonly pattern: RegExp;
  readonly remove: 'own' | 'top' | 'all';
}[] = [
  { filter2: false, pattern: /^not\(ancestor-or-self::([\w.-]+):Signature\)$/, remove: 'all' },
  { filter2: true, pattern: /^here\(\)\/ancestor::([\w.-]+):Signature\[1\]$/, remove: 'own' },
  { filter2: true, pattern: /^(?:\/descendant::|\/\/)([\w.-]+):Signature$/, remove: 'all' },
  { filter2: true, pattern: /^\/\*\/([\w.-]+):Signature$/, remove: 'top' },
];

function xpathMeaning(transform: XmlElement, filter2: boolean): 'own' | 'top' | 'all' | null {
  const elements = childElements(transform);
  const [expression] = elements;
  const text = (expression === undefined ? null : onlyText(expression))?.replace(/\s+/g, '') ?? '';
  if (expression === undefined || elements.length !== 1) return null;
  if (filter2 && attribute(expression, 'Filter') !== 'subtract') return null;
  for (const idiom of IDIOMS) {
    const prefix = idiom.filter2 === filter2 ? idiom.pattern.exec(text)?.[1] : undefined;
    if (prefix !== undefined && isDsPrefix(expression, prefix)) return idiom.remove;
  }
  return null;
}

function addTransform(plan: Plan, transform: XmlElement): Plan {
  const uri = attribute(transform, 'Algorithm');
  const refuse = () =>
    new FaultSignal(
      'XML_TRANSFORM_REFUSED',
      (uri ?? 'none').slice(0, 100),
      KNOWN_TRANSFORMS.has(uri ?? '') ? 'SIG_CONSTRAINTS_FAILURE' : undefined,
    );
  if (plan.base64) throw refuse();
  if (isC14n(uri)) return { ...plan, method: readC14n(uri, transform) };
  if (plan.method !== null) throw refuse();
  if (uri === BASE64) return { ...plan, base64: true };
  if (uri === ENVELOPED) return { ...plan, remove: plan.remove === 'all' ? 'all' : 'own' };
  const meaning = uri === XPATH || uri === FILTER2 ? xpathMeaning(transform, uri === FILTER2) : null;
  if (meaning === null) throw refuse();
  return { ...plan, remove: plan.remove === 'all' ? 'all' : meaning };
}

function planOf(reference: XmlElement, limits: XmlLimits): Plan {
  const container = childElements(reference).find((element) => isDs(element, 'Transforms'));
  const transforms = container === undefined ? [] : childElements(container);
  if (transforms.length > limits.maxTransforms)
    throw new FaultSignal('XML_TOO_MANY_TRANSFORMS', `${transforms.length}`);
  if (transforms.some((element) => !isDs(element, 'Transform')))
    throw new FaultSignal('XML_SIGNATURE_STRUCTURE', 'Transforms');
  return transforms.reduce(addTransform, { remove: 'none', method: null, base64: false } as Plan);
}

function removeSignatures(doc: XmlDocument, plan: Plan, ordinal: number): void {
  const signatures = select(doc, '//ds:Signature');
  if (plan.remove === 'own') signatures[ordinal]?.remove();
  // Outermost first would free the inner ones twice: only those without a Signature above are removed.
  if (plan.remove === 'top') for (const signature of select(doc, '/*/ds:Signature')) signature.remove();
  if (plan.remove === 'all')
    for (const signature of select(doc, '//ds:Signature[not(ancestor::ds:Signature)]')) signature.remove();
}

/** The element with an Id, which must be the only one to carry it in whatever spelling of the attribute. */
export function uniqueElement(doc: XmlDocument, id: string): XmlElement {
  const [found, second] = elementsById(doc, id);
  if (second !== undefined) throw new FaultSignal('XML_ID_REPEATED', id.slice(0, 100));
  if (found === undefined) throw new FaultSignal('XML_REFERENCE_NOT_FOUND', id.slice(0, 100));
  return found;
}

function decodeText(text: string): Uint8Array {
  const clean = text.replace(/[ \t\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean) || clean === '')
    throw new FaultSignal('XML_CANONICALIZATION', 'not base64');
  return new Uint8Array(Buffer.from(clean, 'base64'));
}

/** Types that say what the element must be (XML-DSig §4.5, §5.1): a wrapped element with another name is not it. */
const TYPED: Readonly<Record<string, string>> = {
  [`${DS}Object`]: 'Object',
  [`${DS}Manifest`]: 'Manifest',
  [`${DS}SignatureProperties`]: 'SignatureProperties',
};

function checkType(element: XmlElement, type: string): void {
  const name = TYPED[type];
  if (
    name !== undefined &&
    !isDs(element, name) &&
    element.get('ancestor::ds:Signature', { ds: DS }) === null
  )
    throw new FaultSignal('XML_REFERENCE_TYPE', name);
}

/** Octets of a node-set: signatures cut out, comments as the pointer has it, then the method. */
function nodeOctets(
  doc: XmlDocument,
  target: Target,
  plan: Plan,
  comments: boolean,
  ordinal: number,
  type: string,
): Uint8Array {
  const method = { ...(plan.method ?? DEFAULT_C14N) };
  const effective = { ...method, comments: method.comments && comments };
  if (target.kind === 'element') checkType(uniqueElement(doc, target.id), type);
  removeSignatures(doc, plan, ordinal);
  if (target.kind !== 'element')
    return plan.base64 ? decodeText(doc.root.content) : canonicalDocument(doc, effective);
  const element = uniqueElement(doc, target.id);
  if (plan.base64) return decodeText(element.content);
  isolate(element);
  return element.parent === null ? canonicalDocument(doc, effective) : canonicalElement(element, effective);
}

function fileOctets(file: DetachedFile, plan: Plan, source: XmlSource): Uint8Array {
  if (plan.remove !== 'none') throw new FaultSignal('XML_TRANSFORM_REFUSED', 'on a detached file');
  if (plan.base64) return decodeText(Buffer.from(file.bytes).toString('latin1'));
  if (plan.method === null) return file.bytes;
  spend(source, file.bytes.length);
  const doc = parseXml(file.bytes, source.limits);
  try {
    return canonicalDocument(doc, plan.method);
  } finally {
    doc.dispose();
  }
}

function octetsOf(
  source: XmlSource,
  target: Target,
  plan: Plan,
  comments: boolean,
  ordinal: number,
  type: string,
): Uint8Array {
  if (target.kind === 'file') return fileOctets(target.file, plan, source);
  const doc = copyOf(source);
  try {
    const octets = nodeOctets(doc, target, plan, comments, ordinal, type);
    spend(source, octets.length);
    return octets;
  } finally {
    doc.dispose();
  }
}

/**
 * Judges one Reference of the signature that is number `ordinal` of the document.
 * @throws FaultSignal
 */
export function judgeReference(reference: XmlElement, ordinal: number, source: XmlSource): ReferenceOutcome {
  const parts = childElements(reference).filter((element) => !isDs(element, 'Transforms'));
  const [method, value] = parts;
  if (!isDs(method, 'DigestMethod') || !isDs(value, 'DigestValue') || parts.length !== 2)
    throw new FaultSignal('XML_SIGNATURE_STRUCTURE', 'Reference');
  const algorithm = attribute(method, 'Algorithm');
  const digest = xmlDigest(algorithm);
  if (digest === null) throw new FaultSignal('XML_ALGORITHM_UNKNOWN', (algorithm ?? '').slice(0, 100));
  const expected = onlyBase64(value);
  if (expected === null) throw new FaultSignal('XML_SIGNATURE_STRUCTURE', 'DigestValue');
  const plan = planOf(reference, source.limits);
  const uri = attribute(reference, 'URI');
  const { target, comments } = targetOf(uri, source);
  const type = attribute(reference, 'Type') ?? '';
  const octets = octetsOf(source, target, plan, comments, ordinal, type);
  const matches = Buffer.compare(hash(digest, octets), expected) === 0;
  return {
    uri,
    type,
    target,
    matches,
    digest,
    octets,
    explicitC14n: plan.method !== null || plan.base64 || target.kind === 'file',
  };
}
