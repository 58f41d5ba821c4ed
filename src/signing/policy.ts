/** The signature validation policy: what is asked beyond the mathematics. Apart from the facts, and replaceable. */
import { SigningError } from './errors.ts';

/** Constraints on algorithms: reaching one of the digests or sizes below them is weak. */
export interface AlgorithmPolicy {
  /** Digests accepted, as node:crypto spells them. A date means: only where existence before that day is proved. */
  readonly digests: Readonly<Record<string, { readonly until: string | null }>>;
  /** Smallest modulus of RSA and DSA keys, bits. */
  readonly rsaBits: number;
  readonly dsaBits: number;
  /** Smallest field of elliptic curve keys, bits. */
  readonly ecBits: number;
}

/** A validation policy. */
export interface Policy {
  readonly name: string;
  readonly algorithms: AlgorithmPolicy;
  /** `required`: the state of every certificate must be known, else TRY_LATER. `none` is for tests of other things. */
  readonly revocation: 'required' | 'none';
  /** Names (`KEY_PURPOSES`) or OID the signer's certificate must allow. */
  readonly keyPurpose: string;
}

const MODERN = [
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-224',
  'sha3-256',
  'sha3-384',
  'sha3-512',
  'shake128',
  'shake256',
];

function digestTable(names: readonly string[]): AlgorithmPolicy['digests'] {
  return Object.fromEntries(names.map((name) => [name, { until: null }]));
}

/** TT 15/2025/TT-BKHCN, Phụ lục I: RSA from 2048 bits, ECDSA from 256 bits; SHA-1 no more. */
export const DEFAULT_POLICY: Policy = {
  name: 'default',
  algorithms: { digests: digestTable(MODERN), rsaBits: 2048, dsaBits: 2048, ecBits: 256 },
  revocation: 'required',
  keyPurpose: 'signing',
};

/** For documents of former years: the default policy with SHA-1, RIPEMD-160, MD5 and short keys let through. */
export const LEGACY_POLICY: Policy = {
  ...DEFAULT_POLICY,
  name: 'legacy',
  algorithms: {
    digests: digestTable([...MODERN, 'sha1', 'ripemd160', 'md5']),
    rsaBits: 512,
    dsaBits: 512,
    ecBits: 160,
  },
};

/** Strength of what made a signature, as the policy sees it. */
export interface Strength {
  readonly digest: string;
  readonly keyKind: string;
  readonly keyBits: number;
}

/**
 * What is too weak about it when the signature is only known to exist since `since`, in English; null when nothing is.
 * @param since milliseconds since 1970.
 */
export function weakness(policy: AlgorithmPolicy, strength: Strength, since: number): string | null {
  const digest = policy.digests[strength.digest];
  if (digest === undefined || (digest.until !== null && since >= Date.parse(digest.until)))
    return `digest ${strength.digest}`;
  const floor = { rsa: policy.rsaBits, dsa: policy.dsaBits, ec: policy.ecBits }[strength.keyKind];
  return floor !== undefined && strength.keyBits < floor
    ? `${strength.keyKind} key of ${strength.keyBits} bits`
    : null;
}

function fail(reason: string): never {
  throw new SigningError('POLICY_INVALID', { details: { reason } });
}

function positive(value: unknown, fallback: number, name: string): number {
  if (value === undefined) return fallback;
  return typeof value === 'number' && Number.isInteger(value) && value > 0
    ? value
    : fail(`${name} must be a positive integer`);
}

function digests(value: unknown, fallback: AlgorithmPolicy['digests']): AlgorithmPolicy['digests'] {
  if (value === undefined) return fallback;
  if (typeof value !== 'object' || value === null) return fail('algorithms.digests must be an object');
  const entries = Object.entries(value as Record<string, { until?: unknown }>).map(([name, rule]) => {
    const until = rule?.until ?? null;
    if (until !== null && (typeof until !== 'string' || Number.isNaN(Date.parse(until))))
      return fail(`algorithms.digests.${name}.until must be a date`);
    return [name, { until }] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * A policy by name (`default`, `legacy`) or from the text of a JSON file with the fields of `Policy`, each optional;
 * `base` names the policy that fills the rest.
 * @throws SigningError POLICY_INVALID
 */
export function readPolicy(text: string): Policy {
  if (text === 'default') return DEFAULT_POLICY;
  if (text === 'legacy') return LEGACY_POLICY;
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new SigningError('POLICY_INVALID', { cause });
  }
  if (typeof given !== 'object' || given === null) return fail('not an object');
  const known = new Set(['name', 'base', 'algorithms', 'revocation', 'keyPurpose']);
  const stranger = Object.keys(given).find((name) => !known.has(name));
  if (stranger !== undefined) return fail(`unknown field ${stranger}`);
  const base = given['base'] === 'legacy' ? LEGACY_POLICY : DEFAULT_POLICY;
  const algorithms = (given['algorithms'] ?? {}) as Record<string, unknown>;
  const revocation = given['revocation'] ?? base.revocation;
  if (revocation !== 'required' && revocation !== 'none')
    return fail('revocation must be "required" or "none"');
  return {
    name: String(given['name'] ?? base.name),
    algorithms: {
      digests: digests(algorithms['digests'], base.algorithms.digests),
      rsaBits: positive(algorithms['rsaBits'], base.algorithms.rsaBits, 'algorithms.rsaBits'),
      dsaBits: positive(algorithms['dsaBits'], base.algorithms.dsaBits, 'algorithms.dsaBits'),
      ecBits: positive(algorithms['ecBits'], base.algorithms.ecBits, 'algorithms.ecBits'),
    },
    revocation,
    keyPurpose: String(given['keyPurpose'] ?? base.keyPurpose),
  };
}
