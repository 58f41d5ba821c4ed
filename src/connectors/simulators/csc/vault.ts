/** Credentials of the simulated signing service, and the rights to use them: PIN and one-time codes, SADs with an end. */
import { createHash, type KeyObject, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { CscRefusal } from './refusal.ts';
import { signDigest } from './sign-digest.ts';

/** A key the service holds for somebody. */
export interface CscCredential {
  readonly id: string;
  readonly key: KeyObject;
  /** DER, the holder's own first. */
  readonly certificates: readonly Uint8Array[];
  /** Absent: none is asked for. */
  readonly pin?: string;
  /** True: a one-time code is sent to the holder for each authorisation. */
  readonly otp?: boolean;
  /** Default 1000. */
  readonly multisign?: number;
  /** Default 1; 2 binds an authorisation to the digests it names. */
  readonly scal?: 1 | 2;
  /** Default 300 s. */
  readonly sadSeconds?: number;
}

interface Authorisation {
  readonly credentialId: string;
  readonly hashes: ReadonlySet<string> | null;
  readonly until: number;
  left: number;
}

/** What the holder's telephone shows. */
export interface SentCode {
  readonly credentialId: string;
  readonly code: string;
}

const WRONG_PINS = 5;
const CODE_MS = 120_000;
const DIGESTS: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512'>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Keeps the credentials. */
export interface Vault {
  readonly ids: readonly string[];
  credential(id: unknown): CscCredential;
  /** Codes sent so far, the newest last: the simulator's control interface shows them. */
  readonly sent: readonly SentCode[];
  sendCode(id: unknown): void;
  authorise(
    id: unknown,
    count: unknown,
    hashes: readonly string[],
    given: ReadonlyMap<string, string>,
  ): {
    SAD: string;
    expiresIn: number;
  };
  sign(
    id: unknown,
    sad: unknown,
    hashes: readonly string[],
    digestOid: unknown,
    algorithm: unknown,
  ): string[];
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Opens the vault. */
export function createVault(credentials: readonly CscCredential[], now: () => number): Vault {
  const wrongPins = new Map<string, number>();
  const codes = new Map<string, { code: string; until: number }>();
  const sent: SentCode[] = [];
  const rights = new Map<string, Authorisation>();

  function credential(id: unknown): CscCredential {
    const found = credentials.find((one) => one.id === id);
    if (found === undefined) throw new CscRefusal('invalid_request', 'Invalid parameter credentialID');
    return found;
  }

  function checkPin(held: CscCredential, pin: string | undefined): void {
    if (held.pin === undefined) return;
    const wrong = wrongPins.get(held.id) ?? 0;
    if (wrong >= WRONG_PINS) throw new CscRefusal('locked_pin', 'PIN locked');
    if (pin !== undefined && sameText(pin, held.pin)) {
      wrongPins.delete(held.id);
      return;
    }
    wrongPins.set(held.id, wrong + 1);
    throw new CscRefusal('invalid_pin', 'The PIN is invalid');
  }

  function checkCode(held: CscCredential, code: string | undefined): void {
    if (held.otp !== true) return;
    const known = codes.get(held.id);
    if (known === undefined || known.until < now())
      throw new CscRefusal('expired_otp', 'The OTP has expired');
    if (code === undefined || !sameText(code, known.code))
      throw new CscRefusal('invalid_otp', 'The OTP is invalid');
    codes.delete(held.id);
  }

  function rightOf(sad: unknown, id: unknown, hashes: readonly string[]): Authorisation {
    const right = typeof sad === 'string' ? rights.get(sad) : undefined;
    if (right === undefined || right.credentialId !== id)
      throw new CscRefusal('invalid_request', 'Invalid parameter SAD');
    if (right.until < now()) throw new CscRefusal('invalid_request', 'SAD expired');
    if (right.left < hashes.length)
      throw new CscRefusal('invalid_request', 'Numbers of signatures is too high for this SAD');
    if (right.hashes !== null && hashes.some((hash) => right.hashes?.has(hash) !== true))
      throw new CscRefusal('invalid_request', 'Hash is not authorized by the SAD');
    return right;
  }

  return {
    ids: credentials.map(({ id }) => id),
    credential,
    sent,
    sendCode(id) {
      const held = credential(id);
      if (held.otp !== true) throw new CscRefusal('invalid_request', 'This credential takes no OTP');
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      codes.set(held.id, { code, until: now() + CODE_MS });
      sent.push({ credentialId: held.id, code });
    },
    authorise(id, count, hashes, given) {
      const held = credential(id);
      const most = held.multisign ?? 1000;
      if (!Number.isInteger(count) || Number(count) < 1 || Number(count) > most)
        throw new CscRefusal('invalid_request', 'Invalid parameter numSignatures');
      if (held.scal === 2 && hashes.length !== count)
        throw new CscRefusal('invalid_request', 'Missing (or invalid type) array parameter hashes');
      checkPin(held, given.get('PIN'));
      checkCode(held, given.get('OTP'));
      const expiresIn = held.sadSeconds ?? 300;
      const SAD = randomBytes(24).toString('base64url');
      const bound = held.scal === 2 ? new Set(hashes) : null;
      rights.set(SAD, {
        credentialId: held.id,
        hashes: bound,
        until: now() + expiresIn * 1000,
        left: Number(count),
      });
      return { SAD, expiresIn };
    },
    sign(id, sad, hashes, digestOid, algorithm) {
      const held = credential(id);
      const right = rightOf(sad, id, hashes);
      const digest = DIGESTS[String(digestOid)];
      if (digest === undefined) throw new CscRefusal('invalid_request', 'Invalid parameter hashAlgorithmOID');
      const octets = hashes.map((hash) => Buffer.from(hash, 'base64'));
      const length = createHash(digest).digest().length;
      if (octets.length === 0 || octets.some((hash) => hash.length !== length))
        throw new CscRefusal('invalid_request', 'Invalid digest value length');
      right.left -= hashes.length;
      return octets.map((hash) => signDigest(held.key, hash, digest, String(algorithm)).toString('base64'));
    },
  };
}
