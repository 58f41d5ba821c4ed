/**
 * What an archive-time-stamp-v2 covers (ETSI TS 101 733 V2.2.1 §6.4.1 and Annex K): no index says it, the whole message is put in
 * a row as it stood when the stamp was made. Not made any more (EN 319 122-1 §A.2.4), but archives are full of them.
 */
import { type Octets, sharedStart } from '../../octets/octets.ts';
import { child, type DerNode, readOid } from '../der.ts';
import { tlv } from '../der-write.ts';
import { OID } from '../oids.ts';
import { imprintMatches, stampedAt } from './indexed.ts';

/** The parts of a message it is over, in their order there. */
export interface StampedMessage {
  readonly encapsulated: DerNode;
  /** The content, where the message does not carry it. */
  readonly external: Octets | null;
  readonly certificateSet: DerNode | undefined;
  readonly crlSet: DerNode | undefined;
  readonly signerInfo: DerNode;
}

/** A token, with what it was found to be over. */
export interface OldArchiveStamp {
  readonly token: Uint8Array;
  readonly over: Octets;
  /** The unsigned attribute values it is over, as they stand in the message. */
  readonly listed: ReadonlySet<Uint8Array>;
}

/** When the archive time-stamp in an attribute was made; null of an attribute that holds none. */
function archiveTime(attribute: DerNode): number | null {
  const type = readOid(child(attribute, 0));
  if (type !== OID.archiveTimeStampV2 && type !== OID.archiveTimeStampV3) return null;
  return Math.max(...child(attribute, 1, 0x31).children.map(stampedAt));
}

/**
 * Reads the stamps of a SignerInfo against the message. Archive time-stamps that are not older than a stamp were put in after it.
 * Annex K forgot tag and length of the unsigned attributes up to V1.8.3; V2.2.1 (Table K.3 note 3) asks to try both.
 * A stamp that fits neither way keeps octets that are not its own, and so fails its imprint.
 * @param max stamps looked at.
 */
export function oldArchiveStamps(message: StampedMessage, max: number): OldArchiveStamp[] {
  const { signerInfo, external } = message;
  const unsignedSet = signerInfo.children.find((field, at) => at > 3 && field.tag === 0xa1);
  const attributes = (unsignedSet?.children ?? []).map((node) => ({ node, time: archiveTime(node) }));
  const start = sharedStart([
    message.encapsulated.bytes,
    ...(external?.pieces ?? []),
    ...(message.certificateSet === undefined ? [] : [message.certificateSet.bytes]),
    ...(message.crlSet === undefined ? [] : [message.crlSet.bytes]),
    ...signerInfo.children.filter((field) => field !== unsignedSet).map((field) => field.bytes),
  ]);
  const tokens = attributes
    .filter(({ node }) => readOid(child(node, 0)) === OID.archiveTimeStampV2)
    .flatMap(({ node }) => child(node, 1).children);
  return tokens.slice(0, max).map((value) => {
    const token = value.bytes;
    const made = stampedAt(value);
    const kept = attributes.flatMap(({ node, time }) => (time === null || time < made ? [node] : []));
    const octets = kept.map((node) => node.bytes);
    const whole = start([tlv(0xa1, ...octets)]);
    const bare = start(octets);
    const over = imprintMatches(token, whole) !== true && imprintMatches(token, bare) === true ? bare : whole;
    const listed = new Set(kept.flatMap((node) => child(node, 1).children.map((item) => item.bytes)));
    return { token, over, listed };
  });
}
