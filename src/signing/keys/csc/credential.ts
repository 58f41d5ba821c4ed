/** What a signing service says about a credential (CSC v2 §11.4, §11.5). */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { certificateParts } from '../../cms/certificate.ts';
import { SigningError } from '../../errors.ts';
import type { Signer } from '../../ports.ts';
import { chainOf } from '../chain.ts';
import { algorithmOf } from '../signer.ts';
import type { CscClient, Json } from './client.ts';

/** A credential, as far as signing needs it. */
export interface Credential {
  readonly id: string;
  readonly certificate: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly publicKey: KeyObject;
  readonly algorithm: Signer['algorithm'];
  /** What the holder must give: `PIN`, `OTP`, both or neither. */
  readonly needsPin: boolean;
  readonly needsOtp: boolean;
  /** Names of the authentication objects as the service wants them back. */
  readonly pinId: string;
  readonly otpId: string;
  /** Signatures one authorisation may cover. */
  readonly multisign: number;
  /** SCAL 2: the authorisation is bound to the digests it names. */
  readonly bindsHashes: boolean;
}

const RSA_PSS = '1.2.840.113549.1.1.10';

function unusable(reason: string): SigningError {
  return new SigningError('REMOTE_SIGNING_REFUSED', { details: { reason } });
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The id asked for, or the only one of the account. */
async function idOf(client: CscClient, wanted: string | null): Promise<string> {
  if (wanted !== null) return wanted;
  const answer = await client.call('credentials/list', { onlyValid: true, maxResults: 10 });
  const ids = list(answer['credentialIDs']).filter((id) => typeof id === 'string');
  if (ids.length === 0) throw new SigningError('KEY_NOT_FOUND');
  if (ids.length > 1)
    throw new SigningError('KEY_AMBIGUOUS', { details: { reason: 'name one with credential=' } });
  return ids[0] ?? '';
}

function certificatesOf(info: Json): { certificate: Uint8Array; chain: readonly Uint8Array[] } {
  const cert = object(info['cert']);
  const all = list(cert['certificates']).map((text) =>
    certificateParts(new Uint8Array(Buffer.from(typeof text === 'string' ? text : '', 'base64'))),
  );
  const [leaf] = all;
  if (leaf == null) throw unusable('the credential has no certificate');
  return {
    certificate: leaf.der,
    chain: chainOf(
      leaf,
      all.filter((parts) => parts !== null),
    ),
  };
}

interface AuthFacts {
  readonly needsPin: boolean;
  readonly needsOtp: boolean;
  readonly pinId: string;
  readonly otpId: string;
}

/** `auth` of version 2 (expression and objects), or `PIN`/`OTP` of version 1. */
function authOf(info: Json): AuthFacts {
  const auth = object(info['auth']);
  const mode = typeof auth['mode'] === 'string' ? auth['mode'] : String(info['authMode'] ?? 'explicit');
  if (mode === 'implicit') return { needsPin: false, needsOtp: false, pinId: 'PIN', otpId: 'OTP' };
  if (mode !== 'explicit') throw unusable(`authorisation mode ${mode} is not supported`);
  const objects = list(auth['objects']).map(object);
  const find = (pattern: RegExp, type: RegExp): string | null => {
    const found = objects.find((one) => pattern.test(String(one['id'])) || type.test(String(one['type'])));
    return found === undefined ? null : String(found['id']);
  };
  const old = (name: string): boolean => object(info[name])['presence'] === 'true';
  const otpId = find(/otp/i, /otp|challenge/i);
  const pinId = find(/pin|password/i, /^password$/i);
  return {
    needsPin: pinId !== null || old('PIN'),
    needsOtp: otpId !== null || old('OTP'),
    pinId: pinId ?? 'PIN',
    otpId: otpId ?? 'OTP',
  };
}

/**
 * Finds a credential and checks that it can sign.
 * @throws SigningError KEY_NOT_FOUND, KEY_AMBIGUOUS, KEY_TOO_WEAK, KEY_UNSUPPORTED, REMOTE_SIGNING_REFUSED and those of the calls
 */
export async function findCredential(
  client: CscClient,
  wanted: string | null,
  pss: boolean,
): Promise<Credential> {
  const id = await idOf(client, wanted);
  const info = await client.call('credentials/info', {
    credentialID: id,
    certificates: 'chain',
    certInfo: true,
    authInfo: true,
  });
  const key = object(info['key']);
  if (key['status'] !== undefined && key['status'] !== 'enabled')
    throw unusable(`the key is ${String(key['status'])}`);
  const { certificate, chain } = certificatesOf(info);
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(
      new X509Certificate(certificate).publicKey.export({ format: 'pem', type: 'spki' }),
    );
  } catch (cause) {
    throw new SigningError('CERTIFICATE_INVALID', { cause });
  }
  const natural = algorithmOf(publicKey);
  const offered = list(key['algo']);
  const onlyPss = offered.length > 0 && offered.every((algorithm) => algorithm === RSA_PSS);
  const multisign = Number(info['multisign'] ?? 1);
  return {
    id,
    certificate,
    chain,
    publicKey,
    algorithm: natural === 'rsa' && (pss || onlyPss) ? 'rsa-pss' : natural,
    ...authOf(info),
    multisign: Number.isInteger(multisign) && multisign > 0 ? multisign : 1,
    bindsHashes: String(info['SCAL'] ?? '1') === '2',
  };
}
