/**
 * Octets that are signed or stamped, known by their digests: each digest is computed once, however many signatures and
 * time-stamps ask for it, and nothing is joined or copied for it.
 */
import { createHash, type Hash } from 'node:crypto';
import { inPieces } from './large-files.ts';

/** Octets in pieces, one after the other. */
export interface Octets {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  /** @param name as node:crypto spells it; SHAKE gives the lengths CMS uses (RFC 8702 §3.1). @throws for an unknown one */
  digest(name: string): Uint8Array;
}

/** Output octets of the extendable functions as CMS uses them (RFC 8702 §3.1: 256 and 512 bits). */
const SHAKE_OUTPUT: Readonly<Record<string, number>> = { shake128: 32, shake256: 64 };

/** A hash to be fed. @param name as node:crypto spells it */
function newHash(name: string): Hash {
  const outputLength = SHAKE_OUTPUT[name];
  return createHash(name, outputLength === undefined ? {} : { outputLength });
}

function feed(hash: Hash, piece: Uint8Array): void {
  for (const part of inPieces(piece)) hash.update(part);
}

/** Digest of octets given in pieces. @param name as given by `digestName`. */
export function digestOf(name: string, pieces: readonly Uint8Array[]): Uint8Array {
  const hash = newHash(name);
  for (const piece of pieces) feed(hash, piece);
  return hash.digest();
}

function remembering(pieces: readonly Uint8Array[], compute: (name: string) => Uint8Array): Octets {
  const known = new Map<string, Uint8Array>();
  return {
    pieces,
    length: pieces.reduce((sum, piece) => sum + piece.length, 0),
    digest: (name) => {
      const before = known.get(name);
      if (before !== undefined) return before;
      const digest = compute(name);
      known.set(name, digest);
      return digest;
    },
  };
}

/** Octets that must not change while this is in use. */
export function octetsOf(...pieces: readonly Uint8Array[]): Octets {
  return remembering(pieces, (name) => digestOf(name, pieces));
}

/** Octets of which one digest alone is known: under any other name they have none. */
export function knownDigest(name: string, digest: Uint8Array): Octets {
  return { pieces: [], length: 0, digest: (asked) => (asked === name ? digest : new Uint8Array()) };
}

/** Octets of several things that begin alike: the beginning is hashed once for all of them. */
export function sharedStart(pieces: readonly Uint8Array[]): (rest: readonly Uint8Array[]) => Octets {
  const begun = new Map<string, Hash>();
  return (rest) =>
    remembering([...pieces, ...rest], (name) => {
      const start = begun.get(name) ?? newHash(name);
      if (!begun.has(name)) for (const piece of pieces) feed(start, piece);
      begun.set(name, start);
      const hash = start.copy();
      for (const piece of rest) feed(hash, piece);
      return hash.digest();
    });
}

/** The first octets of a file, hashed up to `end`. */
interface Prefix {
  readonly end: number;
  readonly hash: Hash;
}

/** Hashes kept of one file, by algorithm: one for each range with a hole. */
const MAX_PREFIXES = 200;

/**
 * Octets of one file with a hole each, as PDF signatures cover them. They all begin at 0, so each hash goes on from that of
 * the nearest range before: a file with n signatures is hashed about once, not n times.
 */
export function holedOctets(file: Uint8Array): (holeStart: number, holeEnd: number, end: number) => Octets {
  const prefixes = new Map<string, Prefix[]>();
  const upTo = (name: string, end: number): Hash => {
    const kept = prefixes.get(name) ?? [];
    prefixes.set(name, kept);
    const nearest = kept.findLast((prefix) => prefix.end <= end);
    if (nearest?.end === end) return nearest.hash.copy();
    const hash = nearest?.hash.copy() ?? newHash(name);
    feed(hash, file.subarray(nearest?.end ?? 0, end));
    if (kept.length < MAX_PREFIXES)
      kept.splice(kept.findLastIndex((prefix) => prefix.end < end) + 1, 0, { end, hash: hash.copy() });
    return hash;
  };
  return (holeStart, holeEnd, end) =>
    remembering([file.subarray(0, holeStart), file.subarray(holeEnd, end)], (name) => {
      const hash = upTo(name, holeStart);
      feed(hash, file.subarray(holeEnd, end));
      return hash.digest();
    });
}
