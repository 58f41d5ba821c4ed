/** The few parts of a certificate that binding a signature to its signer needs (RFC 5280 §4.1). */
import { child, DerError, type DerNode, readDer, readOid } from './der.ts';

/** Slices of one certificate, all exact octets. */
export interface CertificateParts {
  readonly der: Uint8Array;
  /** Issuer and subject Name, DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Content octets of the serial number. */
  readonly serial: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Content of the subject key identifier extension, or null. */
  readonly keyIdentifier: Uint8Array | null;
}

function findKeyIdentifier(tbs: DerNode): Uint8Array | null {
  const extensions = tbs.children.find((node) => node.tag === 0xa3)?.children[0]?.children ?? [];
  for (const extension of extensions) {
    if (readOid(child(extension, 0)) !== '2.5.29.14') continue;
    return readDer(extension.children.at(-1)?.content ?? new Uint8Array()).content;
  }
  return null;
}

/** Reads the parts of a DER certificate, or null when it is not one. */
export function certificateParts(der: Uint8Array): CertificateParts | null {
  try {
    const tbs = child(readDer(der), 0, 0x30);
    const first = child(tbs, 0).tag === 0xa0 ? 1 : 0;
    return {
      der,
      serial: child(tbs, first, 0x02).content,
      issuer: child(tbs, first + 2, 0x30).bytes,
      subject: child(tbs, first + 4, 0x30).bytes,
      spki: child(tbs, first + 5, 0x30).bytes,
      keyIdentifier: findKeyIdentifier(tbs),
    };
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/** Whether two octet strings are equal; not for secrets. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function rawText(value: DerNode): string {
  const bytes = Buffer.from(value.content);
  if (value.tag === 0x1e) return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : '';
  return bytes.toString(value.tag === 0x14 ? 'latin1' : 'utf8');
}

function nameText(value: DerNode): string {
  return rawText(value).normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function nameKey(der: Uint8Array): string {
  const rdns = readDer(der).children.map((rdn) => {
    const parts = rdn.children.map(
      (attribute) => `${readOid(child(attribute, 0))}=${nameText(child(attribute, 1))}`,
    );
    return parts.sort().join('+');
  });
  return JSON.stringify(rdns);
}

/** Whether two DER names are the same, whatever string types they are written in (RFC 5280 §7.1). */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return sameOctets(a, b) || nameKey(a) === nameKey(b);
}

/** Values of one attribute of a certificate's subject, in order. */
function subjectValues(der: Uint8Array, type: string): string[] {
  const subject = certificateParts(der)?.subject;
  if (subject === undefined) return [];
  return readDer(subject).children.flatMap((rdn) =>
    rdn.children.flatMap((attribute) => {
      const value = attribute.children[1];
      return value === undefined || readOid(child(attribute, 0)) !== type ? [] : [rawText(value)];
    }),
  );
}

/** The common name of a certificate's subject, or null. */
export function commonName(der: Uint8Array): string | null {
  return subjectValues(der, '2.5.4.3')[0] ?? null;
}
