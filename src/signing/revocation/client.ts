/**
 * The revocation client: asks OCSP responders and fetches CRLs for a certificate, through a guarded `fetch` that knows
 * which hosts the operator allowed. It never judges: what it brings is evidence for RFC 5280 §6.3 and RFC 6960, and
 * nothing brought is "unknown", not "good".
 */
import { createHash, randomBytes } from 'node:crypto';
import type { IssuerSource, RevocationSource } from '../ports.ts';
import {
  type Certificate,
  type Crl,
  isSignedWith,
  parseOcsp,
  readBundle,
  readCrls,
  tryCertificate,
  tryCrl,
} from '../x509/index.ts';
import {
  crlAddresses,
  issuerAddresses,
  NATIONAL_REWRITES,
  ocspAddresses,
  type Rewrites,
} from './addresses.ts';
import { type AskOptions, createAsker } from './attempts.ts';
import { createHeldAnswers } from './memory.ts';
import { answerFault, buildOcspRequest, certId, isBelievable, NONCE_BYTES } from './ocsp-request.ts';
import type { AnswerCache, KnownAddresses, PkiRequest } from './types.ts';

/** How the client works. */
export interface RevocationClientOptions extends AskOptions {
  /** Kept between runs; default: memory alone. */
  readonly cache?: AnswerCache;
  /** Default `NATIONAL_REWRITES`. */
  readonly rewrites?: Rewrites;
  /** Addresses for certificates that name none. */
  readonly known?: readonly KnownAddresses[];
  /** An answer is asked for again after this long even while in force; default 3,600,000 ms. */
  readonly maxAgeMs?: number;
  /** Largest CRL read; default 64 MiB (about 1.5 million entries). */
  readonly maxCrlBytes?: number;
  /** 32 random octets; default node:crypto. */
  readonly nonce?: () => Uint8Array;
}

const MAX_AGE_MS = 3_600_000;
const MAX_CRL_BYTES = 64 * 1024 * 1024;
/** Largest OCSP answer or certificate bundle read. */
const MAX_SMALL_BYTES = 256 * 1024;
/** An answer nobody could vouch for (an indirect list, say) is not asked for again for this long. */
const UNVOUCHED_MS = 60_000;
/** Certificates whose last faults are remembered. */
const MAX_FAULTS = 500;
/** GET only for requests that stay short in the address (RFC 6960 App. A.1). */
const MAX_GET_LENGTH = 255;

function keyOf(kind: string, material: string | Uint8Array): string {
  return createHash('sha256').update(kind).update('\0').update(material).digest('hex');
}

/** Certificates of an address: DER, PEM, or the `.p7b` bundle that the national root serves. */
function bundleOf(body: Uint8Array): readonly Uint8Array[] {
  return readBundle(body).filter((der) => tryCertificate(der) !== null);
}

function listsOf(body: Uint8Array): readonly Uint8Array[] {
  try {
    return readCrls(body).filter((der) => tryCrl(der) !== null);
  } catch {
    return [];
  }
}

function isSignedBy(crl: Crl, issuer: Certificate): boolean {
  return crl.issuer.key === issuer.subject.key && isSignedWith(crl, issuer.publicKey);
}

const OCSP_ANSWER = { accept: 'application/ocsp-response', maxBytes: MAX_SMALL_BYTES };

function postRequest(url: string, body: Uint8Array): PkiRequest {
  return { url, method: 'POST', body, contentType: 'application/ocsp-request', ...OCSP_ANSWER };
}

/** The same question in the address (RFC 6960 App. A.1), or null when it would be too long. */
function getRequest(url: string, body: Uint8Array): PkiRequest | null {
  const encoded = encodeURIComponent(Buffer.from(body).toString('base64'));
  if (encoded.length > MAX_GET_LENGTH) return null;
  return { url: `${url.replace(/\/$/, '')}/${encoded}`, method: 'GET', ...OCSP_ANSWER };
}

/** A client with empty memory; one per process or thread is enough, and shares what it learned among callers. */
export function createRevocationClient(options: RevocationClientOptions): RevocationSource & IssuerSource {
  const { cache, now, known = [], rewrites = NATIONAL_REWRITES } = options;
  const { maxAgeMs = MAX_AGE_MS, maxCrlBytes = MAX_CRL_BYTES } = options;
  const nonceOf = options.nonce ?? (() => randomBytes(NONCE_BYTES));
  const asker = createAsker(options);
  const held = createHeldAnswers();
  const underWay = new Map<string, Promise<readonly Uint8Array[]>>();
  const faultsOf = new Map<string, string>();

  function remember(certificate: Certificate, faults: readonly string[]): void {
    faultsOf.delete(certificate.fingerprint);
    if (faults.length > 0) faultsOf.set(certificate.fingerprint, faults.join('; '));
    const oldest = faultsOf.keys().next().value;
    if (faultsOf.size > MAX_FAULTS && oldest !== undefined) faultsOf.delete(oldest);
  }

  /** From memory, from the cache, or by `work`; several who ask the same at a time share one answer. */
  function once(
    key: string,
    read: (body: Uint8Array) => readonly Uint8Array[],
    work: () => Promise<readonly Uint8Array[]>,
  ): Promise<readonly Uint8Array[]> {
    const inMemory = held.get(key, now());
    if (inMemory !== null) return Promise.resolve(inMemory);
    const running = underWay.get(key);
    if (running !== undefined) return running;
    const promise = (async () => {
      const kept = await cache?.get(key);
      if (kept && kept.freshUntil > now() && kept.fetchedAt <= now()) {
        const ders = read(kept.body);
        held.put(key, { ders, freshUntil: kept.freshUntil });
        if (ders.length > 0) return ders;
      }
      return work();
    })().finally(() => underWay.delete(key));
    underWay.set(key, promise);
    return promise;
  }

  /** Keeps an answer no longer than it is in force, nor than the operator allows; a doubtful one only for a moment. */
  async function keep(
    key: string,
    body: Uint8Array,
    ders: readonly Uint8Array[],
    nextUpdates: readonly (number | null)[],
    isVouched: boolean,
  ): Promise<void> {
    const fetchedAt = now();
    const ends = nextUpdates.filter((end) => end !== null);
    const limit = fetchedAt + (isVouched ? maxAgeMs : Math.min(UNVOUCHED_MS, maxAgeMs));
    const freshUntil = Math.min(limit, ...ends);
    if (freshUntil <= fetchedAt) return;
    held.put(key, { ders, freshUntil });
    if (isVouched) await cache?.put(key, { body, fetchedAt, freshUntil });
  }

  /** One responder: by POST with a nonce; by GET where it does not take that. */
  async function askResponder(url: string, certificate: Certificate, issuer: Certificate, faults: string[]) {
    const nonce = nonceOf();
    const post = postRequest(url, buildOcspRequest(certificate, issuer, nonce));
    const posted = await asker.ask('ocsp', [post], (body) => answerFault(body, certificate, nonce), faults);
    if (posted.body !== null || posted.fault !== 'BAD_STATUS') return posted.body;
    const get = getRequest(url, buildOcspRequest(certificate, issuer, null));
    if (get === null) return null;
    return (await asker.ask('ocsp', [get], (body) => answerFault(body, certificate, null), faults)).body;
  }

  async function askOcsp(certificate: Certificate, issuer: Certificate, key: string, faults: string[]) {
    let doubtful: Uint8Array | null = null;
    for (const url of ocspAddresses(certificate, issuer, rewrites, known)) {
      const body = await askResponder(url, certificate, issuer, faults);
      if (body === null) continue;
      if (isBelievable(body, certificate, issuer, now())) {
        const ends = parseOcsp(body).entries.map((entry) => entry.nextUpdate);
        await keep(key, body, [body], ends, true);
        return [body];
      }
      // Whatever is wrong with it, the judge says better than we could; another responder may do better still.
      doubtful ??= body;
      faults.push(`${url}: its answer cannot be relied on`);
    }
    return doubtful === null ? [] : [doubtful];
  }

  async function askCrl(addresses: readonly string[], issuer: Certificate, key: string, faults: string[]) {
    const requests = addresses.map(
      (url): PkiRequest => ({ url, method: 'GET', accept: 'application/pkix-crl', maxBytes: maxCrlBytes }),
    );
    let ders: readonly Uint8Array[] = [];
    const { body } = await asker.ask(
      'crl',
      requests,
      (octets) => {
        ders = listsOf(octets);
        return ders.length > 0 ? null : 'what is served there is no CRL';
      },
      faults,
    );
    if (body === null) return [];
    const lists = ders.flatMap((der) => tryCrl(der) ?? []);
    const isVouched = lists.every((crl) => isSignedBy(crl, issuer));
    await keep(
      key,
      body,
      ders,
      lists.map((crl) => crl.nextUpdate),
      isVouched,
    );
    return ders;
  }

  function pair(issuerDer: Uint8Array, certificateDer: Uint8Array): [Certificate, Certificate] | null {
    const issuer = tryCertificate(issuerDer);
    const certificate = tryCertificate(certificateDer);
    return issuer === null || certificate === null ? null : [issuer, certificate];
  }

  return {
    async ocsps(issuerDer, certificateDer) {
      const both = pair(issuerDer, certificateDer);
      if (both === null) return [];
      const [issuer, certificate] = both;
      const key = keyOf('ocsp', certId(certificate, issuer));
      const faults: string[] = [];
      const read = (body: Uint8Array) => (answerFault(body, certificate, null) === null ? [body] : []);
      const found = await once(key, read, () => askOcsp(certificate, issuer, key, faults));
      if (faults.length > 0 || found.length > 0) remember(certificate, faults);
      return found;
    },
    async crls(issuerDer, certificateDer) {
      const both = pair(issuerDer, certificateDer);
      if (both === null) return [];
      const [issuer, certificate] = both;
      const faults: string[] = [];
      const found: Uint8Array[] = [];
      for (const addresses of crlAddresses(certificate, issuer, rewrites, known)) {
        const key = keyOf('crl', `${issuer.fingerprint} ${addresses.join(' ')}`);
        found.push(...(await once(key, listsOf, () => askCrl(addresses, issuer, key, faults))));
      }
      const before = faultsOf.get(certificate.fingerprint);
      remember(certificate, [...(before === undefined ? [] : [before]), ...faults]);
      return found;
    },
    async issuers(certificateDer) {
      const certificate = tryCertificate(certificateDer);
      if (certificate === null) return [];
      const found: Uint8Array[] = [];
      for (const url of issuerAddresses(certificate, rewrites)) {
        const key = keyOf('issuer', url);
        const request: PkiRequest = {
          url,
          method: 'GET',
          accept: 'application/pkix-cert',
          maxBytes: MAX_SMALL_BYTES,
        };
        found.push(
          ...(await once(key, bundleOf, async () => {
            const fits = (body: Uint8Array) =>
              bundleOf(body).length > 0 ? null : 'what is served there is no certificate';
            const { body } = await asker.ask('issuer', [request], fits, []);
            const ders = body === null ? [] : bundleOf(body);
            // Trust comes from the path, not from where a certificate was found: it may be kept like a list.
            if (body !== null) await keep(key, body, ders, [], true);
            return ders;
          })),
        );
      }
      return found;
    },
    why(certificateDer) {
      const certificate = tryCertificate(certificateDer);
      return certificate === null ? null : (faultsOf.get(certificate.fingerprint) ?? null);
    },
  };
}
