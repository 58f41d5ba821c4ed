/** References of a SignedInfo: what each one points at, through which transforms, and whether its digest fits. */
import type { XmlElement } from 'libxml2-wasm';
import { hash, xmlDigest } from '../algorithms.ts';
import { attribute, childElements, isDs, onlyBase64 } from '../document.ts';
import { FaultSignal, type XmlFault } from '../faults.ts';
import { octetsOf } from './octets.ts';
import { planOf } from './transforms.ts';
import type {
  DetachedFile,
  OwnSignature,
  PlannedReference,
  ReferenceOutcome,
  Target,
  XmlSource,
} from './types.ts';

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

/**
 * Reads one Reference.
 * @throws FaultSignal
 */
export function planReference(reference: XmlElement, source: XmlSource): PlannedReference {
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
  const pointed = targetOf(uri, source);
  // A selection by Id makes of a whole document one element of it.
  const selected = pointed.target.kind === 'document' ? plan.select : null;
  return {
    id: attribute(reference, 'Id'),
    uri,
    type: attribute(reference, 'Type') ?? '',
    target: selected === null ? pointed.target : { kind: 'element', id: selected.id },
    comments: pointed.comments,
    plan,
    digest,
    expected,
  };
}

/**
 * Judges a Reference: its octets, and whether their digest fits.
 * @throws FaultSignal
 */
function judgeReference(planned: PlannedReference, own: OwnSignature, source: XmlSource): ReferenceOutcome {
  const { plan, target } = planned;
  const octets = octetsOf(planned, own, source);
  return {
    id: planned.id,
    uri: planned.uri,
    type: planned.type,
    target,
    matches: Buffer.compare(hash(planned.digest, octets), planned.expected) === 0,
    digest: planned.digest,
    octets,
    explicitC14n: plan.method !== null || plan.base64 || target.kind === 'file',
  };
}

/** What could be read, and the faults of what could not. */
export interface Reading<T> {
  readonly read: T[];
  readonly faults: XmlFault[];
}

/** Applies `read` to each item; the faults it signals are kept beside what it could read. */
export function each<T, R>(items: readonly T[], read: (item: T) => R): Reading<R> {
  const result: Reading<R> = { read: [], faults: [] };
  for (const item of items) {
    try {
      result.read.push(read(item));
    } catch (error) {
      if (!(error instanceof FaultSignal)) throw error;
      result.faults.push(error.fault);
    }
  }
  return result;
}

/** Judges references, those to the whole document last: the parsed file may be used up for one. */
export function judgeAll(
  planned: readonly PlannedReference[],
  own: OwnSignature,
  source: XmlSource,
): Reading<{ reference: PlannedReference; outcome: ReferenceOutcome }> {
  const last = (reference: PlannedReference) => Number(reference.target.kind === 'document');
  const ordered = [...planned].sort((a, b) => last(a) - last(b));
  const judged = each(ordered, (reference) => ({
    reference,
    outcome: judgeReference(reference, own, source),
  }));
  judged.read.sort((a, b) => planned.indexOf(a.reference) - planned.indexOf(b.reference));
  return judged;
}
