/** W3C, Merlin, Phaos, xmlsec and Santuario interop vectors through `verifyFile`. */
import { createPublicKey } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LEGACY_POLICY, readCertificates, readCrls, verifyFile } from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun, readCases, readFiles } from './kit.ts';
import { type Attempt, describe, meets, timed } from './verdicts.ts';
import { runCanonicalPairs, runDigestInputs } from './xmldsig-octets.ts';

interface XmldsigCase {
  readonly file: string;
  readonly expected: 'valid' | 'invalid';
  readonly keys?: Readonly<Record<string, readonly string[]>>;
  readonly urlMap?: Readonly<Record<string, string>>;
  /** Options of the xmlsec1 command line (notes of the kit). */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly validationTime?: string;
}

const DEFAULT_TIME = '2026-11-21T00:00:00Z';

/** A refusal to leave the file, said to be one, counts as met (notes of the kit). */
function refusesOutside(tried: Attempt): boolean {
  const codes =
    tried.report?.signatures.flatMap((signature) => signature.messages.map((item) => item.code)) ?? [];
  return tried.report?.verdict !== 'TOTAL-PASSED' && codes.includes('XML_REFERENCE_EXTERNAL');
}

/** What the product refuses on purpose, by the words of its own report. */
const POLICIES: readonly (readonly [RegExp, string])[] = [
  [/#hmac-/, 'HMAC: whoever can check such a value could have made it'],
  [/REC-xslt/, 'XSLT: what was signed is not what is shown'],
  [/REC-xpath|xmldsig-filter2|#xpointer/, 'XPath beyond the known idioms: it may leave anything out'],
  [/RelationshipTransform/, 'Office Open XML relationships: not a document of ours'],
  [/document type declaration/, 'DOCTYPE: entities and default attributes'],
  [/rsa-md5|xmldsig-more#md5/, 'MD5'],
  [
    /does not exist\. \(removed\)/,
    'the enveloped-signature transform takes away all that is inside the signature',
  ],
  [
    /algorithm that is not accepted \(1\.2\.840\.113549\.1\.1\.4\)/,
    'a certificate signed with MD5 can be forged',
  ],
];

const FOR_WANT_OF_TRUST =
  /^(?:NO_CERTIFICATE_CHAIN_FOUND|OUT_OF_BOUNDS_NO_POE|TRY_LATER|NO_SIGNING_CERTIFICATE_FOUND|CERTIFICATE_CHAIN_GENERAL_FAILURE)$/;

/** Why a vector goes another way with us than with the tool its word comes from: its switches, and its two words for three. */
function differenceOf(item: XmldsigCase, tried: Attempt): string | undefined {
  const { verdict, signatures = [] } = tried.report ?? {};
  const options = item.options ?? {};
  if (item.expected === 'invalid' && verdict === 'INDETERMINATE') {
    const onlyTrust = signatures.every(({ subIndication }) => FOR_WANT_OF_TRUST.test(subIndication ?? ''));
    return onlyTrust
      ? 'only a trusted key or list is missing, for which EN 319 102-1 says INDETERMINATE; never passed'
      : undefined;
  }
  if (options['X509-skip-time-checks'] === true) return 'times of certificates are never skipped';
  if (signatures.some(({ subIndication }) => subIndication === 'OUT_OF_BOUNDS_NO_POE'))
    return 'a trust anchor counts from its notBefore on';
  if (String(options['enabled-key-data'] ?? '').includes('retrieval-method'))
    return 'a bare key that is fetched by reference: signed by nobody';
  return undefined;
}

function policyOf(tried: Attempt): string | undefined {
  const said =
    tried.report?.signatures.flatMap((signature) => signature.messages.map((item) => item.en)) ?? [];
  return POLICIES.find(([pattern]) => [...said, tried.error ?? ''].some((text) => pattern.test(text)))?.[1];
}

/** Public keys named by the case, as SubjectPublicKeyInfo: the resolver of this test. */
function keysOf(dir: string, keys: Readonly<Record<string, readonly string[]>>): Uint8Array[] {
  return Object.entries(keys).flatMap(([name, files]) =>
    name.startsWith('pubkey') && !name.startsWith('pubkey-cert')
      ? readFiles(dir, files).flatMap((bytes) => {
          try {
            const pem = Buffer.from(bytes).includes('-----BEGIN');
            const key = pem
              ? createPublicKey(Buffer.from(bytes))
              : createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });
            return [new Uint8Array(key.export({ format: 'der', type: 'spki' }))];
          } catch {
            return [];
          }
        })
      : [],
  );
}

/** Certificates in the folder `certs` beside a vector: what a KeyName, a subject or a serial number there points at. */
function certificatesBeside(dir: string, file: string): Uint8Array[] {
  const folder = join(dirname(file), 'certs');
  if (!existsSync(join(dir, folder))) return [];
  const names = readdirSync(join(dir, folder)).filter((name) => /\.(?:crt|cer|der)$/i.test(name));
  return names.flatMap((name) => {
    try {
      return readFiles(dir, [join(folder, name)]).flatMap(readCertificates);
    } catch {
      return [];
    }
  });
}

function wantsLists({ options = {} }: XmldsigCase): boolean {
  return options['verify-crls'] === true && options['insecure'] !== true;
}

async function runCase(
  dir: string,
  item: XmldsigCase,
): Promise<Pick<CaseOutcome, 'got' | 'met' | 'why' | 'refused'>> {
  const keys = item.keys ?? {};
  const trusted = [
    ...(keys['trusted-der'] ?? []),
    // A certificate named as a key is trusted as one, unless the case asks to verify it too.
    ...Object.entries(keys).flatMap(([name, files]) =>
      name.startsWith('pubkey-cert') && item.options?.['verify-keys'] !== true ? files : [],
    ),
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
        intermediates: [
          ...readFiles(dir, keys['untrusted-der']).flatMap(readCertificates),
          ...certificatesBeside(dir, item.file),
          ...Object.entries(keys).flatMap(([name, files]) =>
            name.startsWith('pubkey-cert') ? readFiles(dir, files).flatMap(readCertificates) : [],
          ),
        ],
        crls: readFiles(dir, keys['crl-der']).flatMap(readCrls),
        keys: keysOf(dir, keys),
        now,
        offline: true,
        policy: { ...LEGACY_POLICY, revocation: wantsLists(item) ? 'if-offered' : 'none', keyPurpose: 'any' },
      },
    ),
  );
  const met =
    meets(item.expected, tried, (keys['trusted-der'] ?? []).length > 0) ||
    (item.expected === 'valid' && refusesOutside(tried));
  const policy = item.expected === 'invalid' ? undefined : policyOf(tried);
  const refused = met ? undefined : (policy ?? differenceOf(item, tried));
  return { ...describe(tried, met), ...(refused === undefined ? {} : { refused }) };
}

/** Judges the kit: the signatures, then the octets they are made of. */
export async function runXmldsig(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  const signatures = await eachCase(readCases<XmldsigCase>(dir), run, (item) =>
    attempt(item.file, item.expected, () => runCase(dir, item)),
  );
  return [...signatures, ...(await runCanonicalPairs(dir)), ...(await runDigestInputs(dir))];
}
