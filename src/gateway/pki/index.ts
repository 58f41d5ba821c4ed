/** The network side of trust: which authorities may be asked, how, and what is kept of their answers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRevocationClient,
  type IssuerSource,
  type KnownAddresses,
  NATIONAL_REWRITES,
  type PkiAttempt,
  type RevocationSource,
} from '../../signing/index.ts';
import type { Config } from '../config.ts';
import { addressRule } from './addresses.ts';
import { createDiskCache } from './disk-cache.ts';
import { createGuardedFetch } from './fetch.ts';
import { hostRule, readRewrites } from './hosts.ts';
import { PINS } from './pins.ts';

export { createGuardedFetch } from './fetch.ts';

/** What a thread needs to open its own client: plain data. */
export interface RevocationSettings {
  /** Hosts that may be asked, comma separated; empty: nothing is fetched. */
  readonly hosts: string;
  readonly privateAddresses: string;
  readonly rewrites: string;
  readonly timeoutSeconds: number;
  readonly maxAgeSeconds: number;
  readonly maxCrlBytes: number;
  readonly fetchIssuers: boolean;
  /** Folder answers are kept in; null: in memory alone. */
  readonly cacheDir: string | null;
}

/** A client and whether it may fetch issuers. */
export interface OnlineTrust {
  readonly revocation: RevocationSource;
  readonly issuers?: IssuerSource;
}

/** The settings of a gateway or command. A data folder that is not there is not made for the sake of a cache. */
export function revocationSettings(config: Config): RevocationSettings {
  return {
    hosts: config.pkiHosts,
    privateAddresses: config.pkiPrivateAddresses,
    rewrites: config.pkiRewrites,
    timeoutSeconds: config.pkiTimeoutSeconds,
    maxAgeSeconds: config.pkiMaxAgeSeconds,
    maxCrlBytes: config.pkiMaxCrlBytes,
    fetchIssuers: config.pkiFetchIssuers,
    cacheDir: existsSync(config.dataDir) ? join(config.dataDir, 'pki-cache') : null,
  };
}

/** Where lists of the pinned authorities are, for certificates that name no address. */
function knownAddresses(): KnownAddresses[] {
  return PINS.map(({ sha256, crl, ocsp }) => ({
    issuer: sha256.toLowerCase(),
    crls: crl === undefined ? [] : [crl],
    ocsps: ocsp === undefined ? [] : [ocsp],
  }));
}

/** Opens a client; null when no host may be asked. */
export function openOnlineTrust(
  settings: RevocationSettings,
  onAttempt?: (attempt: PkiAttempt) => void,
): OnlineTrust | null {
  if (settings.hosts.trim() === '') return null;
  const client = createRevocationClient({
    fetch: createGuardedFetch({
      mayAsk: hostRule(settings.hosts),
      mayConnect: addressRule(settings.privateAddresses),
      timeoutMs: settings.timeoutSeconds * 1000,
    }),
    now: Date.now,
    rewrites: { ...NATIONAL_REWRITES, ...readRewrites(settings.rewrites) },
    known: knownAddresses(),
    maxAgeMs: settings.maxAgeSeconds * 1000,
    maxCrlBytes: settings.maxCrlBytes,
    ...(settings.cacheDir === null ? {} : { cache: createDiskCache(settings.cacheDir) }),
    ...(onAttempt === undefined ? {} : { onAttempt }),
  });
  return { revocation: client, ...(settings.fetchIssuers ? { issuers: client } : {}) };
}
