/** What an evidence record proves: its hash trees rebuilt from the data up to each time-stamp (RFC 4998 §4.3, §5.3). */
import { DerError } from '../cms/der.ts';
import { sequence } from '../cms/der-write.ts';
import { digestOf, knownDigest, type Octets, octetsOf } from '../octets/octets.ts';
import { parseTimestampToken, type TimestampToken } from '../timestamp/index.ts';
import { type ArchiveChain, type ArchiveStampValue, parseEvidenceRecord } from './read.ts';

/** One time-stamp of a record, and what its token must be over. */
export interface RecordStamp {
  readonly token: Uint8Array;
  /** No octets at all where the tree does not lead from the data, or the last time-stamp, to the token. */
  readonly over: Octets;
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** §4.2: hashes in binary ascending order, joined and hashed. */
function joined(digest: string, hashes: readonly Uint8Array[]): Uint8Array {
  return digestOf(
    digest,
    [...hashes].sort((a, b) => Buffer.compare(a, b)),
  );
}

/**
 * The root over some hashes, which must all stand in the first list; others there are of other documents of the group.
 * A list of one hash is that hash, or its hash: RFC 4998 can be read in both ways, and makers have.
 */
function rootsOf(
  digest: string,
  { tree }: ArchiveStampValue,
  leaves: readonly Uint8Array[],
): readonly Uint8Array[] {
  const [first, ...above] = tree ?? [leaves];
  if (first === undefined || (tree === null && leaves.length !== 1)) return [];
  if (!leaves.every((leaf) => first.some((hash) => sameHash(hash, leaf)))) return [];
  const starts = [joined(digest, first), ...(first.length === 1 ? first : [])];
  return starts.map((start) => above.reduce((root, list) => joined(digest, [...list, root]), start));
}

function tokenOf(der: Uint8Array): TimestampToken | null {
  try {
    return parseTimestampToken(der);
  } catch {
    return null;
  }
}

/** §5.3: the hash of the data, joined after a renewal of the tree with that of all chains before. */
function dataHashes(digest: string, data: readonly Octets[], earlier: readonly ArchiveChain[]): Uint8Array[] {
  if (earlier.length === 0) return data.map((item) => item.digest(digest));
  const chains = digestOf(digest, [sequence(...earlier.map((chain) => chain.der))]);
  return data.map((item) => digestOf(digest, [item.digest(digest), chains]));
}

const NOTHING: Octets = octetsOf();

function coverage(
  stamp: ArchiveStampValue,
  chainDigest: string | null,
  leavesBy: (digest: string) => readonly Uint8Array[],
): Octets {
  const token = tokenOf(stamp.token);
  const digest = stamp.digest ?? token?.digest ?? null;
  // One chain, one algorithm, that of the token too (§5.1): a hash of another one proves nothing about this one.
  if (token === null || digest === null || digest === '' || digest !== token.digest || digest !== chainDigest)
    return NOTHING;
  const root = rootsOf(digest, stamp, leavesBy(digest)).find((item) => sameHash(item, token.imprint));
  return root === undefined ? NOTHING : knownDigest(digest, root);
}

/**
 * The time-stamps of a record over all of `data`, oldest first; each renews the one before.
 * @returns null when it is no evidence record (RFC 4998).
 */
export function recordStamps(der: Uint8Array, data: readonly Octets[]): readonly RecordStamp[] | null {
  try {
    const chains = parseEvidenceRecord(der);
    return chains.flatMap((chain, at) => {
      const [first] = chain.stamps;
      const chainDigest = first === undefined ? null : (first.digest ?? tokenOf(first.token)?.digest ?? null);
      // A renewal proves the stamp before it, and through that the data: not once the way down to them is broken.
      let linked = true;
      return chain.stamps.map((stamp, index) => {
        const before = chain.stamps[index - 1]?.token;
        const own = coverage(stamp, chainDigest, (digest) =>
          before === undefined ? dataHashes(digest, data, chains.slice(0, at)) : [digestOf(digest, [before])],
        );
        linked &&= own !== NOTHING;
        return { token: stamp.token, over: linked ? own : NOTHING };
      });
    });
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
