/**
 * x509-limbo (C2SP), which holds BetterTLS too: certificates for TLS through `validateCertificate`. The kit is the suite's
 * own `limbo.json`, as its authors publish it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCertificates, readCrls, validateCertificate } from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun } from './kit.ts';

interface PeerName {
  readonly kind: string;
  readonly value: string;
}

interface LimboCase {
  readonly id: string;
  readonly features: readonly string[] | null;
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name: PeerName | null;
  readonly expected_peer_names: readonly PeerName[] | null;
  readonly max_chain_depth: number | null;
  readonly crls?: readonly string[] | null;
}

/** What the suite asks of browsers alone, or asks both ways. Each is an acceptance of what it wants refused. */
const DIFFERENCES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^webpki::cn::/,
    'the common name is never looked at for a host; BetterTLS wants such certificates accepted',
  ],
  [/public-suffix/, 'a list of public suffixes is the business of browsers'],
  [/^webpki::(?:ca-as-leaf|eku::ee-without-eku)$/, 'the suite wants the same accepted by RFC 5280'],
  [/^rfc5280::nc::permitted-dns-match-noncritical$/, 'the suite wants the same accepted in its Web PKI part'],
  [
    /^rfc5280::aki::cross-signed-root-missing-aki$/,
    'an anchor is a name and a key; how it names its issuer is not judged',
  ],
];

const pem = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const certificates = (texts: readonly string[]): Uint8Array[] =>
  texts.flatMap((text) => {
    try {
      return readCertificates(pem(text));
    } catch {
      // One that cannot be decoded is one that is not there.
      return [];
    }
  });

async function judge(item: LimboCase): Promise<Pick<CaseOutcome, 'got' | 'met' | 'why'>> {
  const crls = (item.crls ?? []).flatMap((text) => readCrls(pem(text)));
  const names = [item.expected_peer_name, ...(item.expected_peer_names ?? [])].filter(
    (name) => name !== null,
  );
  let got = 'SUCCESS';
  let why = '';
  for (const name of names.length === 0 ? [null] : names) {
    const { valid, reason, detail } = await validateCertificate({
      target: Buffer.from(item.peer_certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64'),
      trust: certificates(item.trusted_certs),
      intermediates: certificates(item.untrusted_intermediates),
      crls,
      at: item.validation_time === null ? new Date() : new Date(item.validation_time),
      revocation: crls.length > 0,
      keyPurpose: item.validation_kind === 'CLIENT' ? 'clientAuth' : 'serverAuth',
      ...(name === null ? {} : { name: name.value }),
      ...(item.max_chain_depth === null ? {} : { maxDepth: item.max_chain_depth }),
    });
    if (valid) continue;
    got = 'FAILURE';
    why = `${reason}: ${detail}`;
    break;
  }
  if (got === item.expected_result) return { got, met: true, why: '' };
  const known = got === 'SUCCESS' ? DIFFERENCES.find(([pattern]) => pattern.test(item.id))?.[1] : undefined;
  return { got, met: false, why: known ?? why };
}

/** Judges the suite. */
export async function runLimbo(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  const { testcases } = JSON.parse(readFileSync(join(dir, 'limbo.json'), 'utf8')) as {
    testcases: readonly LimboCase[];
  };
  return eachCase(testcases, run, (item) => attempt(item.id, item.expected_result, () => judge(item)));
}
