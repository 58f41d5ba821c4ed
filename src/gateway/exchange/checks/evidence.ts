/** Keeps the octets of what verdicts stand on: certificates, CRLs and OCSP answers (TT 15/2025/TT-BKHCN art. 5), each once. */
import type { EvidenceItem } from '../../../signing/index.ts';
import type { BlobStore } from '../../store/index.ts';

/** One kept item; its octets are the blob of that digest. */
export interface EvidenceNote {
  readonly kind: EvidenceItem['kind'];
  readonly sha256: string;
}

/** Collects what one verification reports. */
export interface EvidenceKeeper {
  readonly take: (item: EvidenceItem) => void;
  /** Makes all of it durable. @returns what was kept, in the order it was met. */
  kept(): Promise<readonly EvidenceNote[]>;
}

/** When this process last wrote a digest, per store: the same issuers and lists come with every document. */
const known = new WeakMap<BlobStore, Map<string, number>>();
const KNOWN_AT_MOST = 10_000;
/**
 * Written again after this long, which makes its file new: one whose row was never committed is swept as an orphan no sooner
 * than an hour after it was written.
 */
const KNOWN_MS = 30 * 60_000;

async function keep(blobs: BlobStore, seen: Map<string, number>, item: EvidenceItem): Promise<void> {
  const now = performance.now();
  if (now - (seen.get(item.sha256) ?? Number.NEGATIVE_INFINITY) < KNOWN_MS) return;
  await blobs.put(item.der);
  if (seen.size >= KNOWN_AT_MOST) seen.clear();
  seen.set(item.sha256, now);
}

/** Starts collecting for one file. */
export function openEvidenceKeeper(blobs: BlobStore): EvidenceKeeper {
  const seen = known.get(blobs) ?? new Map<string, number>();
  known.set(blobs, seen);
  const items = new Map<string, EvidenceItem>();
  return {
    take: (item) => {
      items.set(item.sha256, item);
    },
    async kept() {
      for (const item of items.values()) await keep(blobs, seen, item);
      return [...items.values()].map(({ kind, sha256 }) => ({ kind, sha256 }));
    },
  };
}
