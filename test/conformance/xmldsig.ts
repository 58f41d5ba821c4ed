/** W3C, Merlin, Phaos, xmlsec and Santuario interop vectors through `verifyFile`. */
import { LEGACY_POLICY, readCertificates, readCrls, verifyFile } from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun, readCases, readFiles } from './kit.ts';
import { type Attempt, describe, meets, timed } from './verdicts.ts';
import { runCanonicalPairs, runDigestInputs } from './xmldsig-octets.ts';

interface XmldsigCase {
  readonly file: string;
  readonly expected: 'valid' | 'invalid';
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly urlMap?: Readonly<Record<string, string>>;
  readonly validationTime?: string;
}

const DEFAULT_TIME = '2026-11-21T00:00:00Z';

/** A refusal to leave the file, said to be one, counts as met (notes of the kit). */
function refusesOutside(tried: Attempt): boolean {
  const codes =
    tried.report?.signatures.flatMap((signature) => signature.messages.map((item) => item.code)) ?? [];
  return tried.report?.verdict !== 'TOTAL-PASSED' && codes.includes('XML_REFERENCE_EXTERNAL');
}

async function runCase(dir: string, item: XmldsigCase): Promise<Pick<CaseOutcome, 'got' | 'met' | 'why'>> {
  const keys = item.keys ?? {};
  const trusted = [
    ...(keys['trusted-der'] ?? []),
    ...Object.entries(keys).flatMap(([name, files]) => (name.startsWith('pubkey-cert') ? files : [])),
  ];
  const contents = Object.entries(item.urlMap ?? {}).map(([name, file]) => ({
    name,
    bytes: readFiles(dir, [file])[0] ?? new Uint8Array(0),
  }));
  const [bytes = new Uint8Array(0)] = readFiles(dir, [item.file]);
  const now = new Date(
    item.validationTime === undefined ? DEFAULT_TIME : `${item.validationTime.replace(' ', 'T')}Z`,
  );
  const tried = await timed(() =>
    verifyFile(
      { name: item.file, bytes, contents },
      {
        trust: readFiles(dir, trusted).flatMap(readCertificates),
        intermediates: readFiles(dir, keys['untrusted-der']).flatMap(readCertificates),
        crls: readFiles(dir, keys['crl-der']).flatMap(readCrls),
        now,
        offline: true,
        policy: { ...LEGACY_POLICY, revocation: 'none', keyPurpose: 'any' },
      },
    ),
  );
  const met =
    meets(item.expected, tried, (keys['trusted-der'] ?? []).length > 0) ||
    (item.expected === 'valid' && refusesOutside(tried));
  return describe(tried, met);
}

/** Judges the kit: the signatures, then the octets they are made of. */
export async function runXmldsig(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  const signatures = await eachCase(readCases<XmldsigCase>(dir), run, (item) =>
    attempt(item.file, item.expected, () => runCase(dir, item)),
  );
  return [...signatures, ...(await runCanonicalPairs(dir)), ...(await runDigestInputs(dir))];
}
