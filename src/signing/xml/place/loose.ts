/** What stands inside a ds:Signature and is signed by nobody: an enveloped signature leaves room there for anything. */
import type { XmlElement } from 'libxml2-wasm';
import { childElements, DS, isDs, select } from '../document.ts';
import type { Coverings } from './covered.ts';

/** Namespaces of signatures themselves: XML-DSig with its algorithms, XML encryption, XAdES. */
const OWN = [
  DS,
  'http://www.w3.org/2009/xmldsig11#',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/2001/04/xmldsig-more#',
  'http://www.w3.org/2007/05/xmldsig-more#',
  'http://www.w3.org/2001/04/xmlenc#',
  'http://www.w3.org/2009/xmlenc11#',
  'http://www.w3.org/2002/06/xmldsig-filter2',
];
const XADES = 'http://uri.etsi.org/01903';

/** Whether an element is of a document and not of the language signatures are written in. */
export function isForeign(element: XmlElement): boolean {
  const { namespaceUri } = element;
  return !OWN.includes(namespaceUri) && !namespaceUri.startsWith(XADES);
}

/** Parts of a signature looked at; a hostile one has more. */
const MAX_PARTS = 200;

/** Elements below one that are none of a signature's, without those inside others. */
function foreignIn(part: XmlElement): XmlElement[] {
  const found = select(part, './/*')
    .filter(isForeign)
    .slice(0, MAX_PARTS * 5);
  return found.filter((element) => element.parent === null || !isForeign(element.parent)).slice(0, MAX_PARTS);
}

function holdsProperties(object: XmlElement): boolean {
  return childElements(object).some(
    ({ name, namespaceUri }) => name === 'QualifyingProperties' && namespaceUri.startsWith(XADES),
  );
}

/** An Object that is not signed is loose as it stands; in one with XAdES properties, only what is none of theirs. */
function looseIn(part: XmlElement, coverings: Coverings): XmlElement[] {
  if (coverings.reach(part)) return [];
  const isContent = isDs(part, 'Object') && !holdsProperties(part);
  const found = isContent ? signedBelow(part, coverings) : foreignIn(part);
  return found.filter((element) => !coverings.reach(element));
}

/** An Object whose every element is signed by its own Id is signed for what it shows. */
function signedBelow(object: XmlElement, coverings: Coverings): XmlElement[] {
  const elements = childElements(object);
  return elements.length > 0 && elements.every((element) => coverings.reach(element)) ? [] : [object];
}

/** Elements inside a signature that no reference is over and that its language does not know, outermost alone. */
export function looseParts(signature: XmlElement, coverings: Coverings): XmlElement[] {
  return childElements(signature)
    .filter((part) => !isDs(part, 'SignedInfo') && !isDs(part, 'SignatureValue'))
    .slice(0, MAX_PARTS)
    .flatMap((part) => looseIn(part, coverings));
}

/** Attributes that elements of a signature have; values of those that name things are checked where they are used. */
const OWN_ATTRIBUTES = ['Id', 'Target', 'MimeType', 'Encoding'];
/** Elements of a signature that hold elements and no text. */
const FRAMES = ['Signature', 'KeyInfo', 'X509Data', 'Object', 'QualifyingProperties'];

function isOdd(element: XmlElement): boolean {
  if (element.attrs.some(({ name, prefix }) => prefix !== '' || !OWN_ATTRIBUTES.includes(name))) return true;
  if (!FRAMES.includes(element.name)) return false;
  return element.find('text()').some((node) => node.content.trim() !== '');
}

/** Parts of a signature's own frame, signed by nobody, that carry text or attributes no signature has. */
export function oddParts(signature: XmlElement, coverings: Coverings): XmlElement[] {
  const objects = childElements(signature).filter((part) => isDs(part, 'Object') && holdsProperties(part));
  const parts = childElements(signature).filter(
    (part) => isDs(part, 'SignatureValue') || isDs(part, 'KeyInfo'),
  );
  const keys = select(signature, 'ds:KeyInfo/ds:X509Data | ds:KeyInfo/ds:X509Data/ds:X509Certificate');
  const properties = objects.flatMap((object) => childElements(object).filter((item) => !isForeign(item)));
  return [signature, ...parts, ...keys.slice(0, MAX_PARTS), ...objects, ...properties].filter(
    (part) => isOdd(part) && !coverings.reach(part),
  );
}
