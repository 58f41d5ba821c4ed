/** OCSP answers, CRLs, chains and time-stamp answers, each through the function that judges it. */
import {
  checkTimestamp,
  createTsaClient,
  type PathResult,
  readCertificates,
  readCrls,
  validateCertificate,
} from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun, readCases, readFiles } from './kit.ts';

interface EvidenceCase {
  readonly kind: 'ocsp-path' | 'ocsp' | 'crl' | 'chain' | 'tsp';
  readonly id: string;
  readonly expected: string;
  readonly root: string;
  readonly leaf: string;
  readonly issuer?: string;
  readonly intermediates?: readonly string[];
  readonly ocsp?: string | readonly string[];
  readonly crls?: readonly string[];
  readonly validationTime: string;
  readonly query: string;
  readonly response: string;
  readonly data: string;
  readonly tsaCert: string;
}

/** When the evidence of the kit is looked at: some of it was made after the times asked about. */
const KNOWN_AT = new Date('2026-11-22T00:00:00Z');

type Answer = Pick<CaseOutcome, 'got' | 'met' | 'why'>;

/** The word a path result stands for in this kit. */
function wordOf(result: PathResult): string {
  if (result.valid) return 'valid';
  if (result.reason === 'REVOKED') return 'revoked';
  if (result.reason === 'REVOCATION_UNKNOWN') return 'undetermined';
  return result.reason === 'KEY_USAGE' ? 'invalid-key-usage' : 'invalid';
}

const SAME: Readonly<Record<string, readonly string[]>> = {
  good: ['valid'],
  unusable: ['undetermined'],
  invalid: ['invalid', 'undetermined', 'revoked', 'invalid-key-usage'],
  'invalid-or-external-cert': ['invalid', 'valid'],
};

function answer(expected: string, got: string, why: string): Answer {
  const met = got === expected || SAME[expected]?.includes(got) === true;
  return { got, met, why: met ? '' : why };
}

/**
 * A kit that brings one answer, about the leaf, asks about the leaf: it is judged under its issuer with revocation required, and
 * the issuer under the root without, since there is nothing about it. Both must be valid.
 */
function aboutLeafOnly(item: EvidenceCase): boolean {
  return (
    item.kind === 'ocsp-path' && item.intermediates?.length === 1 && [item.ocsp ?? []].flat().length === 1
  );
}

async function judgePath(dir: string, item: EvidenceCase): Promise<Answer> {
  const [issuer] = item.intermediates ?? [];
  if (aboutLeafOnly(item) && issuer !== undefined) {
    const above = await judgeChain(dir, { ...item, leaf: issuer, intermediates: [], ocsp: [] }, false);
    const leaf = await judgeChain(dir, { ...item, root: issuer, intermediates: [] });
    const result = above.valid ? leaf : above;
    return answer(item.expected, wordOf(result), `${result.reason}: ${result.detail}`);
  }
  const result = await judgeChain(dir, item);
  return answer(item.expected, wordOf(result), `${result.reason}: ${result.detail}`);
}

async function judgeChain(
  dir: string,
  item: EvidenceCase,
  revocation = item.kind !== 'chain',
): Promise<PathResult> {
  const direct = item.kind === 'ocsp' && item.issuer !== undefined;
  const certificates = (names: readonly string[]) => readFiles(dir, names).flatMap(readCertificates);
  return validateCertificate({
    target: certificates([item.leaf])[0] ?? new Uint8Array(0),
    trust: certificates([direct ? (item.issuer ?? '') : item.root]),
    intermediates: certificates(item.intermediates ?? []),
    crls: readFiles(dir, item.crls).flatMap(readCrls),
    ocsps: readFiles(dir, [item.ocsp ?? []].flat()),
    at: new Date(item.validationTime),
    knownAt: KNOWN_AT,
    keyPurpose: item.kind === 'chain' ? 'signing' : 'any',
    revocation,
  });
}

/** The nonce of a TimeStampReq: the INTEGER before certReq, which ends the request. */
function nonceOf(query: Uint8Array): Uint8Array {
  const hex = Buffer.from(query).toString('hex');
  const found = /02(0[1-9a])([0-9a-f]+)0101ff$/.exec(hex.slice(-50))?.[2] ?? '';
  return Buffer.from(found, 'hex');
}

/** When an answer of the kit came: its own genTime, so that its age today is not held against it; now where it names none. */
function answeredAt(response: Uint8Array = new Uint8Array(0)): number {
  const found = /(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z/.exec(Buffer.from(response).toString('latin1'));
  if (found === null) return Date.now();
  const [, year, month, day, hour, minute, second] = found;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

async function judgeToken(dir: string, item: EvidenceCase): Promise<Answer> {
  const [query, response, data] = readFiles(dir, [item.query, item.response, item.data]);
  const nonce = nonceOf(query ?? new Uint8Array(0));
  const client = createTsaClient({
    urls: ['http://tsa.test/'],
    tries: 1,
    nonce: () => nonce,
    now: () => answeredAt(response),
    fetch: async () => new Response(Buffer.from(response ?? new Uint8Array(0))),
  });
  const octets = data ?? new Uint8Array(0);
  let token: Uint8Array;
  try {
    token = await client.timestamp(octets, 'sha256');
  } catch (error) {
    return answer(item.expected, 'invalid', error instanceof Error ? error.message : '');
  }
  const verdict = await checkTimestamp(token, octets, {
    trust: readFiles(dir, [item.root]).flatMap(readCertificates),
    intermediates: readFiles(dir, ['kit/sub.crt', item.tsaCert]).flatMap(readCertificates),
    at: KNOWN_AT,
    revocation: false,
  });
  return answer(item.expected, verdict.indication === 'PASSED' ? 'valid' : 'invalid', verdict.reason);
}

/** Judges the kit. */
export async function runEvidence(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  return eachCase(readCases<EvidenceCase>(dir), run, (item) =>
    attempt(`${item.kind}/${item.id}`, item.expected, () =>
      item.kind === 'tsp' ? judgeToken(dir, item) : judgePath(dir, item),
    ),
  );
}
