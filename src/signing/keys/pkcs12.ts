/** Opens PKCS#12 key files (RFC 7292), old and new, into a signer. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type CertificateParts, certificateParts, sameOctets } from '../cms/certificate.ts';
import { child, DerError, type DerNode, readDer, readOctets, readOid, readSmallInteger } from '../cms/der.ts';
import { OID } from '../cms/oids.ts';
import { SigningError } from '../errors.ts';
import type { Signer } from '../ports.ts';
import { chainOf } from './chain.ts';
import {
  DEFAULT_KEY_FILE_LIMITS,
  decryptWithPassphrase,
  type KeyFileLimits,
  macMatches,
} from './pkcs12-crypto.ts';
import { signerFromKey } from './signer.ts';

const BAG = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  safeContents: '1.2.840.113549.1.12.10.1.6',
} as const;

interface Contents {
  /** PKCS#8, DER. */
  readonly keys: Uint8Array[];
  readonly certificates: CertificateParts[];
}

interface Opening {
  readonly passphrase: string;
  readonly limits: KeyFileLimits;
  readonly found: Contents;
}

async function decrypt(opening: Opening, algorithm: DerNode, data: Uint8Array): Promise<Uint8Array> {
  try {
    return await decryptWithPassphrase(algorithm, data, opening.passphrase, opening.limits);
  } catch (error) {
    if (error instanceof SigningError || error instanceof DerError) throw error;
    throw new SigningError('KEY_WRONG_PASSPHRASE', { cause: error });
  }
}

async function readBag(opening: Opening, bag: DerNode, depth: number): Promise<void> {
  const type = readOid(child(bag, 0));
  const value = child(child(bag, 1, 0xa0), 0);
  if (type === BAG.key) opening.found.keys.push(value.bytes);
  else if (type === BAG.shroudedKey) {
    opening.found.keys.push(await decrypt(opening, child(value, 0, 0x30), readOctets(child(value, 1, 0x04))));
  } else if (type === BAG.certificate && readOid(child(value, 0)) === OID.x509Certificate) {
    const parts = certificateParts(readOctets(child(child(value, 1, 0xa0), 0)));
    if (parts !== null) opening.found.certificates.push(parts);
  } else if (type === BAG.safeContents && depth < 4) await readSafe(opening, value, depth + 1);
}

async function readSafe(opening: Opening, contents: DerNode, depth = 0): Promise<void> {
  for (const bag of contents.children) await readBag(opening, bag, depth);
}

async function readContentInfo(opening: Opening, info: DerNode): Promise<void> {
  const type = readOid(child(info, 0));
  const value = child(child(info, 1, 0xa0), 0);
  if (type === OID.data) return readSafe(opening, readDer(readOctets(value)));
  if (type !== OID.encryptedData)
    throw new SigningError('KEY_UNSUPPORTED', { details: { reason: 'public-key protected content' } });
  const encrypted = child(value, 1, 0x30);
  const plain = await decrypt(opening, child(encrypted, 1, 0x30), readOctets(child(encrypted, 2)));
  return readSafe(opening, readDer(plain));
}

async function readFile(bytes: Uint8Array, passphrase: string, limits: KeyFileLimits): Promise<Contents> {
  const pfx = readDer(bytes, { trailing: true });
  if (readSmallInteger(child(pfx, 0)) !== 3) throw new DerError('not PKCS#12 version 3');
  const authSafe = child(pfx, 1, 0x30);
  if (readOid(child(authSafe, 0)) !== OID.data)
    throw new SigningError('KEY_UNSUPPORTED', { details: { reason: 'signed PKCS#12' } });
  const content = readOctets(child(child(authSafe, 1, 0xa0), 0));
  const macData = pfx.children[2];
  if (macData === undefined) throw new DerError('the file has no MAC');
  if (!(await macMatches(macData, content, passphrase, limits)))
    throw new SigningError('KEY_WRONG_PASSPHRASE');
  const opening: Opening = { passphrase, limits, found: { keys: [], certificates: [] } };
  for (const info of readDer(content).children) await readContentInfo(opening, info);
  return opening.found;
}

function matchKey(contents: Contents): { key: KeyObject; leaf: CertificateParts } {
  for (const pkcs8 of contents.keys) {
    const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    const leaf = contents.certificates.find(
      (certificate) => sameOctets(certificate.spki, spki) || samePublicKey(certificate, spki),
    );
    if (leaf !== undefined) return { key, leaf };
  }
  throw new SigningError('KEY_NOT_FOUND');
}

/** Compares keys whose AlgorithmIdentifier is written differently. */
function samePublicKey(certificate: CertificateParts, spki: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(certificate.spki), format: 'der', type: 'spki' });
    return sameOctets(key.export({ format: 'der', type: 'spki' }), spki);
  } catch {
    return false;
  }
}

/**
 * Opens a key file. The private key stays inside a node:crypto KeyObject until `close`.
 * @param bytes DER of the PKCS#12 file (AES or the old 3DES and RC2 protection).
 * @throws SigningError KEY_FILE_INVALID, KEY_FILE_TOO_LARGE, KEY_WRONG_PASSPHRASE, KEY_NOT_FOUND, KEY_TOO_WEAK, KEY_UNSUPPORTED
 */
export async function openPkcs12(
  bytes: Uint8Array,
  passphrase: string,
  limits: Partial<KeyFileLimits> & { readonly pss?: boolean } = {},
): Promise<Signer & { close(): void }> {
  const bounds = { ...DEFAULT_KEY_FILE_LIMITS, ...limits };
  if (bytes.length > bounds.maxBytes)
    throw new SigningError('KEY_FILE_TOO_LARGE', { details: { limitBytes: bounds.maxBytes } });
  try {
    const contents = await readFile(bytes, passphrase, bounds);
    const { key, leaf } = matchKey(contents);
    return signerFromKey(key, leaf.der, chainOf(leaf, contents.certificates), {
      pss: limits.pss === true,
    });
  } catch (error) {
    if (error instanceof SigningError) throw error;
    throw new SigningError('KEY_FILE_INVALID', { cause: error });
  }
}
