/** Key derivation and decryption inside PKCS#12 files (RFC 7292 App. B and C; RFC 8018), with bounds on the work. */
import { createDecipheriv, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { digestName } from '../cms/algorithms.ts';
import { child, type DerNode, readOctets, readOid, readSmallInteger } from '../cms/der.ts';
import { SigningError } from '../errors.ts';

/** Bounds of the work a key file may ask for. */
export interface KeyFileLimits {
  /** Default 1 MiB. */
  readonly maxBytes: number;
  /** Iterations of one derivation; default 2 000 000. */
  readonly maxIterations: number;
}

export const DEFAULT_KEY_FILE_LIMITS: KeyFileLimits = { maxBytes: 1024 * 1024, maxIterations: 2_000_000 };

const derive = promisify(pbkdf2);
const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const PBMAC1 = '1.2.840.113549.1.5.14';
const PRF: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const CIPHERS: Readonly<Record<string, readonly [name: string, keyBytes: number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
};
/** PKCS#12 schemes: cipher, key octets. */
const LEGACY: Readonly<
  Record<string, readonly [cipher: 'des-ede3-cbc' | 'des-ede-cbc' | 'rc2', keyBytes: number]>
> = {
  '1.2.840.113549.1.12.1.3': ['des-ede3-cbc', 24],
  '1.2.840.113549.1.12.1.4': ['des-ede-cbc', 16],
  '1.2.840.113549.1.12.1.5': ['rc2', 16],
  '1.2.840.113549.1.12.1.6': ['rc2', 5],
};
const BLOCK_BYTES: Readonly<Record<string, number>> = {
  sha1: 64,
  sha224: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};

function unsupported(reason: string): SigningError {
  return new SigningError('KEY_UNSUPPORTED', { details: { reason } });
}

function boundedIterations(node: DerNode | undefined, limits: KeyFileLimits): number {
  const iterations = node === undefined ? 1 : readSmallInteger(node);
  if (iterations < 1 || iterations > limits.maxIterations)
    throw new SigningError('KEY_FILE_TOO_LARGE', { details: { iterations } });
  return iterations;
}

/** BMPString with its two closing zeros (RFC 7292 App. B.1). */
function bmpPassphrase(passphrase: string): Buffer {
  return Buffer.concat([Buffer.from(passphrase, 'utf16le').swap16(), Buffer.alloc(2)]);
}

function filled(source: Uint8Array, block: number): Buffer {
  const length = block * Math.ceil(source.length / block);
  return Buffer.from(Array.from({ length }, (_, index) => source[index % source.length] ?? 0));
}

function addBlock(target: Buffer, at: number, block: number, addend: Buffer): void {
  let carry = 1;
  for (let index = block - 1; index >= 0; index -= 1) {
    const sum = (target[at + index] ?? 0) + (addend[index % addend.length] ?? 0) + carry;
    target[at + index] = sum & 0xff;
    carry = sum >> 8;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** RFC 7292 App. B.2. Gives way to other work every 5 000 iterations. @param purpose 1 key, 2 initial vector, 3 MAC. */
export async function pkcs12Derive(
  digest: string,
  passphrase: string,
  salt: Uint8Array,
  iterations: number,
  purpose: 1 | 2 | 3,
  length: number,
): Promise<Buffer> {
  const block = BLOCK_BYTES[digest];
  if (block === undefined) throw unsupported(`derivation with ${digest}`);
  const material = Buffer.concat([filled(salt, block), filled(bmpPassphrase(passphrase), block)]);
  const out: Buffer[] = [];
  for (let produced = 0; produced < length; ) {
    let hash = createHash(digest).update(Buffer.alloc(block, purpose)).update(material).digest();
    for (let round = 1; round < iterations; round += 1) {
      hash = createHash(digest).update(hash).digest();
      if (round % 5_000 === 0) await nextTurn();
    }
    out.push(hash);
    produced += hash.length;
    const addend = filled(hash, block).subarray(0, block);
    for (let at = 0; at < material.length; at += block) addBlock(material, at, block, addend);
  }
  return Buffer.concat(out).subarray(0, length);
}

async function pbkdf2Key(
  kdf: DerNode,
  passphrase: string,
  keyBytes: number,
  limits: KeyFileLimits,
): Promise<Buffer> {
  if (readOid(child(kdf, 0)) !== PBKDF2) throw unsupported('key derivation function');
  const parameters = child(kdf, 1, 0x30);
  const prf = parameters.children.find((node) => node.tag === 0x30);
  const digest = prf === undefined ? 'sha1' : PRF[readOid(child(prf, 0))];
  if (digest === undefined) throw unsupported('PBKDF2 function');
  const iterations = boundedIterations(child(parameters, 1, 0x02), limits);
  return derive(passphrase, readOctets(child(parameters, 0, 0x04)), iterations, keyBytes, digest);
}

async function decryptPbes2(
  parameters: DerNode,
  data: Uint8Array,
  passphrase: string,
  limits: KeyFileLimits,
): Promise<Uint8Array> {
  const scheme = child(parameters, 1, 0x30);
  const cipher = CIPHERS[readOid(child(scheme, 0))];
  if (cipher === undefined) throw unsupported('cipher');
  const key = await pbkdf2Key(child(parameters, 0, 0x30), passphrase, cipher[1], limits);
  const decipher = createDecipheriv(cipher[0], key, readOctets(child(scheme, 1, 0x04)));
  return new Uint8Array(Buffer.concat([decipher.update(data), decipher.final()]));
}

/** RC2 is in no other library here: OpenSSL 3 keeps it in its legacy provider. */
function decryptRc2(key: Buffer, iv: Buffer, data: Uint8Array): Uint8Array {
  const decipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  decipher.start(iv.toString('latin1'));
  decipher.update(forge.util.createBuffer(Buffer.from(data).toString('latin1')));
  if (!decipher.finish()) throw new Error('bad padding');
  return new Uint8Array(Buffer.from(decipher.output.getBytes(), 'latin1'));
}

/**
 * Decrypts with the algorithm named.
 * @throws SigningError KEY_UNSUPPORTED, KEY_FILE_TOO_LARGE; a plain error for wrong padding, DerError for bad structure.
 */
export async function decryptWithPassphrase(
  algorithm: DerNode,
  data: Uint8Array,
  passphrase: string,
  limits: KeyFileLimits,
): Promise<Uint8Array> {
  const oid = readOid(child(algorithm, 0));
  if (oid === PBES2) return decryptPbes2(child(algorithm, 1, 0x30), data, passphrase, limits);
  const legacy = LEGACY[oid];
  if (legacy === undefined) throw unsupported(`encryption ${oid}`);
  const [cipher, keyBytes] = legacy;
  const parameters = child(algorithm, 1, 0x30);
  const salt = readOctets(child(parameters, 0, 0x04));
  const iterations = boundedIterations(child(parameters, 1, 0x02), limits);
  const key = await pkcs12Derive('sha1', passphrase, salt, iterations, 1, keyBytes);
  const iv = await pkcs12Derive('sha1', passphrase, salt, iterations, 2, 8);
  if (cipher === 'rc2') return decryptRc2(key, iv, data);
  const full = cipher === 'des-ede-cbc' ? Buffer.concat([key, key.subarray(0, 8)]) : key;
  const decipher = createDecipheriv('des-ede3-cbc', full, iv);
  return new Uint8Array(Buffer.concat([decipher.update(data), decipher.final()]));
}

/** Whether the MAC of the file fits the passphrase (RFC 7292 §5.1; PBMAC1 by RFC 9579). @throws like `decryptWithPassphrase` */
export async function macMatches(
  macData: DerNode,
  content: Uint8Array,
  passphrase: string,
  limits: KeyFileLimits,
): Promise<boolean> {
  const digestInfo = child(macData, 0, 0x30);
  const algorithm = child(digestInfo, 0, 0x30);
  const expected = readOctets(child(digestInfo, 1, 0x04));
  let actual: Buffer;
  if (readOid(child(algorithm, 0)) === PBMAC1) {
    const parameters = child(algorithm, 1, 0x30);
    const digest = PRF[readOid(child(child(parameters, 1, 0x30), 0))];
    if (digest === undefined) throw unsupported('PBMAC1 function');
    const key = await pbkdf2Key(child(parameters, 0, 0x30), passphrase, expected.length, limits);
    actual = createHmac(digest, key).update(content).digest();
  } else {
    const digest = digestName(readOid(child(algorithm, 0)));
    if (digest === null) throw unsupported('MAC digest');
    const iterations = boundedIterations(macData.children[2], limits);
    const key = await pkcs12Derive(
      digest,
      passphrase,
      readOctets(child(macData, 1, 0x04)),
      iterations,
      3,
      expected.length,
    );
    actual = createHmac(digest, key).update(content).digest();
  }
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
