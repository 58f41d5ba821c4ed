/** Which elements of a document the references of its signatures reach, as far as their transforms leave them in. */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { attribute, childElements, isDs, isIdName, select, type XmlLimits } from '../document.ts';
import { FaultSignal } from '../faults.ts';
import { type Plan, planOf } from '../reference/transforms.ts';

/** One reference: what its transforms take out again of the element it points at. */
interface Covering {
  readonly removes: Plan['remove'];
  readonly signature: XmlElement;
}

/** Under this key stand the references to the whole document; no Id is empty. */
const DOCUMENT = '';

/** The Id a pointer names, `DOCUMENT` for the whole file, or null for another file. */
function pointedAt(uri: string | null): string | null {
  if (uri === '' || uri === '#xpointer(/)') return DOCUMENT;
  if (uri?.startsWith('#') !== true) return null;
  return /^#xpointer\(id\(['"]([^'"]+)['"]\)\)$/.exec(uri)?.[1] ?? uri.slice(1);
}

/** The plan of a reference that is over an element as it stands; null of one that picks a part of it or cannot be read. */
function wholePlan(reference: XmlElement, limits: XmlLimits): Plan | null {
  try {
    const plan = planOf(reference, limits);
    return plan.select === null && !plan.base64 ? plan : null;
  } catch (error) {
    if (error instanceof FaultSignal) return null;
    throw error;
  }
}

/** What the signatures of one document are over. Each of them gets a verdict of its own, so a false one covers nothing up. */
export class Coverings {
  readonly #byId = new Map<string, Covering[]>();

  /** Counts what SignedInfo of every ds:Signature refers to; a SignedInfo that stands elsewhere is nobody's. */
  static of(doc: XmlDocument, limits: XmlLimits): Coverings {
    const all = new Coverings();
    for (const signature of select(doc, '/descendant::ds:Signature').slice(0, limits.maxSignatures)) {
      const [signedInfo] = childElements(signature);
      if (signedInfo === undefined || !isDs(signedInfo, 'SignedInfo')) continue;
      for (const reference of childElements(signedInfo)) all.#add(reference, signature, limits);
    }
    return all;
  }

  #add(reference: XmlElement, signature: XmlElement, limits: XmlLimits): void {
    const id = isDs(reference, 'Reference') ? pointedAt(attribute(reference, 'URI')) : null;
    const plan = id === null ? null : wholePlan(reference, limits);
    if (id !== null && plan !== null) this.add(id, plan.remove, signature);
  }

  /** Counts one more reference, as a Manifest makes them. */
  add(id: string, removes: Plan['remove'], signature: XmlElement): void {
    this.#byId.set(id, [...(this.#byId.get(id) ?? []), { removes, signature }]);
  }

  /** Whether some reference is over this very element with all that is in it. */
  reach(element: XmlElement): boolean {
    const passed: XmlElement[] = [];
    const over = (id: string) =>
      (this.#byId.get(id) ?? []).some(({ removes, signature }) => {
        if (removes === 'none') return true;
        return removes === 'own' ? !passed.some((node) => node.isSameNode(signature)) : passed.length === 0;
      });
    for (let node: XmlElement | null = element; node !== null; node = node.parent) {
      if (isDs(node, 'Signature')) passed.push(node);
      if (node.attrs.some((item) => isIdName(item.name) && item.value !== '' && over(item.value)))
        return true;
    }
    return over(DOCUMENT);
  }
}
