/** Signatures over a digest that was made elsewhere: what an HSM does, and node:crypto has no single call for. */
import { constants, createECDH, createHash, type KeyObject, privateEncrypt, randomBytes } from 'node:crypto';
import { CscRefusal } from './refusal.ts';

const RSA = '1.2.840.113549.1.1.1';
const RSA_PSS = '1.2.840.113549.1.1.10';
const EC = '1.2.840.10045.2.1';

type Digest = 'sha256' | 'sha384' | 'sha512';

/** DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<Digest, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** Order of P-256 (SEC 2 §2.4.2). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function number(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, factor, left] = [1n, base % modulus, exponent];
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

/** MGF1 (RFC 8017 App. B.2.1). */
function mask(seed: Buffer, length: number, digest: Digest): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; Buffer.concat(blocks).length < length; counter += 1) {
    const index = Buffer.alloc(4);
    index.writeUInt32BE(counter);
    blocks.push(createHash(digest).update(seed).update(index).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** EMSA-PSS with a salt as long as the digest (RFC 8017 §9.1.1). */
function pssEncoded(hash: Buffer, digest: Digest, bits: number): Buffer {
  const [size, salt] = [Math.ceil((bits - 1) / 8), randomBytes(hash.length)];
  const tail = createHash(digest).update(Buffer.alloc(8)).update(hash).update(salt).digest();
  const block = Buffer.concat([Buffer.alloc(size - salt.length - hash.length - 2), Buffer.from([1]), salt]);
  const masked = Buffer.from(
    mask(tail, block.length, digest).map((value, index) => value ^ (block[index] ?? 0)),
  );
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * size - (bits - 1)));
  return Buffer.concat([masked, tail, Buffer.from([0xbc])]);
}

/** r‖s on P-256 (FIPS 186-5 §6.4.1). */
function ecdsa(key: KeyObject, hash: Buffer): Buffer {
  const secret = number(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
  for (;;) {
    const ephemeral = createECDH('prime256v1');
    const point = ephemeral.generateKeys();
    const nonce = number(ephemeral.getPrivateKey());
    const r = number(point.subarray(1, 33)) % P256_ORDER;
    const inverse = power(nonce, P256_ORDER - 2n, P256_ORDER);
    const s = (inverse * ((number(hash.subarray(0, 32)) + r * secret) % P256_ORDER)) % P256_ORDER;
    if (r === 0n || s === 0n) continue;
    return Buffer.from([r, s].map((half) => half.toString(16).padStart(64, '0')).join(''), 'hex');
  }
}

/** Signs a digest. @param algorithm OID of the key's algorithm. @throws CscRefusal when key and algorithm do not fit */
export function signDigest(key: KeyObject, hash: Buffer, digest: Digest, algorithm: string): Buffer {
  const type = key.asymmetricKeyType;
  if (type === 'rsa' && algorithm === RSA) {
    const info = Buffer.concat([Buffer.from(DIGEST_INFO[digest], 'hex'), hash]);
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
  }
  if (type === 'rsa' && algorithm === RSA_PSS) {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 2048;
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, pssEncoded(hash, digest, bits));
  }
  if (type === 'ec' && algorithm === EC) return ecdsa(key, hash);
  throw new CscRefusal('invalid_request', 'Invalid parameter signAlgo');
}
