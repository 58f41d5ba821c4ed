/** The octets a Reference digests: cut out of the file, parsed by the one parser and canonicalised. */
import { type XmlDocument, XmlElement, XmlText } from 'libxml2-wasm';
import {
  type C14nMethod,
  canonicalDocument,
  canonicalElement,
  DEFAULT_C14N,
  isExclusive,
  joinsBase,
} from '../c14n.ts';
import { childElements, DS, elementsById, isDs, onlyText, parseXml, select } from '../document.ts';
import { FaultSignal } from '../faults.ts';
import {
  contains,
  documentWithout,
  type Outline,
  outermost,
  outlineOf,
  type Section,
  sectionsById,
  standalone,
} from './outline.ts';
import type { Plan, Selection } from './transforms.ts';
import type { DetachedFile, OwnSignature, PlannedReference, Target, XmlSource } from './types.ts';

/** Takes `octets` off the budget. */
export function spend(source: XmlSource, octets: number): void {
  source.budget -= octets + 1024;
  if (source.budget < 0)
    throw new FaultSignal('XML_TOO_MANY_REFERENCES', 'the work allowed for one file is used up');
}

/** Parses a piece cut out of the file; `use` gets it, and it is gone afterwards. */
export function withPiece<T>(source: XmlSource, piece: Uint8Array, use: (doc: XmlDocument) => T): T {
  spend(source, piece.length);
  let doc: XmlDocument;
  try {
    doc = parseXml(piece, source.limits);
  } catch {
    throw new FaultSignal('XML_CANONICALIZATION', 'nothing left to sign');
  }
  try {
    return use(doc);
  } finally {
    doc.dispose();
  }
}

/** What an element encodes: with more than its text in it, readers of the element would see what the digest does not. */
function decodeElement(element: XmlElement): Uint8Array {
  const text = onlyText(element);
  if (text === null) throw new FaultSignal('XML_CANONICALIZATION', 'not base64 alone');
  return decodeText(text);
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

function checkType(element: XmlElement, type: string, inSignature: boolean): void {
  const name = TYPED[type];
  if (name !== undefined && !isDs(element, name) && !inSignature)
    throw new FaultSignal('XML_REFERENCE_TYPE', name);
}

/** How far above an element the signature is whose part it is (XML-DSig §4.5, §5.1). */
const LEVELS: Readonly<Record<string, number>> = { Object: 1, Manifest: 2, SignatureProperties: 2 };

/** An Object, or what stands in one, moved into a wrapper is read by nobody where it is: not what anyone is shown. */
function checkPlace(element: XmlElement, outline: Outline, section: Section): void {
  const level = isDs(element, element.name) ? LEVELS[element.name] : undefined;
  if (level === undefined) return;
  const holder = section.above.at(-level);
  if (!outline.signatures.some(({ start }) => start === holder?.start))
    throw new FaultSignal('XML_REFERENCE_TYPE', `${element.name} outside its place`);
}

/**
 * The section of the element with an Id, which must be the only one to carry it in whatever spelling of the attribute,
 * to the parser and in the octets alike.
 */
function uniqueSection(outline: Outline, doc: XmlDocument | null, id: string): Section {
  const found = doc === null ? null : elementsById(doc, id);
  const sections = sectionsById(outline, id);
  if ((found?.length ?? 0) > 1 || sections.length > 1)
    throw new FaultSignal('XML_ID_REPEATED', id.slice(0, 100));
  const [section] = sections;
  if (section === undefined || found?.length === 0)
    throw new FaultSignal('XML_REFERENCE_NOT_FOUND', id.slice(0, 100));
  return section;
}

function removed(plan: Plan, outline: Outline, own: Section | null): readonly Section[] {
  if (plan.remove === 'own') return own === null ? [] : [own];
  // Outermost alone: what stands inside goes with them.
  if (plan.remove === 'top') return outline.signatures.filter((section) => section.above.length === 1);
  return plan.remove === 'all' ? outermost(outline.signatures) : [];
}

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#xD;');
}

/** The content of an element without the element: elements canonicalised one by one, text between them. */
function innerOctets(element: XmlElement, method: C14nMethod): Uint8Array {
  const nodes = element.find('node()');
  return Buffer.concat(
    nodes.map((node) => {
      if (node instanceof XmlElement) return canonicalElement(node, method);
      if (node instanceof XmlText) return Buffer.from(escapeText(node.content));
      throw new FaultSignal('XML_TRANSFORM_REFUSED', 'content other than elements and text');
    }),
  );
}

function follow(root: XmlElement, { path, self }: Selection): XmlElement {
  if (self !== null && (root.name !== self.name || root.namespaceUri !== self.namespace))
    throw new FaultSignal('XML_REFERENCE_NOT_FOUND', self.name);
  return path.reduce((element, step) => {
    const next = childElements(element).filter(
      (child) => child.name === step.name && child.namespaceUri === step.namespace,
    );
    const [only] = next;
    if (only === undefined || next.length > 1) throw new FaultSignal('XML_REFERENCE_NOT_FOUND', step.name);
    return only;
  }, root);
}

/** Octets of one element, by its section. */
function elementOctets(
  planned: Pick<PlannedReference, 'plan' | 'comments' | 'type'>,
  outline: Outline,
  section: Section,
  own: Section | null,
  source: XmlSource,
): Uint8Array {
  const { plan, comments, type } = planned;
  const cut = removed(plan, outline, own).filter(
    (item) => item.start !== section.start || plan.remove !== 'none',
  );
  if (cut.some((item) => contains(item, section)))
    throw new FaultSignal('XML_REFERENCE_NOT_FOUND', 'removed');
  const method = plan.method ?? DEFAULT_C14N;
  const effective = { ...method, comments: method.comments && comments };
  if (joinsBase(method, outline, section))
    throw new FaultSignal('XML_CANONICALIZATION', 'xml:base reaches the element from above');
  const inside = cut.filter((item) => contains(section, item));
  return withPiece(source, standalone(outline, section, !isExclusive(method), inside), (doc) => {
    checkType(doc.root, type, own !== null && contains(own, section));
    checkPlace(doc.root, outline, section);
    if (plan.select !== null) {
      const element = follow(doc.root, plan.select);
      if (plan.base64) return decodeElement(element);
      return plan.select.inner ? innerOctets(element, effective) : canonicalElement(element, effective);
    }
    return plan.base64 ? decodeElement(doc.root) : canonicalDocument(doc, effective);
  });
}

function documentOctets(planned: PlannedReference, own: OwnSignature, source: XmlSource): Uint8Array {
  const { plan, comments } = planned;
  const method = plan.method ?? DEFAULT_C14N;
  const effective = { ...method, comments: method.comments && comments };
  const finish = (doc: XmlDocument): Uint8Array =>
    plan.base64 ? decodeElement(doc.root) : canonicalDocument(doc, effective);
  const { whole } = source;
  const simple = plan.remove === 'none' || plan.remove === 'own';
  if (own.alone && simple && whole !== null) {
    // The last look at the whole file: the parsed document itself is used up for it.
    source.whole = null;
    spend(source, source.outline.bytes.length);
    try {
      if (plan.remove === 'own') {
        const [signature] = select(whole, '/descendant::ds:Signature');
        if (signature === undefined || signature.parent === null)
          throw new FaultSignal('XML_CANONICALIZATION', 'nothing left to sign');
        signature.remove();
      }
      return finish(whole);
    } finally {
      whole.dispose();
    }
  }
  const cut = removed(plan, source.outline, own.section);
  return withPiece(source, documentWithout(source.outline, cut), finish);
}

/** A file outside, as a tree: whole, or one element of it chosen by its Id. */
function fileOctets(file: DetachedFile, planned: PlannedReference, source: XmlSource): Uint8Array {
  const { plan } = planned;
  if (plan.remove !== 'none') throw new FaultSignal('XML_TRANSFORM_REFUSED', 'on a detached file');
  if (plan.select !== null) {
    const outline = outlineOf(Buffer.from(file.bytes), source.limits.maxDepth);
    return withPiece(source, file.bytes, (doc) => {
      const section = uniqueSection(outline, doc, plan.select?.id ?? '');
      return elementOctets({ ...planned, comments: false }, outline, section, null, source);
    });
  }
  if (plan.base64) return decodeText(Buffer.from(file.bytes).toString('latin1'));
  if (plan.method === null) return file.bytes;
  const { method } = plan;
  spend(source, file.bytes.length);
  const doc = parseXml(file.bytes, source.limits);
  try {
    return canonicalDocument(doc, method);
  } finally {
    doc.dispose();
  }
}

function byTarget(
  target: Target,
  planned: PlannedReference,
  own: OwnSignature,
  source: XmlSource,
): Uint8Array {
  if (target.kind === 'file') return fileOctets(target.file, planned, source);
  if (target.kind === 'document') return documentOctets(planned, own, source);
  const section = uniqueSection(source.outline, source.whole, target.id);
  return elementOctets(planned, source.outline, section, own.section, source);
}

/** The octets of a planned reference. @throws FaultSignal */
export function octetsOf(planned: PlannedReference, own: OwnSignature, source: XmlSource): Uint8Array {
  const octets = byTarget(planned.target, planned, own, source);
  spend(source, octets.length);
  return octets;
}
