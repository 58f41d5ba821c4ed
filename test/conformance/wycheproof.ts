/** Project Wycheproof: raw RSA, RSA-PSS, ECDSA and EdDSA verification through `verifyRaw`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, integer, nullValue, oid, sequence } from '../../src/signing/cms/der-write.ts';
import { verifyRaw } from '../../src/signing/index.ts';
import { type CaseOutcome, type KitRun, readCases } from './kit.ts';

interface Group {
  readonly type: string;
  readonly sha?: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  readonly publicKeyDer?: string;
  readonly keyDer?: string;
  readonly publicKey?: { readonly curve?: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly msg: string;
    readonly sig: string;
    readonly result: 'valid' | 'invalid' | 'acceptable';
  }[];
}

const HASHES: Readonly<Record<string, readonly [digest: string, rsa: string, ecdsa: string]>> = {
  'SHA-1': ['1.3.14.3.2.26', '1.2.840.113549.1.1.5', '1.2.840.10045.4.1'],
  'SHA-224': ['2.16.840.1.101.3.4.2.4', '1.2.840.113549.1.1.14', '1.2.840.10045.4.3.1'],
  'SHA-256': ['2.16.840.1.101.3.4.2.1', '1.2.840.113549.1.1.11', '1.2.840.10045.4.3.2'],
  'SHA-384': ['2.16.840.1.101.3.4.2.2', '1.2.840.113549.1.1.12', '1.2.840.10045.4.3.3'],
  'SHA-512': ['2.16.840.1.101.3.4.2.3', '1.2.840.113549.1.1.13', '1.2.840.10045.4.3.4'],
  'SHA-512/224': ['2.16.840.1.101.3.4.2.5', '1.2.840.113549.1.1.15', ''],
  'SHA-512/256': ['2.16.840.1.101.3.4.2.6', '1.2.840.113549.1.1.16', ''],
  'SHA3-224': ['2.16.840.1.101.3.4.2.7', '2.16.840.1.101.3.4.3.13', '2.16.840.1.101.3.4.3.9'],
  'SHA3-256': ['2.16.840.1.101.3.4.2.8', '2.16.840.1.101.3.4.3.14', '2.16.840.1.101.3.4.3.10'],
  'SHA3-384': ['2.16.840.1.101.3.4.2.9', '2.16.840.1.101.3.4.3.15', '2.16.840.1.101.3.4.3.11'],
  'SHA3-512': ['2.16.840.1.101.3.4.2.10', '2.16.840.1.101.3.4.3.16', '2.16.840.1.101.3.4.3.12'],
};

function digestIdentifier(name: string): Uint8Array {
  return sequence(oid(HASHES[name]?.[0] ?? '1.1'), nullValue());
}

function pssIdentifier(group: Group): Uint8Array {
  const mask = sequence(oid('1.2.840.113549.1.1.8'), digestIdentifier(group.mgfSha ?? ''));
  const parameters = sequence(
    context(0, digestIdentifier(group.sha ?? '')),
    context(1, mask),
    context(2, integer(group.sLen ?? 20)),
  );
  return sequence(oid('1.2.840.113549.1.1.10'), parameters);
}

/** AlgorithmIdentifier of a group of tests. */
function algorithmOf(group: Group): Uint8Array {
  const hash = HASHES[group.sha ?? ''];
  if (/pss/i.test(group.type)) return pssIdentifier(group);
  if (/rsa/i.test(group.type)) return sequence(oid(hash?.[1] ?? '1.1'), nullValue());
  if (/ecdsa/i.test(group.type)) return sequence(oid(hash?.[2] ?? '1.1'));
  return sequence(oid(group.publicKey?.curve === 'edwards448' ? '1.3.101.113' : '1.3.101.112'));
}

function judgeGroup(file: string, group: Group): CaseOutcome[] {
  const algorithm = algorithmOf(group);
  const encoding = /p1363/i.test(group.type) ? 'ieee-p1363' : 'der';
  const hex = (text: string) => Buffer.from(text, 'hex');
  return group.tests.map((test) => {
    const accepted = verifyRaw(
      algorithm,
      hex(group.publicKeyDer ?? group.keyDer ?? ''),
      hex(test.msg),
      hex(test.sig),
      encoding,
    );
    const got = accepted ? 'valid' : 'invalid';
    const met = test.result === 'acceptable' || test.result === got;
    return {
      id: `${file}#${test.tcId}`,
      expected: test.result,
      got,
      met,
      why: met ? '' : `${group.type} ${group.sha ?? ''}`,
    };
  });
}

/** Judges the kit, one case a test vector. */
export async function runWycheproof(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  const files = readCases<{ file: string }>(dir);
  return files.flatMap(({ file }, index) => {
    const { testGroups } = JSON.parse(readFileSync(join(dir, file), 'utf8')) as { testGroups: Group[] };
    const outcomes = testGroups.flatMap((group) => judgeGroup(file, group));
    run.progress(index + 1, files.length);
    return outcomes;
  });
}
