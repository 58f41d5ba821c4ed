/** KeyInfo: the certificates in it, and bare key values, which prove nothing about who signed. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { XmlElement } from 'libxml2-wasm';
import { bitString, integer, nullValue, oid, sequence, tlv } from '../cms/der-write.ts';
import { attribute, childElements, DS, elementsById, isDs, onlyBase64, select } from './document.ts';

const DSIG11 = 'http://www.w3.org/2009/xmldsig11#';

/** Certificates read from one KeyInfo. */
const MAX_CERTIFICATES = 50;

const X509_DATA = `${DS}X509Data`;

/**
 * X509Data of this very document that a RetrievalMethod names by its Id, without transforms. What it brings are only
 * candidates, as in KeyInfo itself: the signature's own key and the chain decide. Nothing outside is ever fetched.
 */
function retrieved(keyInfo: XmlElement): XmlElement[] {
  return select(keyInfo, 'ds:RetrievalMethod').flatMap((method) => {
    const uri = attribute(method, 'URI') ?? '';
    if (attribute(method, 'Type') !== X509_DATA || !/^#[\w.-]{1,200}$/.test(uri)) return [];
    if (childElements(method).length > 0) return [];
    const found = elementsById(keyInfo.doc, uri.slice(1));
    return found.length === 1 ? found.filter((element) => isDs(element, 'X509Data')) : [];
  });
}

/** DER certificates in X509Data, in order: those in place, then those that a same-document RetrievalMethod names. */
export function keyInfoCertificates(keyInfo: XmlElement | undefined): Uint8Array[] {
  if (keyInfo === undefined) return [];
  const inPlace = select(keyInfo, 'ds:X509Data/ds:X509Certificate');
  const named = retrieved(keyInfo).flatMap((data) => select(data, 'ds:X509Certificate'));
  const elements = [...inPlace, ...named].slice(0, MAX_CERTIFICATES);
  return elements.map(onlyBase64).filter((der) => der !== null);
}

function field(parent: XmlElement, name: string): Uint8Array | null {
  const found = childElements(parent).find((element) => isDs(element, name));
  return found === undefined ? null : onlyBase64(found);
}

function importKey(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

function rsaKey(value: XmlElement): KeyObject | null {
  const [modulus, exponent] = [field(value, 'Modulus'), field(value, 'Exponent')];
  if (modulus === null || exponent === null || modulus.length > 2048 || exponent.length > 8) return null;
  const key = sequence(integer(modulus), integer(exponent));
  return importKey(sequence(sequence(oid('1.2.840.113549.1.1.1'), nullValue()), bitString(key)));
}

function dsaKey(value: XmlElement): KeyObject | null {
  const [p, q, g, y] = ['P', 'Q', 'G', 'Y'].map((name) => field(value, name));
  if (p == null || q == null || g == null || y == null || p.length > 1024) return null;
  const algorithm = sequence(oid('1.2.840.10040.4.1'), sequence(integer(p), integer(q), integer(g)));
  return importKey(sequence(algorithm, bitString(integer(y))));
}

function ecKey(value: XmlElement): KeyObject | null {
  const curve = value.get("*[local-name()='NamedCurve']/@URI")?.content ?? '';
  const point = childElements(value).find(
    (element) => element.name === 'PublicKey' && element.namespaceUri === DSIG11,
  );
  const octets = point === undefined ? null : onlyBase64(point);
  const arcs = /^urn:oid:([\d.]{5,40})$/.exec(curve)?.[1];
  if (octets === null || arcs === undefined) return null;
  return importKey(
    sequence(sequence(oid('1.2.840.10045.2.1'), oid(arcs)), tlv(0x03, Uint8Array.of(0), octets)),
  );
}

/** DEREncodedKeyValue (XML-DSig 1.1 §4.5.10): a SubjectPublicKeyInfo. */
function encodedKey(keyInfo: XmlElement): KeyObject | null {
  const found = childElements(keyInfo).find(
    (element) => element.name === 'DEREncodedKeyValue' && element.namespaceUri === DSIG11,
  );
  const spki = found === undefined ? null : onlyBase64(found);
  return spki === null || spki.length > 8192 ? null : importKey(spki);
}

/**
 * The key of a KeyValue (XML-DSig 1.1 §4.5.2), or null. A signature that verifies with it is whole, but signed by
 * nobody: anyone can put a key there.
 */
export function keyValue(keyInfo: XmlElement | undefined): KeyObject | null {
  if (keyInfo === undefined) return null;
  const [value] = select(keyInfo, 'ds:KeyValue/*');
  if (value === undefined) return encodedKey(keyInfo);
  if (value.name === 'ECKeyValue' && value.namespaceUri === DSIG11) return ecKey(value);
  if (isDs(value, 'RSAKeyValue')) return rsaKey(value);
  return isDs(value, 'DSAKeyValue') ? dsaKey(value) : null;
}
