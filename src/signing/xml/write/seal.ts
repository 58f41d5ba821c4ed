/** From a signature yet without values to a signed one: the octets of its parts, the raw signature, the text. */
import { SigningError } from '../../errors.ts';
import { keyFacts, parseCertificate } from '../../x509/index.ts';
import { hash } from '../algorithms.ts';
import { canonicalElement, isolate } from '../c14n.ts';
import { parseXml, select, XML_LIMITS } from '../document.ts';
import { base64, type SignatureParts, type SignatureValues, signatureText } from './template.ts';

const EXCLUSIVE = { mode: 1, comments: false, prefixes: [] } as const;

/**
 * Octets of one element of the signature. It is canonicalised standing alone: exclusive canonicalisation gives the same
 * octets wherever the signature will stand, since it declares every prefix it uses itself (Exclusive XML C14N §3).
 */
function octetsWithin(text: string, path: string): Uint8Array {
  const doc = parseXml(Buffer.from(text, 'utf8'), XML_LIMITS);
  try {
    const [element] = select(doc, path);
    if (element === undefined) throw new SigningError('XML_INVALID');
    isolate(element);
    return canonicalElement(element, EXCLUSIVE);
  } finally {
    doc.dispose();
  }
}

/** DER ECDSA-Sig-Value to the r‖s of XML-DSig 1.1 §6.4.3. */
function plainEcdsa(der: Uint8Array, bits: number): Uint8Array {
  const width = Math.ceil(bits / 8);
  const out = Buffer.alloc(width * 2);
  let at = (der[1] ?? 0) >= 0x80 ? 3 : 2;
  for (const end of [width, width * 2]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const trimmed = number[0] === 0 ? number.subarray(1) : number;
    out.set(trimmed, end - trimmed.length);
    at += 2 + length;
  }
  return out;
}

/** Signs, and gives the text of the ds:Signature element. */
export async function sealSignature(parts: SignatureParts): Promise<string> {
  const { signer, digest } = parts;
  // A big object is no part of what is canonicalised here.
  const light: SignatureParts = { ...parts, object: '' };
  let values: SignatureValues = { properties: 'AA==', value: 'AA==' };
  if (parts.xadesTime !== undefined) {
    const octets = octetsWithin(
      signatureText(light, values),
      "/ds:Signature/ds:Object/*/*[local-name()='SignedProperties']",
    );
    values = { ...values, properties: base64(hash(digest, octets)) };
  }
  const raw = await signer.sign(
    octetsWithin(signatureText(light, values), '/ds:Signature/ds:SignedInfo'),
    digest,
  );
  const bits = keyFacts(parseCertificate(signer.certificate).publicKey).bits;
  const value = signer.algorithm === 'ecdsa' ? plainEcdsa(raw, bits) : raw;
  return signatureText(parts, { ...values, value: base64(value) });
}
