/** Evidence records (RFC 4998): from octets to values. Nothing is judged here. */

import { digestName } from '../cms/algorithms.ts';
import { child, DerError, type DerNode, expectTag, readDer, readOctets, readOid } from '../cms/der.ts';

/** One ArchiveTimeStamp (§4.1). */
export interface ArchiveStampValue {
  /** node:crypto name; null when it names none (then the token's counts), `''` for one that is not known. */
  readonly digest: string | null;
  /** Lists of hashes from the data upwards; null: the token is over the hash itself. */
  readonly tree: readonly (readonly Uint8Array[])[] | null;
  /** DER of the TimeStampToken. */
  readonly token: Uint8Array;
}

/** One ArchiveTimeStampChain: renewals under one algorithm, oldest first. */
export interface ArchiveChain {
  readonly der: Uint8Array;
  readonly stamps: readonly ArchiveStampValue[];
}

/** Bounds for hostile records: the largest real trees (2^20 documents, yearly renewal for a century) stay below. */
const MAX_CHAINS = 50;
const MAX_STAMPS = 100;
const MAX_HASHES = 10_000;

function treeOf(node: DerNode, room: { hashes: number }): readonly (readonly Uint8Array[])[] {
  return node.children.map((list) => {
    const hashes = expectTag(list, 0x30).children.map((hash) => readOctets(expectTag(hash, 0x04)));
    room.hashes -= hashes.length;
    if (room.hashes < 0 || hashes.length === 0)
      throw new DerError('a list of hashes is empty, or there are too many');
    return hashes;
  });
}

function stampOf(node: DerNode, room: { hashes: number }): ArchiveStampValue {
  const parts = expectTag(node, 0x30).children;
  const algorithm = parts.find((part) => part.tag === 0xa0);
  const tree = parts.find((part) => part.tag === 0xa2);
  const token = parts.at(-1);
  if (token?.tag !== 0x30) throw new DerError('an archive time-stamp without a token');
  return {
    digest: algorithm === undefined ? null : (digestName(readOid(child(algorithm, 0))) ?? ''),
    tree: tree === undefined ? null : treeOf(tree, room),
    token: token.bytes,
  };
}

/** Decodes an EvidenceRecord. @throws DerError */
export function parseEvidenceRecord(der: Uint8Array): readonly ArchiveChain[] {
  const record = expectTag(readDer(der), 0x30);
  if (child(record, 0, 0x02).content[0] !== 1) throw new DerError('version of an evidence record is not 1');
  child(record, 1, 0x30);
  // Encrypted data prove nothing about the data in the clear without the key they were encrypted with (§6).
  if (record.children.some((part) => part.tag === 0xa1))
    throw new DerError('an evidence record over encrypted data');
  const sequence = expectTag(child(record, record.children.length - 1), 0x30);
  const room = { hashes: MAX_HASHES };
  let stamps = 0;
  if (sequence.children.length === 0 || sequence.children.length > MAX_CHAINS)
    throw new DerError('no chain, or too many');
  return sequence.children.map((chain) => {
    stamps += expectTag(chain, 0x30).children.length;
    if (chain.children.length === 0 || stamps > MAX_STAMPS)
      throw new DerError('an empty chain, or too many time-stamps');
    return { der: chain.bytes, stamps: chain.children.map((stamp) => stampOf(stamp, room)) };
  });
}
