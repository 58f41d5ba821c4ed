/** Manifests (XML-DSig §5.1): a signature over one is over a list of digests, and over what they fit and nothing else. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import type { SignatureFacts } from '../../facts.ts';
import { childElements, elementsById, isDs } from '../document.ts';
import { FaultSignal, type XmlFault, xmlFault, xmlRemark } from '../faults.ts';
import { each, judgeAll, planReference, type Reading } from '../reference/references.ts';
import type { OwnSignature, PlannedReference, ReferenceOutcome, XmlSource } from '../reference/types.ts';

/** The entries of the Manifests a signature is over. */
export interface Listed {
  /** Content references that are to a Manifest alone. */
  readonly lists: readonly PlannedReference[];
  readonly entries: Reading<PlannedReference>;
}

/** The Manifest a reference points at, directly or as all there is in an Object. */
function manifestsAt({ target }: PlannedReference, doc: XmlDocument): readonly XmlElement[] {
  if (target.kind !== 'element') return [];
  const [element] = elementsById(doc, target.id);
  if (element === undefined) return [];
  const inside = isDs(element, 'Object') ? childElements(element) : [element];
  return inside.length > 0 && inside.every((item) => isDs(item, 'Manifest')) ? inside : [];
}

/** Reads the entries, before the document may be used up. @throws FaultSignal XML_TOO_MANY_REFERENCES */
export function planManifests(
  doc: XmlDocument,
  content: readonly PlannedReference[],
  source: XmlSource,
): Listed {
  const found = content.map((reference) => ({ reference, manifests: manifestsAt(reference, doc) }));
  const entries = found
    .flatMap(({ manifests }) => manifests.flatMap(childElements))
    .filter((element) => isDs(element, 'Reference'));
  if (entries.length > source.limits.maxReferences)
    throw new FaultSignal('XML_TOO_MANY_REFERENCES', `${entries.length} in a Manifest`);
  return {
    lists: found.filter(({ manifests }) => manifests.length > 0).map(({ reference }) => reference),
    // A single file handed in stands for the one that a signature names; it does not stand for all that a list names.
    entries: each(entries, (entry) => planReference(entry, { ...source, exactNames: true })),
  };
}

/** What comes of the entries. */
export interface ManifestOutcome {
  readonly faults: readonly XmlFault[];
  readonly remarks: SignatureFacts['remarks'];
  /** Entries whose digest fits. */
  readonly matching: readonly ReferenceOutcome[];
}

/**
 * Judges the entries: one that does not fit fails the signature, one that cannot be looked at is remarked on (as DSS has it)
 * and is not among what the signature covers.
 */
export function judgeManifests({ entries }: Listed, own: OwnSignature, source: XmlSource): ManifestOutcome {
  const judged = judgeAll(entries.read, own, source);
  const outcomes = judged.read.map((item) => item.outcome);
  const wrong = outcomes.filter((outcome) => !outcome.matches);
  const matching = outcomes.filter((outcome) => outcome.matches);
  const faults = wrong.map(({ uri }) =>
    xmlFault('XADES_MANIFEST', (uri ?? '').slice(0, 100), 'HASH_FAILURE'),
  );
  const unchecked = [...entries.faults, ...judged.faults];
  return {
    faults,
    remarks: unchecked.slice(0, 10).map(({ en }) => xmlRemark('XML_MANIFEST_UNCHECKED', en)),
    matching,
  };
}
