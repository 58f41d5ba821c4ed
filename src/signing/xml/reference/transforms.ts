/** Transforms of a Reference: a short list of known meanings; everything else is refused (XML-DSig §4.4.3.4, §6.6). */
import type { XmlElement } from 'libxml2-wasm';
import { type C14nMethod, isC14n, readC14n } from '../c14n.ts';
import { attribute, childElements, DS, isDs, onlyText, type XmlLimits } from '../document.ts';
import { FaultSignal } from '../faults.ts';

/** One element chosen by its Id and a path of child elements below it. */
export interface Selection {
  readonly id: string;
  readonly path: readonly { readonly namespace: string; readonly name: string }[];
  /** What the element holds, without the element itself. */
  readonly inner: boolean;
  /** A test on the element found, when the expression makes one: its name. */
  readonly self: { readonly namespace: string; readonly name: string } | null;
}

/** What the transforms of one Reference come to. */
export interface Plan {
  /** Remove the signature itself (enveloped) or every signature (the XPath idiom) before canonicalising. */
  readonly remove: 'none' | 'own' | 'top' | 'all';
  readonly select: Selection | null;
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

/** A few XPath idioms mean "without signatures"; they are recognised by their text and never evaluated. */
const REMOVALS: readonly {
  readonly filter2: boolean;
  readonly pattern: RegExp;
  readonly remove: 'own' | 'top' | 'all';
}[] = [
  { filter2: false, pattern: /^not\(ancestor-or-self::([\w.-]+):Signature\)$/, remove: 'all' },
  { filter2: true, pattern: /^here\(\)\/ancestor::([\w.-]+):Signature\[1\]$/, remove: 'own' },
  { filter2: true, pattern: /^(?:\/descendant::|\/\/)([\w.-]+):Signature$/, remove: 'all' },
  { filter2: true, pattern: /^\/descendant::\*\[name\(\)='([\w.-]+):Signature'\]$/, remove: 'all' },
  { filter2: true, pattern: /^\/\*\/([\w.-]+):Signature$/, remove: 'top' },
];

/** And a few mean "this element alone", found by its Id (Filter `intersect`; the XPath filter with its ancestors). */
const BY_ID =
  /^(?:id\((["'])([^"']+)\1\)|\/\/\*\[@Id=(["'])([^"']+)\3\])((?:\/[\w.-]+:[\w.-]+)*)(\/node\(\))?$/;
const SELF_BY_ID = /^ancestor-or-self::([\w.-]+:[\w.-]+)\[@Id=(["'])([^"']+)\2\]$/;

function qualified(name: string, element: XmlElement): { namespace: string; name: string } | null {
  const [prefix = '', local = ''] = name.split(':');
  const namespace = element.namespaceForPrefix(prefix);
  return namespace === null ? null : { namespace, name: local };
}

function selectionOf(text: string, expression: XmlElement, filter2: boolean): Selection | null {
  const self = filter2 ? null : SELF_BY_ID.exec(text);
  if (self !== null) {
    const name = qualified(self[1] ?? '', expression);
    return name === null ? null : { id: self[3] ?? '', path: [], inner: false, self: name };
  }
  const found = filter2 ? BY_ID.exec(text) : null;
  if (found === null) return null;
  const steps = (found[5] ?? '').split('/').filter((step) => step !== '');
  const path = steps.map((step) => qualified(step, expression));
  if (path.some((step) => step === null)) return null;
  return {
    id: found[2] ?? found[4] ?? '',
    path: path.filter((step) => step !== null),
    inner: found[6] !== undefined,
    self: null,
  };
}

function removalOf(text: string, expression: XmlElement, filter2: boolean): 'own' | 'top' | 'all' | null {
  for (const idiom of REMOVALS) {
    const prefix = idiom.filter2 === filter2 ? idiom.pattern.exec(text)?.[1] : undefined;
    if (prefix !== undefined && expression.namespaceForPrefix(prefix) === DS) return idiom.remove;
  }
  return null;
}

/** Reads an XPath transform by its text; null when it means nothing we know. */
function addXPath(plan: Plan, transform: XmlElement, filter2: boolean): Plan | null {
  const [expression, ...more] = childElements(transform);
  const text = (expression === undefined ? null : onlyText(expression))?.replace(/\s+/g, '') ?? '';
  if (expression === undefined || more.length > 0 || plan.select !== null) return null;
  const filter = filter2 ? attribute(expression, 'Filter') : 'subtract';
  const remove = filter === 'subtract' ? removalOf(text, expression, filter2) : null;
  if (remove !== null) return { ...plan, remove: plan.remove === 'all' ? 'all' : remove };
  const select = filter2 && filter !== 'intersect' ? null : selectionOf(text, expression, filter2);
  return select === null ? null : { ...plan, select };
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
  const added = uri === XPATH || uri === FILTER2 ? addXPath(plan, transform, uri === FILTER2) : null;
  if (added === null) throw refuse();
  return added;
}

/** What the transforms of a Reference come to. @throws FaultSignal XML_TRANSFORM_REFUSED … */
export function planOf(reference: XmlElement, limits: XmlLimits): Plan {
  const container = childElements(reference).find((element) => isDs(element, 'Transforms'));
  const transforms = container === undefined ? [] : childElements(container);
  if (transforms.length > limits.maxTransforms)
    throw new FaultSignal('XML_TOO_MANY_TRANSFORMS', `${transforms.length}`);
  if (transforms.some((element) => !isDs(element, 'Transform')))
    throw new FaultSignal('XML_SIGNATURE_STRUCTURE', 'Transforms');
  const nothing: Plan = { remove: 'none', select: null, method: null, base64: false };
  return transforms.reduce(addTransform, nothing);
}
