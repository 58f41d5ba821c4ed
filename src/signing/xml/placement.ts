/** Where signed things stand in a document: coverage, unsigned namesakes (wrapping), counter-signatures and their masters. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import type { Coverage } from '../facts.ts';
import { attribute, childElements, DS, elementsById, isDs, isIdName, select } from './document.ts';
import type { Target } from './reference/types.ts';

/** A reference as far as its place is concerned. */
interface Pointing {
  readonly target: Target;
}

/** What a signature covers, and whether an unsigned namesake stands beside it. */
export interface Place {
  readonly coverage: Coverage;
  readonly twin: boolean;
}

/** Elements a signature points at, in the whole document. */
interface Located {
  readonly element: XmlElement;
  readonly inSignature: boolean;
}

function locate(doc: XmlDocument, outcomes: readonly Pointing[], signature: XmlElement): Located[] {
  const found: Located[] = [];
  for (const { target } of outcomes) {
    if (target.kind !== 'element') continue;
    const [element] = elementsById(doc, target.id);
    if (element !== undefined) found.push({ element, inSignature: isInside(element, signature) });
  }
  return found;
}

function isInside(element: XmlElement, container: XmlElement): boolean {
  for (let node: XmlElement | null = element; node !== null; node = node.parent)
    if (node.isSameNode(container)) return true;
  return false;
}

/**
 * An element of the same name as a signed one, itself signed by nobody, is what signature wrapping lives on: the
 * application would find it instead (McIntosh & Austel 2005; XSW1–8). Such a file is refused as ambiguous.
 */
function hasTwin(doc: XmlDocument, located: readonly Located[], signedIds: ReadonlySet<string>): boolean {
  const outside = located.filter((item) => !item.inSignature && item.element.namespaceUri !== DS);
  return outside.some(({ element }) => {
    const namesakes = select(doc, `//*[local-name()='${element.name}']`).filter(
      (item) => item.namespaceUri === element.namespaceUri,
    );
    return namesakes.some((item) => !isCovered(item, signedIds));
  });
}

function isCovered(element: XmlElement, signedIds: ReadonlySet<string>): boolean {
  for (let node: XmlElement | null = element; node !== null; node = node.parent) {
    if (node.attrs.some((item) => isIdName(item.name) && signedIds.has(item.value))) return true;
  }
  return false;
}

/** Judges where the content references of a signature point. */
export function placeOf(
  doc: XmlDocument,
  signature: XmlElement,
  outcomes: readonly Pointing[],
  signedIds: ReadonlySet<string>,
): Place {
  if (outcomes.some(({ target }) => target.kind === 'document'))
    return { coverage: 'whole-document', twin: false };
  const located = locate(doc, outcomes, signature);
  const isRoot = ({ element, inSignature }: Located) =>
    element.parent === null || (inSignature && signature.parent === null);
  if (located.some(isRoot)) return { coverage: 'whole-document', twin: false };
  if (located.length === 0) return { coverage: 'external', twin: false };
  return { coverage: 'partial', twin: hasTwin(doc, located, signedIds) };
}

/** Ids that any signature of the document refers to. */
export function idsSigned(doc: XmlDocument): ReadonlySet<string> {
  const uris = select(doc, '//ds:SignedInfo/ds:Reference').map((element) => attribute(element, 'URI') ?? '');
  return new Set(
    uris
      .filter((uri) => uri.startsWith('#'))
      .map((uri) => /^#xpointer\(id\(['"]([^'"]+)['"]\)\)$/.exec(uri)?.[1] ?? uri.slice(1)),
  );
}

/** The master signature when this one is a XAdES counter-signature (EN 319 132-1 §5.2.7), else null. */
export function masterOf(signature: XmlElement): XmlElement | null {
  const { parent } = signature;
  if (parent?.name !== 'CounterSignature' || !parent.namespaceUri.startsWith('http://uri.etsi.org/01903'))
    return null;
  const above = select(signature, 'ancestor::ds:Signature');
  return above.at(-1) ?? null;
}

/** A counter-signature must refer to the SignatureValue of its master. */
export function coversMaster(signature: XmlElement, content: readonly Pointing[]): boolean {
  const master = masterOf(signature);
  if (master === null) return true;
  const value = childElements(master).find((element) => isDs(element, 'SignatureValue'));
  const id = value === undefined ? null : attribute(value, 'Id');
  return content.some(({ target }) => target.kind === 'element' && target.id === id);
}
