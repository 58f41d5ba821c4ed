/** Claim checks: a short-lived signed address in place of a payload (contracts.md AMQP). */
import type { Sealer } from './access/index.ts';
import type { ClaimBuilder } from './exchange/index.ts';
import { CLAIM_MS, claimText } from './http/health.ts';

/** The address of a blob, good for {@link CLAIM_MS} for whoever has it. */
export function claimUrl(sealer: Sealer, publicUrl: string, sha256: string, now: number): string {
  const expires = String(now + CLAIM_MS);
  return `${publicUrl}/claims/${sha256}?expires=${expires}&signature=${sealer.sign(claimText(sha256, expires))}`;
}

/** What stands for a payload that is too large for a message. */
export function claimBuilder(sealer: Sealer, publicUrl: () => string, now: () => number): ClaimBuilder {
  return ({ sha256, sizeBytes }) => {
    const url = claimUrl(sealer, publicUrl(), sha256, now());
    return {
      contentType: 'application/vnd.lienthong.claim+json',
      body: Buffer.from(JSON.stringify({ blob: sha256, sha256, size: sizeBytes, url })),
    };
  };
}
