/** Keeps what a signature leaves: the file, our report on it, and the evidence it stood on (NĐ 23/2025, TT 15/2025 art. 5). */
import { createHash } from 'node:crypto';
import type { Evidence, VerificationReport } from '../../signing/index.ts';
import { type BlobStore, type FileOctets, type LevelState, sourceOf } from '../store/index.ts';

/** Digests of blobs. */
export interface Kept {
  readonly signed_sha256: string;
  readonly report_sha256: string;
  /** JSON of {@link KeptEvidence}. */
  readonly evidence: string;
}

/** How far the file has come, as columns. */
export function levelColumns(state: LevelState): { level: string; wanted_level: string } {
  return { level: state.level, wanted_level: state.wantedLevel };
}

/** Evidence by kind, each a blob's digest; lists and answers that many signatures share are kept once. */
export interface KeptEvidence {
  readonly certificates: readonly string[];
  readonly crls: readonly string[];
  readonly ocsps: readonly string[];
}

/** Evidence met again and again in a batch is not written again and again. */
const known = new WeakMap<BlobStore, Map<string, string>>();
const REMEMBERED = 1_000;

async function keepOnce(blobs: BlobStore, bytes: Uint8Array): Promise<string> {
  const seen = known.get(blobs) ?? new Map<string, string>();
  known.set(blobs, seen);
  const print = `${bytes.length}:${Buffer.from(bytes.subarray(-64)).toString('latin1')}`;
  const before = seen.get(print);
  if (before !== undefined) return before;
  const { sha256 } = await blobs.put(bytes);
  if (seen.size >= REMEMBERED) seen.clear();
  seen.set(print, sha256);
  return sha256;
}

function keepAll(blobs: BlobStore, items: readonly Uint8Array[]): Promise<string[]> {
  return Promise.all(items.map((item) => keepOnce(blobs, item)));
}

/** The results of one signature beside the evidence of those before it, which stays: each signature has its own. */
export function joinKept(before: string | null, kept: Kept): Kept {
  if (before === null) return kept;
  const [old, own] = [JSON.parse(before) as KeptEvidence, JSON.parse(kept.evidence) as KeptEvidence];
  const join = (kind: keyof KeptEvidence) => [...new Set([...own[kind], ...old[kind]])];
  const evidence: KeptEvidence = {
    certificates: join('certificates'),
    crls: join('crls'),
    ocsps: join('ocsps'),
  };
  return { ...kept, evidence: JSON.stringify(evidence) };
}

async function digestOf(file: FileOctets): Promise<{ sha256: string }> {
  const source = sourceOf(file);
  const hash = createHash('sha256');
  for await (const chunk of source instanceof Uint8Array ? [source] : source) hash.update(chunk);
  return { sha256: hash.digest('hex') };
}

/**
 * Writes all of it to the blob store; durable when it resolves.
 * @param withFile false: of the signed file only the digest is kept, because its owner takes it away at once.
 */
export async function keepResult(
  blobs: BlobStore,
  signed: { readonly pdf: FileOctets; readonly report: VerificationReport; readonly evidence: Evidence },
  withFile = true,
): Promise<Kept> {
  const { pdf, report, evidence } = signed;
  const [file, words, certificates, crls, ocsps] = await Promise.all([
    withFile ? blobs.put(sourceOf(pdf)) : digestOf(pdf),
    blobs.put(Buffer.from(JSON.stringify(report))),
    keepAll(blobs, evidence.certificates),
    keepAll(blobs, evidence.crls),
    keepAll(blobs, evidence.ocsps),
  ]);
  const kept: KeptEvidence = { certificates, crls, ocsps };
  return { signed_sha256: file.sha256, report_sha256: words.sha256, evidence: JSON.stringify(kept) };
}
