/** Which references of a signature are to content, as against to its own properties, key and values. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { elementsById, isDs } from '../document.ts';
import { type XmlFault, xmlFault } from '../faults.ts';
import type { PlannedReference, ReferenceOutcome } from '../reference/types.ts';
import type { XadesFacts } from '../xades.ts';
import { isInside } from './placement.ts';

const SIGNED_PROPERTIES_TYPE = /^http:\/\/uri\.etsi\.org\/01903(?:\/v1\.\d\.\d)?#SignedProperties$/;

/** The Reference to the signed properties must be there and point at those of this very signature. */
export function propertiesFault(
  xades: XadesFacts | null,
  planned: readonly PlannedReference[],
): XmlFault | null {
  if (xades === null) return null;
  const covered = planned.some((reference) => pointsAtProperties(reference, xades));
  return covered ? null : xmlFault('XADES_PROPERTIES_NOT_SIGNED', '', 'SIGNED_DATA_NOT_FOUND');
}

/** By its Id, or by the path of XAdES 1.1.1 from the ds:Object that holds the properties. */
function pointsAtProperties({ target, plan }: PlannedReference, xades: XadesFacts): boolean {
  if (target.kind !== 'element' || plan.base64) return false;
  const path = plan.select?.path.map((step) => step.name).join('/') ?? '';
  if (path === 'QualifyingProperties/SignedProperties')
    return xades.objectId !== null && target.id === xades.objectId && plan.select?.inner === false;
  return path === '' && plan.select?.inner !== true && target.id === xades.signedPropertiesId;
}

/** Parts of a signature that say who signed, when and how, and not what. */
const OWN_PARTS = ['SignedInfo', 'SignatureValue', 'KeyInfo'];

/** Whether a reference is to a part of its own signature that is no content: key, values, properties. */
function pointsAtOwnParts({ target }: PlannedReference, doc: XmlDocument, signature: XmlElement): boolean {
  if (target.kind !== 'element') return false;
  const [element] = elementsById(doc, target.id);
  if (element === undefined || !isInside(element, signature)) return false;
  for (let node: XmlElement | null = element; node !== null; node = node.parent) {
    if (isDs(node, 'SignatureProperties')) return true;
    if (node.parent?.isSameNode(signature) === true) return OWN_PARTS.some((name) => isDs(node, name));
  }
  return false;
}

/** References to content. @param signature as it stands in `doc`. */
export function contentReferences(
  planned: readonly PlannedReference[],
  xades: XadesFacts | null,
  doc: XmlDocument,
  signature: XmlElement,
): readonly PlannedReference[] {
  return planned.filter(
    (reference) =>
      !SIGNED_PROPERTIES_TYPE.test(reference.type) &&
      !(xades !== null && pointsAtProperties(reference, xades)) &&
      !pointsAtOwnParts(reference, doc, signature),
  );
}

/** The name that was signed and the name it has, of a file that stands in for another. */
export function renamed({ uri, target }: ReferenceOutcome): string[] {
  if (target.kind !== 'file' || uri === null) return [];
  const { name } = target.file;
  return name === uri || name === decoded(uri) ? [] : [`${uri.slice(0, 100)} → ${name.slice(0, 100)}`];
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
