/** A signer whose key is in a signing service (Cloud Signature Consortium API v2). */
import { SigningError } from '../../errors.ts';
import type { SigningDigest } from '../../ports.ts';
import type { OutsideSigner } from '../outside.ts';
import { assertSignatureOf, ecdsaDer, hashOf, isSignatureOf } from '../raw.ts';
import { type CscClient, type CscClientOptions, createCscClient, type Json } from './client.ts';
import { type Credential, findCredential } from './credential.ts';

/** How a credential is opened. */
export interface CscOptions extends CscClientOptions {
  readonly credentialId: string | null;
  /** Gives the PIN whenever an authorisation is needed. */
  readonly pin?: () => Promise<string | null>;
  /** Gives the one-time code; called after the service was asked to send one. */
  readonly otp?: () => Promise<string | null>;
  /** RSA keys sign with PSS instead of PKCS#1 v1.5. */
  readonly pss?: boolean;
  /** Shown to the holder by the service, e.g. on a telephone. */
  readonly description?: string;
}

/** What the holder agrees to. */
export interface CscConsent {
  readonly pin?: string | null;
  readonly otp?: string | null;
  /** Digests to be signed, of one algorithm; the authorisation covers these and no others where the service binds them. */
  readonly hashes: readonly Uint8Array[];
  readonly digest: SigningDigest;
  /** Signatures it is for, where more are to come than have digests yet; only for credentials that do not bind them. Default: one a digest. */
  readonly count?: number;
}

/** A signer that works under the holder's authorisation. */
export interface CscSigner extends OutsideSigner {
  readonly credential: Credential;
  /** Asks the service to send the holder a one-time code. */
  sendOtp(): Promise<void>;
  /** Authorises signatures; later ones go under it until it is used up or runs out. */
  authorise(consent: CscConsent): Promise<void>;
  /** The same, from the octets that will be given to `sign`. */
  authoriseData(
    consent: Omit<CscConsent, 'hashes'> & { readonly data: readonly Uint8Array[] },
  ): Promise<void>;
}

interface Authorisation {
  readonly sad: string;
  readonly until: number;
  left: number;
  /** Base64 digests it is bound to; null: any. */
  readonly hashes: ReadonlySet<string> | null;
}

interface Waiting {
  readonly data: Uint8Array;
  readonly hash: Uint8Array;
  readonly digest: SigningDigest;
  resolve(signature: Uint8Array): void;
  reject(cause: unknown): void;
}

const DIGEST_OID: Readonly<Record<SigningDigest, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
/** OIDs of signature algorithms where the digest is told apart (CSC §11.11). */
const SIGN_OID = {
  rsa: '1.2.840.113549.1.1.1',
  'rsa-pss': '1.2.840.113549.1.1.10',
  ecdsa: '1.2.840.10045.2.1',
} as const;
/** Digests sent in one call: the service's answer stays small and its time bounded. */
const HASHES_A_CALL = 50;
/** From this many waiting on, a call that is not full takes half: the service is never idle while what it gave back is checked. */
const WORTH_HALVING = 16;
/** An authorisation is not used in its last moments: the clocks of two machines differ. */
const EARLY_MS = 5_000;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function authData(credential: Credential, pin: string | null, otp: string | null): Json[] {
  const data: Json[] = [];
  if (credential.needsPin) {
    if (pin === null) throw new SigningError('REMOTE_AUTHORISATION_NEEDED', { details: { reason: 'PIN' } });
    data.push({ id: credential.pinId, value: pin });
  }
  if (credential.needsOtp) {
    if (otp === null) throw new SigningError('REMOTE_AUTHORISATION_NEEDED', { details: { reason: 'OTP' } });
    data.push({ id: credential.otpId, value: otp });
  }
  return data;
}

async function requestSad(
  client: CscClient,
  credential: Credential,
  consent: CscConsent,
  options: CscOptions,
): Promise<Authorisation> {
  const { hashes, digest } = consent;
  const count = Math.max(hashes.length, consent.count ?? 0);
  if (count > hashes.length && credential.bindsHashes)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'every digest has to be named' } });
  if (count > credential.multisign)
    throw new SigningError('REMOTE_TOO_MANY', { details: { most: credential.multisign, asked: count } });
  const encoded = hashes.map(base64);
  const answer = await client.call('credentials/authorize', {
    credentialID: credential.id,
    numSignatures: count,
    // Some services take as many digests as signatures, or none.
    ...(count === hashes.length ? { hashes: encoded, hashAlgorithmOID: DIGEST_OID[digest] } : {}),
    authData: authData(credential, consent.pin ?? null, consent.otp ?? null),
    // Version 1 services read these instead of authData.
    ...(credential.needsPin ? { PIN: consent.pin } : {}),
    ...(credential.needsOtp ? { OTP: consent.otp } : {}),
    ...(options.description === undefined ? {} : { description: options.description }),
  });
  const sad = answer['SAD'];
  if (typeof sad !== 'string' || sad === '')
    throw new SigningError('REMOTE_SIGNING_UNAVAILABLE', { details: { reason: 'no SAD in the answer' } });
  const seconds = typeof answer['expiresIn'] === 'number' ? answer['expiresIn'] : 3600;
  return {
    sad,
    until: options.now() + seconds * 1000 - EARLY_MS,
    left: count,
    hashes: credential.bindsHashes ? new Set(encoded) : null,
  };
}

async function signHashes(
  client: CscClient,
  credential: Credential,
  sad: string,
  digest: SigningDigest,
  hashes: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const answer = await client.call('signatures/signHash', {
    credentialID: credential.id,
    SAD: sad,
    hashes: hashes.map(base64),
    hashAlgorithmOID: DIGEST_OID[digest],
    signAlgo: SIGN_OID[credential.algorithm],
    operationMode: 'S',
  });
  const signatures = answer['signatures'];
  if (!Array.isArray(signatures) || signatures.length !== hashes.length)
    throw new SigningError('REMOTE_SIGNING_UNAVAILABLE', { details: { reason: 'signatures are missing' } });
  return signatures.map((text) => new Uint8Array(Buffer.from(String(text), 'base64')));
}

/** Services give ECDSA signatures as DER or as r‖s; what fits the key is kept. @throws SigningError KEY_SIGNATURE_WRONG */
function checked(credential: Credential, one: Waiting, signature: Uint8Array): Uint8Array {
  const { publicKey, algorithm } = credential;
  const fits = (candidate: Uint8Array): boolean =>
    isSignatureOf(publicKey, algorithm, one.data, one.digest, candidate);
  if (algorithm === 'ecdsa' && !fits(signature) && signature.length % 2 === 0) {
    const der = ecdsaDer(signature);
    if (fits(der)) return der;
  }
  assertSignatureOf(publicKey, algorithm, one.data, one.digest, signature);
  return signature;
}

/**
 * Opens a credential. Signatures asked for in the same moment go to the service together.
 * @throws SigningError REMOTE_LOGIN_REFUSED, REMOTE_SIGNING_UNAVAILABLE, REMOTE_SIGNING_REFUSED, KEY_NOT_FOUND, KEY_AMBIGUOUS,
 *   KEY_TOO_WEAK, KEY_UNSUPPORTED; `sign` also REMOTE_AUTHORISATION_NEEDED, REMOTE_OTP_WRONG, REMOTE_TOO_MANY, KEY_PIN_WRONG,
 *   KEY_PIN_LOCKED, KEY_SIGNATURE_WRONG
 */
export async function openCsc(options: CscOptions): Promise<CscSigner> {
  const client = createCscClient(options);
  const credential = await findCredential(client, options.credentialId, options.pss === true);
  let authorisation: Authorisation | null = null;
  let line: Waiting[] = [];
  let isRunning = false;
  let waiting = 0;
  let isClosed = false;

  async function sendOtp(): Promise<void> {
    try {
      await client.call('credentials/getChallenge', { credentialID: credential.id });
    } catch (cause) {
      // Version 1 calls it sendOTP; a service that has neither sends codes by itself (a generator in the holder's hand).
      const isUnknown = cause instanceof SigningError && cause.details['status'] === 404;
      if (!isUnknown) throw cause;
      await client.call('credentials/sendOTP', { credentialID: credential.id });
    }
  }

  async function authorise(consent: CscConsent): Promise<void> {
    authorisation = await requestSad(client, credential, consent, options);
  }

  function covers(batch: readonly Waiting[]): boolean {
    const held = authorisation;
    if (held === null || held.until <= options.now() || held.left < batch.length) return false;
    return held.hashes === null || batch.every(({ hash }) => held.hashes?.has(base64(hash)) === true);
  }

  /** Asks the holder, through the functions given, to authorise these signatures. */
  async function askFor(batch: readonly Waiting[], digest: SigningDigest): Promise<void> {
    const isAskable =
      (!credential.needsPin || options.pin !== undefined) &&
      (!credential.needsOtp || options.otp !== undefined);
    if (!isAskable) throw new SigningError('REMOTE_AUTHORISATION_NEEDED');
    if (credential.needsOtp) await sendOtp();
    const pin = credential.needsPin ? await options.pin?.() : null;
    const otp = credential.needsOtp ? await options.otp?.() : null;
    const hashes = batch.map(({ hash }) => hash);
    await authorise({ pin: pin ?? null, otp: otp ?? null, hashes, digest });
  }

  async function signNow(batch: readonly Waiting[], digest: SigningDigest): Promise<Uint8Array[]> {
    if (!covers(batch)) await askFor(batch, digest);
    const held = authorisation as Authorisation;
    held.left -= batch.length;
    const hashes = batch.map(({ hash }) => hash);
    return signHashes(client, credential, held.sad, digest, hashes);
  }

  async function signBatch(batch: readonly Waiting[], digest: SigningDigest): Promise<void> {
    try {
      let signatures: Uint8Array[];
      try {
        signatures = await signNow(batch, digest);
      } catch (cause) {
        // An authorisation the service no longer knows is asked for once more; a wrong code is not.
        const isOver = cause instanceof SigningError && cause.code === 'REMOTE_AUTHORISATION_NEEDED';
        if (!isOver || authorisation === null) throw cause;
        authorisation = null;
        signatures = await signNow(batch, digest);
      }
      for (const [index, one] of batch.entries())
        try {
          one.resolve(checked(credential, one, signatures[index] ?? new Uint8Array()));
        } catch (cause) {
          one.reject(cause);
        }
    } catch (cause) {
      for (const one of batch) one.reject(cause);
    }
  }

  async function drain(): Promise<void> {
    // What is asked for in this turn of the event loop goes together.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (line.length > 0) {
      const digest = line[0]?.digest ?? 'sha256';
      const most = Math.min(credential.multisign, HASHES_A_CALL);
      const same = line.filter((one) => one.digest === digest);
      // What is authorised already must not be held up by what is not.
      const ready = same.filter((one) => covers([one]));
      const chosen = ready.length > 0 ? ready : same;
      const asksNobody = ready.length > 0 || !(credential.needsPin || credential.needsOtp);
      const isPart = asksNobody && chosen.length < most && chosen.length >= WORTH_HALVING;
      const batch = chosen.slice(0, isPart ? Math.ceil(chosen.length / 2) : most);
      line = line.filter((one) => !batch.includes(one));
      await signBatch(batch, digest);
    }
    isRunning = false;
  }

  return {
    certificate: credential.certificate,
    chain: credential.chain,
    algorithm: credential.algorithm,
    parallel: Math.min(credential.multisign, HASHES_A_CALL),
    credential,
    waiting: () => waiting,
    sendOtp,
    authorise,
    authoriseData: ({ data, ...consent }) =>
      authorise({ ...consent, hashes: data.map((one) => hashOf(one, consent.digest)) }),
    async sign(data, digest) {
      if (isClosed) throw new SigningError('KEY_CLOSED');
      waiting += 1;
      try {
        return await new Promise<Uint8Array>((resolve, reject) => {
          line.push({ data, hash: hashOf(data, digest), digest, resolve, reject });
          if (!isRunning) void drain();
          isRunning = true;
        });
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      isClosed = true;
      authorisation = null;
      for (const one of line) one.reject(new SigningError('KEY_CLOSED'));
      line = [];
    },
  };
}
