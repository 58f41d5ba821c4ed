/** Where signed things stand in a document: coverage, unsigned namesakes (wrapping), counter-signatures and their masters. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import type { Coverage } from '../../facts.ts';
import { attribute, childElements, elementsById, isDs, select } from '../document.ts';
import type { PlannedReference, Target } from '../reference/types.ts';
import type { Coverings } from './covered.ts';
import { isForeign, looseParts, oddParts } from './loose.ts';

/** A reference as far as its place is concerned. */
type Pointing = Pick<PlannedReference, 'target' | 'plan'>;

/** What a signature covers, and whether an unsigned namesake stands beside it. */
export interface Place {
  readonly coverage: Coverage;
  readonly twin: boolean;
  /** Names, with their Ids, of elements inside the signature that no signature is over. */
  readonly loose: readonly string[];
}

/** Elements a signature points at, in the whole document. */
interface Located {
  readonly element: XmlElement;
  readonly inSignature: boolean;
  /** Whether the element is signed as it stands, and not a part of it or the octets it encodes. */
  readonly whole: boolean;
}

/** Whether the transforms leave an element whole; the content of a ds:Object in base64 is all there is to it. */
function isWhole({ plan }: Pointing, element: XmlElement | null): boolean {
  const picks = plan.select !== null && (plan.select.path.length > 0 || plan.select.inner);
  return !picks && (!plan.base64 || (element !== null && isDs(element, 'Object')));
}

function locate(doc: XmlDocument, outcomes: readonly Pointing[], signature: XmlElement): Located[] {
  const found: Located[] = [];
  for (const outcome of outcomes) {
    const { target } = outcome;
    if (target.kind !== 'element') continue;
    const [element] = elementsById(doc, target.id);
    if (element === undefined) continue;
    const inSignature = isInside(element, signature);
    found.push({ element, inSignature, whole: isWhole(outcome, element) });
  }
  return found;
}

/** Whether an element is another, or stands in it. */
export function isInside(element: XmlElement, container: XmlElement): boolean {
  for (let node: XmlElement | null = element; node !== null; node = node.parent)
    if (node.isSameNode(container)) return true;
  return false;
}

/** What a reference to a ds:Object shows is what stands in it. */
function shown({ element }: Located): readonly XmlElement[] {
  if (isDs(element, 'Object')) return childElements(element).filter(isForeign);
  return isForeign(element) ? [element] : [];
}

/** Readers differ in whether they ask for a namespace, so one that has none is taken for a namesake of one that has. */
function isNamesake(one: XmlElement, other: XmlElement): boolean {
  return one.namespaceUri === other.namespaceUri || one.namespaceUri === '' || other.namespaceUri === '';
}

function namesakes(doc: XmlDocument, element: XmlElement): XmlElement[] {
  return select(doc, `//*[local-name()='${element.name}']`).filter((item) => isNamesake(item, element));
}

/**
 * An element of the same name as a signed one, itself signed by nobody, is what signature wrapping lives on: the
 * application would find it instead (McIntosh & Austel 2005; XSW1–8). Such a file is refused as ambiguous.
 */
function hasTwin(doc: XmlDocument, located: readonly Located[], coverings: Coverings): boolean {
  const isPointedAt = (item: XmlElement) => located.some(({ element }) => element.isSameNode(item));
  return located
    .flatMap(shown)
    .some((element) => namesakes(doc, element).some((item) => !isPointedAt(item) && !coverings.reach(item)));
}

/** Elements inside unsigned parts looked at; who puts more there is not asked what they are called. */
const MAX_LOOSE = 1000;

/** Whether unsigned parts of a signature hold an element of a name that is used in the document itself. */
function mimics(doc: XmlDocument, loose: readonly XmlElement[]): boolean {
  const inside = loose.flatMap((element) => [element, ...select(element, './/*')]).filter(isForeign);
  if (inside.length > MAX_LOOSE) return true;
  const byName = new Map(inside.map((element) => [`${element.namespaceUri} ${element.name}`, element]));
  return [...byName.values()].some((element) =>
    select(doc, `//*[local-name()='${element.name}'][not(ancestor::ds:Signature)]`).some((item) =>
      isNamesake(item, element),
    ),
  );
}

function named(element: XmlElement): string {
  const id = attribute(element, 'Id');
  return id === null ? element.name : `${element.name} ${id.slice(0, 60)}`;
}

/** Judges where the content references of a signature point. */
export function placeOf(
  doc: XmlDocument,
  signature: XmlElement,
  outcomes: readonly Pointing[],
  coverings: Coverings,
): Place {
  const parts = looseParts(signature, coverings);
  const loose = [...parts, ...oddParts(signature, coverings)].map(named);
  const located = locate(doc, outcomes, signature);
  const isRoot = ({ element, inSignature, whole }: Located) =>
    whole && (element.parent === null || (inSignature && signature.parent === null));
  const whole =
    outcomes.some((outcome) => outcome.target.kind === 'document' && isWhole(outcome, null)) ||
    located.some(isRoot);
  if (whole)
    return {
      coverage: parts.length === 0 ? 'whole-document' : 'partial',
      twin: mimics(doc, parts) || hasTwin(doc, located, coverings),
      loose,
    };
  const inside = located.length > 0 || outcomes.some(({ target }) => target.kind === 'document');
  if (!inside) return { coverage: 'external', twin: false, loose };
  return { coverage: 'partial', twin: hasTwin(doc, located, coverings), loose };
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
export function coversMaster(
  signature: XmlElement,
  content: readonly { readonly target: Target }[],
): boolean {
  const master = masterOf(signature);
  if (master === null) return true;
  const value = childElements(master).find((element) => isDs(element, 'SignatureValue'));
  const id = value === undefined ? null : attribute(value, 'Id');
  return content.some(({ target }) => target.kind === 'element' && target.id === id);
}
