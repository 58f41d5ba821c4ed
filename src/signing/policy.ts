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

/** What a rule that is not met does to the verdict. */
export type RuleLevel = 'fail' | 'warn' | 'ignore';

/** Rules beyond the building blocks of EN 319 102-1. One that fails gives INDETERMINATE / SIG_CONSTRAINTS_FAILURE. */
export interface PolicyRules {
  /** A time-stamp proves when the signature existed. */
  readonly timeProof: RuleLevel;
  /** The signature covers the whole file (for a container: every file of it). */
  readonly wholeFile: RuleLevel;
  /** A signed attribute binds the signer's certificate (ESS, xades:SigningCertificate). */
  readonly certificateBound: RuleLevel;
}

/** A validation policy. */
export interface Policy {
  readonly name: string;
  readonly algorithms: AlgorithmPolicy;
  /**
   * `required`: the state of every certificate must be known, else TRY_LATER. `if-offered`: except where a certificate
   * names no source of it and no list of its issuer is at hand, which is warned of. `none` is for tests of other things.
   */
  readonly revocation: 'required' | 'if-offered' | 'none';
  /** Names (`KEY_PURPOSES`) or OID the signer's certificate must allow. */
  readonly keyPurpose: string;
  readonly rules: PolicyRules;
  /** Named trust sets whose anchors alone count; null: whoever asks chooses. A name is data for the caller: nothing is loaded here. */
  readonly trustSets: readonly string[] | null;
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
  rules: { timeProof: 'ignore', wholeFile: 'warn', certificateBound: 'ignore' },
  trustSets: null,
};

/** For acceptance where doubt costs more than delay: proof of time, the whole file, the certificate bound. */
export const STRICT_POLICY: Policy = {
  ...DEFAULT_POLICY,
  name: 'strict',
  rules: { timeProof: 'fail', wholeFile: 'fail', certificateBound: 'fail' },
};

/**
 * For files kept for decades: what was strong while it was made counts as strong where its existence then is proved
 * (ETSI TS 119 312: SHA-1 to the end of 2016, RSA below 2048 bits never), and time must be proved.
 */
export const LEGAL_ARCHIVE_POLICY: Policy = {
  ...DEFAULT_POLICY,
  name: 'legal-archive',
  algorithms: {
    ...DEFAULT_POLICY.algorithms,
    digests: { ...DEFAULT_POLICY.algorithms.digests, sha1: { until: '2017-01-01' } },
  },
  rules: { timeProof: 'fail', wholeFile: 'warn', certificateBound: 'warn' },
};

/**
 * For documents of former years: SHA-1, RIPEMD-160, MD5 and short keys are let through and warned of as weak, and a CA
 * that names no source of revocation is not waited for.
 */
export const LEGACY_POLICY: Policy = {
  ...DEFAULT_POLICY,
  name: 'legacy',
  algorithms: {
    digests: digestTable([...MODERN, 'sha1', 'ripemd160', 'md5']),
    rsaBits: 512,
    dsaBits: 512,
    ecBits: 160,
  },
  revocation: 'if-offered',
};

/** Policies by the name `--policy` and `base` take. */
export const POLICIES: Readonly<Record<string, Policy>> = {
  default: DEFAULT_POLICY,
  strict: STRICT_POLICY,
  'legal-archive': LEGAL_ARCHIVE_POLICY,
  legacy: LEGACY_POLICY,
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

const REVOCATION = ['required', 'if-offered', 'none'] as const;
const LEVELS = ['fail', 'warn', 'ignore'] as const;
const RULES = ['timeProof', 'wholeFile', 'certificateBound'] as const;
const FIELDS = ['name', 'base', 'algorithms', 'revocation', 'keyPurpose', 'rules', 'trustSets'];
const SET_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const ALGORITHM_FIELDS = ['digests', 'rsaBits', 'dsaBits', 'ecBits'];

function object(value: unknown, name: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail(`${name} must be an object`);
  const stranger = Object.keys(value).find((field) => !known.includes(field));
  return stranger === undefined
    ? (value as Record<string, unknown>)
    : fail(`unknown field ${stranger} in ${name}`);
}

function oneOf<T extends string>(value: unknown, among: readonly T[], fallback: T, name: string): T {
  if (value === undefined) return fallback;
  return among.find((item) => item === value) ?? fail(`${name} must be one of ${among.join(', ')}`);
}

function text(value: unknown, fallback: string, name: string): string {
  if (value === undefined) return fallback;
  return typeof value === 'string' && value !== '' ? value : fail(`${name} must be a text`);
}

function setNames(value: unknown, fallback: Policy['trustSets']): Policy['trustSets'] {
  if (value === undefined) return fallback;
  const names = Array.isArray(value) ? (value as unknown[]) : [];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && SET_NAME.test(name)))
    return fail('trustSets must be a list of names of trust sets');
  return names as string[];
}

/**
 * A policy by name (`POLICIES`) or from the text of a JSON file with the fields of `Policy`, each optional; `base` names
 * the policy that fills the rest (default `default`). schemas/validation-policy.schema.json describes the form.
 * @throws SigningError POLICY_INVALID
 */
export function readPolicy(source: string): Policy {
  const named = POLICIES[source];
  if (named !== undefined) return named;
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch (cause) {
    throw new SigningError('POLICY_INVALID', { cause });
  }
  const given = object(parsed, 'the policy', FIELDS);
  const base =
    POLICIES[text(given['base'], 'default', 'base')] ?? fail('base must name a policy that is built in');
  const algorithms = object(given['algorithms'] ?? {}, 'algorithms', ALGORITHM_FIELDS);
  const rules = object(given['rules'] ?? {}, 'rules', RULES);
  const level = (rule: (typeof RULES)[number]) =>
    oneOf(rules[rule], LEVELS, base.rules[rule], `rules.${rule}`);
  return {
    name: text(given['name'], base.name, 'name'),
    algorithms: {
      digests: digests(algorithms['digests'], base.algorithms.digests),
      rsaBits: positive(algorithms['rsaBits'], base.algorithms.rsaBits, 'algorithms.rsaBits'),
      dsaBits: positive(algorithms['dsaBits'], base.algorithms.dsaBits, 'algorithms.dsaBits'),
      ecBits: positive(algorithms['ecBits'], base.algorithms.ecBits, 'algorithms.ecBits'),
    },
    revocation: oneOf(given['revocation'], REVOCATION, base.revocation, 'revocation'),
    keyPurpose: text(given['keyPurpose'], base.keyPurpose, 'keyPurpose'),
    rules: {
      timeProof: level('timeProof'),
      wholeFile: level('wholeFile'),
      certificateBound: level('certificateBound'),
    },
    trustSets: setNames(given['trustSets'], base.trustSets),
  };
}
