/** XML signature attacks through `verifyFile`. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCertificates, readCrls, verifyFile } from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun, readCases, readFiles } from './kit.ts';
import { type Attempt, describe, meets, timed } from './verdicts.ts';

interface AttackCase {
  readonly file: string;
  readonly expected: string;
  readonly trustAnchor: string;
  readonly intermediates: readonly string[];
  readonly validationTime: string;
  readonly mustNotReturn?: string;
}

/** The lists that lie beside the trust anchor: without them nothing may pass. */
function listsBeside(dir: string, anchor: string): string[] {
  const folder = dirname(anchor);
  return readdirSync(join(dir, folder))
    .filter((name) => name.endsWith('.crl'))
    .map((name) => join(folder, name));
}

/** `reject-or-signed-only`: refused, or passed with exactly the signed octets handed out. */
function refusedOrSignedOnly(tried: Attempt, signed: readonly string[], mustNotReturn: string): boolean {
  if (tried.report?.verdict !== 'TOTAL-PASSED') return true;
  return signed.length > 0 && signed.every((text) => !text.includes(mustNotReturn));
}

async function runCase(dir: string, item: AttackCase): Promise<Pick<CaseOutcome, 'got' | 'met' | 'why'>> {
  const [bytes = new Uint8Array(0)] = readFiles(dir, [item.file]);
  let signed: string[] = [];
  const tried = await timed(() => {
    signed = [];
    return verifyFile(
      { name: item.file, bytes },
      {
        trust: readFiles(dir, [item.trustAnchor]).flatMap(readCertificates),
        intermediates: readFiles(dir, item.intermediates).flatMap(readCertificates),
        now: new Date(item.validationTime),
        offline: true,
        crls: readFiles(dir, listsBeside(dir, item.trustAnchor)).flatMap(readCrls),
        onSigned: (_id, content) => signed.push(Buffer.from(content).toString('utf8')),
      },
    );
  });
  const special = item.expected === 'reject-or-signed-only';
  const met = special
    ? refusedOrSignedOnly(tried, signed, item.mustNotReturn ?? '')
    : meets(item.expected, tried, true);
  return describe(tried, met);
}

/** Judges the kit. */
export async function runXmlAttacks(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  return eachCase(readCases<AttackCase>(dir), run, (item) =>
    attempt(item.file, item.expected, () => runCase(dir, item)),
  );
}
