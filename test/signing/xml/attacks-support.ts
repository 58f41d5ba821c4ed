/** Signatures written by hand in canonical form with a real key, so that they can say anything; and what is told of a file. */
import { createHash, sign } from 'node:crypto';
import { type NamedFile, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning, type Signing } from '../signers.ts';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED = `${DS}enveloped-signature`;
export const FILTER2 = 'http://www.w3.org/2002/06/xmldsig-filter2';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** One ds:Reference: where it points, its transforms as canonical text, and the octets it truly has. */
export interface Pointing {
  readonly uri: string;
  readonly octets: string | Uint8Array;
  readonly type?: string;
  /** Inside ds:Transforms; default: exclusive canonicalisation. */
  readonly transforms?: string;
}

/** What a signature carries besides its references. */
export interface Carried {
  /** Behind KeyInfo, as it stands. */
  readonly objects?: string;
  /** Attributes of ds:KeyInfo, with a space before. */
  readonly keyInfoAttributes?: string;
}

export const transform = (uri: string, inside = ''): string =>
  `<ds:Transform Algorithm="${uri}">${inside}</ds:Transform>`;

export const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('base64');

export function referenceTo({ uri, octets, type, transforms = transform(EXCLUSIVE) }: Pointing): string {
  const typed = type === undefined ? '' : ` Type="${type}"`;
  const list = transforms === '' ? '' : `<ds:Transforms>${transforms}</ds:Transforms>`;
  return (
    `<ds:Reference${typed} URI="${uri}">${list}` +
    `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod><ds:DigestValue>${sha256(octets)}</ds:DigestValue></ds:Reference>`
  );
}

export const signing: Signing = makeSigning();

/** A ds:Signature over these references, made with the signer's key. */
export function signatureOver(references: readonly Pointing[], carried: Carried = {}): string {
  const body =
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></ds:SignatureMethod>` +
    `${references.map(referenceTo).join('')}</ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(`<ds:SignedInfo xmlns:ds="${DS}">${body}`), {
    key: signing.entity.privateKey,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64');
  const certificate = Buffer.from(signing.entity.der).toString('base64');
  return (
    `<ds:Signature xmlns:ds="${DS}"><ds:SignedInfo>${body}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo${carried.keyInfoAttributes ?? ''}><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `${carried.objects ?? ''}</ds:Signature>`
  );
}

/** Verdict, coverage, sub-indications and the codes of what is told that is worse than a hint. */
export async function told(xml: string | Uint8Array, contents: readonly NamedFile[] = []): Promise<string> {
  const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
  const { verdict, signatures } = await verifyFile(
    { name: 'x.xml', bytes, contents },
    { ...signing.options, intermediates: [signing.ca.der] },
  );
  const each = signatures.map(({ subIndication, coverage, messages }) =>
    [
      subIndication ?? coverage,
      ...messages.filter(({ level }) => level !== 'info').map(({ code }) => code),
    ].join(' '),
  );
  return [verdict, ...each].join(' | ');
}
