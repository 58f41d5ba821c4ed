/** Puts an archive time-stamp over a whole container, or another one over the last (ETSI EN 319 162-1 §4.4.4, Annex A.7). */
import { joinSignedData, ocspChoice, openSignedData } from '../../cms/augment/signed-data.ts';
import { readCms } from '../../cms/index.ts';
import { SigningError } from '../../errors.ts';
import {
  collectEvidence,
  type Evidence,
  evidenceWhereRequired,
  joinEvidence,
  missingEvidence,
  NO_EVIDENCE,
  withEvidence,
} from '../../evidence/index.ts';
import type { SignatureFacts } from '../../facts.ts';
import type { ExtendOptions } from '../../levels.ts';
import { archiveStamps } from '../archive.ts';
import type { ZipEntry } from '../zip.ts';
import { asicManifest, freeNumber } from './manifest.ts';

const LATEST = 'META-INF/ASiCArchiveManifest.xml';
const TOKEN_TYPE = 'application/vnd.etsi.timestamp-token';

/** A token with more certificates and revocation values beside its signature, which stays octet for octet. */
function withValues(token: Uint8Array, evidence: Evidence): Uint8Array {
  const parts = openSignedData(token);
  const held = { ...NO_EVIDENCE, certificates: parts.certificates };
  const { certificates } = missingEvidence(evidence, held);
  const revocation = [...evidence.crls, ...evidence.ocsps.map(ocspChoice)].filter(
    (item) => !parts.revocation.some((other) => Buffer.compare(item, other) === 0),
  );
  return joinSignedData({
    ...parts,
    certificates: [...parts.certificates, ...certificates],
    revocation: [...parts.revocation, ...revocation],
    signerInfos: parts.signerInfos.map((node) => node.bytes),
  });
}

/** What proves the state of the authority that gave a token; `held` is used before anybody is asked. */
async function evidenceOfToken(token: Uint8Array, held: Evidence, options: ExtendOptions): Promise<Evidence> {
  const [facts] = readCms(token);
  if (facts === undefined || facts.signerCertificate === null)
    throw new SigningError('TIMESTAMP_INVALID', { details: { reason: 'no certificate of the authority' } });
  const evidence = withEvidence(options.evidence, held);
  return collectEvidence(facts.signerCertificate, 'timeStamping', facts.certificates, evidence);
}

/** Everything the signatures and the stamps over them rest on and none of them holds. */
async function missingOf(signatures: readonly SignatureFacts[], options: ExtendOptions): Promise<Evidence> {
  let known = options.evidence;
  let wanted: Evidence = NO_EVIDENCE;
  for (const facts of signatures) {
    const { signer, stamps } = await evidenceWhereRequired(facts, known, options.required);
    wanted = joinEvidence(wanted, signer, stamps);
    known = withEvidence(known, wanted);
  }
  return missingEvidence(wanted, joinEvidence(...signatures));
}

function typeOf(name: string): string | undefined {
  if (/^META-INF\/.*\.p7s$/i.test(name)) return 'application/pkcs7-signature';
  if (/^META-INF\/.*\.tst$/i.test(name)) return TOKEN_TYPE;
  return /^META-INF\/.*\.xml$/i.test(name) ? 'text/xml' : undefined;
}

/** The last manifest under a number of its own, so that the newest one can take its name. */
function renamed(entries: readonly ZipEntry[]): { entries: readonly ZipEntry[]; last: string | null } {
  if (!entries.some(({ name }) => name === LATEST)) return { entries, last: null };
  const last = `META-INF/ASiCArchiveManifest${freeNumber(entries, (n) => [`META-INF/ASiCArchiveManifest${n}.xml`])}.xml`;
  return {
    last,
    entries: entries.map((entry) => (entry.name === LATEST ? { ...entry, name: last } : entry)),
  };
}

/**
 * The entries with one more archive manifest and its token: over all signatures, manifests, tokens and files there are.
 * What the last token needs to be believed later is put into it before it is covered; the new token brings its own.
 * @param signatures facts of all signatures of these entries.
 * @throws SigningError EVIDENCE_UNAVAILABLE, SIGNING_OPTION_INVALID without an authority, what the authority throws
 */
export async function withArchiveManifest(
  entries: readonly ZipEntry[],
  signatures: readonly SignatureFacts[],
  options: ExtendOptions,
): Promise<ZipEntry[]> {
  const { timestampAuthority, digest = 'sha256' } = options;
  if (timestampAuthority === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'time-stamping authority' } });
  const latest = archiveStamps(entries).at(-1);
  const missing = latest === undefined ? NO_EVIDENCE : await missingOf(signatures, options);
  const completed = entries.map((entry) =>
    entry === latest?.token ? { name: entry.name, bytes: withValues(entry.bytes, missing) } : entry,
  );
  const { entries: kept, last } = renamed(completed);
  const tokenName = `META-INF/timestamp${freeNumber(kept, (n) => [`META-INF/timestamp${n}.tst`])}.tst`;
  const listed = kept
    .filter(({ name }) => name !== 'mimetype' && name !== 'META-INF/manifest.xml')
    .map((entry) => ({ ...entry, mimeType: typeOf(entry.name), rootfile: entry.name === last }));
  const manifest = asicManifest({ name: tokenName, mimeType: TOKEN_TYPE }, listed, digest);
  const token = await timestampAuthority.timestamp(manifest, digest);
  const stamps = archiveStamps(kept).flatMap((stamp) => readCms(stamp.token.bytes));
  const held = joinEvidence(...signatures, ...stamps);
  const bytes = withValues(token, await evidenceOfToken(token, held, options));
  return [...kept, { name: LATEST, bytes: manifest }, { name: tokenName, bytes }];
}
