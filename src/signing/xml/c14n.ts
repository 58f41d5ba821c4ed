/** Canonical XML 1.0, 1.1 and exclusive, through libxml2; anything it cannot canonicalise fails the reference. */
import { XmlC14NMode, type XmlDocument, type XmlElement, type XmlNode } from 'libxml2-wasm';
import { FaultSignal } from './faults.ts';
import { inheritsBase, type Outline, type Section } from './reference/outline.ts';

/** One canonicalisation method with its parameters. */
export interface C14nMethod {
  readonly mode: 0 | 1 | 2;
  readonly comments: boolean;
  /** InclusiveNamespaces PrefixList; `` stands for the default namespace. */
  readonly prefixes: readonly string[];
}

const METHODS: Readonly<Record<string, Omit<C14nMethod, 'prefixes'>>> = {
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315': { mode: XmlC14NMode.XML_C14N_1_0, comments: false },
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments': {
    mode: XmlC14NMode.XML_C14N_1_0,
    comments: true,
  },
  'http://www.w3.org/2006/12/xml-c14n11': { mode: XmlC14NMode.XML_C14N_1_1, comments: false },
  'http://www.w3.org/2006/12/xml-c14n11#WithComments': { mode: XmlC14NMode.XML_C14N_1_1, comments: true },
  'http://www.w3.org/2001/10/xml-exc-c14n#': { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, comments: false },
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments': {
    mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
    comments: true,
  },
};

/** Exclusive canonicalisation, for new signatures. */
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** What applies where nothing is said: inclusive 1.0 without comments (XML-DSig §4.4.3.2). */
export const DEFAULT_C14N: C14nMethod = { mode: XmlC14NMode.XML_C14N_1_0, comments: false, prefixes: [] };

/** Exclusive 1.0 without comments. */
export const EXCLUSIVE: C14nMethod = {
  mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
  comments: false,
  prefixes: [],
};

/** Whether an identifier names a canonicalisation method. */
export function isC14n(uri: string | null): uri is string {
  return uri !== null && METHODS[uri] !== undefined;
}

/** Reads a CanonicalizationMethod or Transform element. */
export function readC14n(uri: string, element: XmlElement): C14nMethod {
  const method = METHODS[uri];
  if (method === undefined) throw new FaultSignal('XML_ALGORITHM_UNKNOWN', uri.slice(0, 100));
  const list = element.get("*[local-name()='InclusiveNamespaces']/@PrefixList")?.content ?? '';
  const prefixes = list.split(/[ \t\r\n]+/).filter((prefix) => prefix !== '');
  if (prefixes.length > 200) throw new FaultSignal('XML_CANONICALIZATION', 'too many prefixes');
  return { ...method, prefixes: prefixes.map((prefix) => (prefix === '#default' ? '' : prefix)) };
}

/** Whether a method leaves out what an element only inherits. */
export function isExclusive(method: C14nMethod): boolean {
  return method.mode === XmlC14NMode.XML_C14N_EXCLUSIVE_1_0;
}

/** Canonical XML 1.1 joins the `xml:base` of elements left out (§2.4), which an element cut out alone cannot show. */
export function joinsBase(method: C14nMethod, outline: Outline, section: Section): boolean {
  return method.mode === XmlC14NMode.XML_C14N_1_1 && inheritsBase(outline, section);
}

class Collector {
  readonly parts: Buffer[] = [];

  write(part: Uint8Array): number {
    this.parts.push(Buffer.from(part));
    return part.length;
  }

  close(): boolean {
    return true;
  }
}

function run(canonicalise: (handler: Collector) => void): Uint8Array {
  const handler = new Collector();
  try {
    canonicalise(handler);
  } catch {
    throw new FaultSignal('XML_CANONICALIZATION');
  }
  const octets = Buffer.concat(handler.parts);
  if (octets.length === 0) throw new FaultSignal('XML_CANONICALIZATION', 'nothing left to sign');
  return octets;
}

function optionsOf(method: C14nMethod) {
  const exclusive = method.mode === XmlC14NMode.XML_C14N_EXCLUSIVE_1_0;
  const inclusiveNamespacePrefixes = [...method.prefixes];
  return {
    mode: method.mode,
    withComments: method.comments,
    ...(exclusive && method.prefixes.length > 0 ? { inclusiveNamespacePrefixes } : {}),
  };
}

/** Octets of a whole document. */
export function canonicalDocument(doc: XmlDocument, method: C14nMethod): Uint8Array {
  return run((handler) => doc.canonicalize(handler, optionsOf(method)));
}

/** Octets of one element with all below it. */
export function canonicalElement(element: XmlElement, method: C14nMethod): Uint8Array {
  return run((handler) => element.canonicalize(handler, optionsOf(method)));
}

/**
 * Cuts everything out of the document but `element`, what is below it and its bare ancestors. libxml2 asks about every
 * node of the document when it canonicalises a part, so cutting first makes that cost as little as the part.
 */
export function isolate(element: XmlElement): void {
  for (let node: XmlElement | null = element; node !== null; node = node.parent) {
    // Children in document order: reverse axes are sorted in quadratic time, and prev/next do not see processing instructions.
    const kept = node;
    const siblings: XmlNode[] = kept.parent === null ? kept.find('/node()') : kept.parent.find('node()');
    for (const sibling of siblings) if (!sibling.isSameNode(kept)) sibling.remove();
  }
}
