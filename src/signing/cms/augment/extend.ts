/** Raises the signatures of a CMS message to T, LT or LTA, and renews archive time-stamps (ETSI EN 319 122-1 §6). */
import { SigningError } from '../../errors.ts';
import { evidenceWhereRequired, joinEvidence, missingEvidence, withEvidence } from '../../evidence/index.ts';
import type { SignatureFacts } from '../../facts.ts';
import type { ExtendOptions } from '../../levels.ts';
import { octetsOf } from '../../octets/octets.ts';
import type { TimestampAuthority } from '../../ports.ts';
import { type DerNode, readDer, readOctets, readOid } from '../der.ts';
import { OID } from '../oids.ts';
import { readCms } from '../read.ts';
import { withArchiveTimestamp } from './archive-timestamp.ts';
import {
  joinSignedData,
  ocspChoice,
  openSignedData,
  type SignedDataOctets,
  unsignedAttributes,
  withUnsignedAttribute,
} from './signed-data.ts';

/** How to extend a CMS message. */
export interface CmsExtendOptions extends ExtendOptions {
  /** The content of a detached signature, in pieces or whole. */
  readonly content?: Uint8Array | readonly Uint8Array[];
}

function pieces(parts: SignedDataOctets, options: CmsExtendOptions): readonly Uint8Array[] {
  const inside = parts.encapsulated.children[1]?.children[0];
  if (inside !== undefined) return [readOctets(inside)];
  if (options.content === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', {
      details: { reason: 'content of a detached signature' },
    });
  return options.content instanceof Uint8Array ? [options.content] : options.content;
}

function authorityOf(options: CmsExtendOptions): TimestampAuthority {
  if (options.timestampAuthority === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'time-stamping authority' } });
  return options.timestampAuthority;
}

function has(signerInfo: DerNode, type: string): boolean {
  return unsignedAttributes(signerInfo).some(
    (node) => node.children[0] !== undefined && readOid(node.children[0]) === type,
  );
}

function signatureValue(signerInfo: DerNode): Uint8Array {
  const at = signerInfo.children[3]?.tag === 0xa0 ? 5 : 4;
  const value = signerInfo.children[at];
  return value === undefined ? new Uint8Array() : readOctets(value);
}

async function eachSigner(
  parts: SignedDataOctets,
  change: (signerInfo: DerNode) => Promise<DerNode>,
): Promise<SignedDataOctets> {
  const signerInfos: DerNode[] = [];
  for (const signerInfo of parts.signerInfos) signerInfos.push(await change(signerInfo));
  return { ...parts, signerInfos };
}

async function stamped(signerInfo: DerNode, options: CmsExtendOptions): Promise<DerNode> {
  if (has(signerInfo, OID.signatureTimeStamp)) return signerInfo;
  const token = await authorityOf(options).timestamp(signatureValue(signerInfo), options.digest ?? 'sha256');
  return readDer(withUnsignedAttribute(signerInfo, OID.signatureTimeStamp, token));
}

function toDer(parts: SignedDataOctets): Uint8Array {
  return joinSignedData({ ...parts, signerInfos: parts.signerInfos.map((node) => node.bytes) });
}

/** Signatures proper, without the counter-signatures on them. */
function mainSignatures(parts: SignedDataOctets, content: readonly Uint8Array[]): SignatureFacts[] {
  return readCms(toDer(parts), { content: octetsOf(...content) }).filter((facts) => !facts.id.includes('/'));
}

/** Certificates and revocation values of every signer and stamp go where the message keeps its own (EN 319 122-1 §5.4.1, §5.4.2). */
async function withValues(
  parts: SignedDataOctets,
  content: readonly Uint8Array[],
  options: ExtendOptions,
): Promise<SignedDataOctets> {
  let known = options.evidence;
  let result = parts;
  for (const facts of mainSignatures(parts, content)) {
    const { signer, stamps } = await evidenceWhereRequired(facts, known, options.required);
    const wanted = joinEvidence(signer, stamps);
    known = withEvidence(known, wanted);
    const inside = { certificates: result.certificates, crls: facts.crls, ocsps: facts.ocsps };
    const fresh = missingEvidence(wanted, inside);
    const choices = [...fresh.crls, ...fresh.ocsps.map(ocspChoice)];
    const added = choices.filter(
      (item) => !result.revocation.some((other) => Buffer.compare(item, other) === 0),
    );
    result = {
      ...result,
      certificates: [...result.certificates, ...fresh.certificates],
      revocation: [...result.revocation, ...added],
    };
  }
  return result;
}

/**
 * The message with all its signatures at `options.level` at least. Signed attributes, signature values and everything that
 * is there stay octet for octet; LTA adds `archive-time-stamp-v3`, another one each time with `options.renew`.
 * @throws SigningError CMS_INVALID, SIGNING_NOTHING_TO_EXTEND, EVIDENCE_UNAVAILABLE, SIGNING_OPTION_INVALID without an
 *   authority or the content of a detached signature, what the authority throws
 */
export async function extendCms(der: Uint8Array, options: CmsExtendOptions): Promise<Uint8Array> {
  let parts = openSignedData(der);
  if (parts.signerInfos.length === 0) throw new SigningError('SIGNING_NOTHING_TO_EXTEND');
  const content = pieces(parts, options);
  const archived = parts.signerInfos.every((signerInfo) => has(signerInfo, OID.archiveTimeStampV3));
  if (archived && options.renew !== true) return der;
  parts = await eachSigner(parts, (signerInfo) => stamped(signerInfo, options));
  if (options.level === 'T') return toDer(parts);
  parts = await withValues(parts, content, options);
  if (options.level === 'LT') return toDer(parts);
  const { digest = 'sha256' } = options;
  const before = parts;
  parts = await eachSigner(parts, (signerInfo) =>
    withArchiveTimestamp(before, signerInfo, content, authorityOf(options), digest),
  );
  return toDer(await withValues(parts, content, options));
}
