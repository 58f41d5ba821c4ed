/** Gateways that share blobs share what was sealed, too: they must have one sealing key. */
import { ConfigError } from '../config.ts';
import { type BlobStore, isAway } from '../store/index.ts';
import type { Sealer } from './sealing.ts';

/** What is compared: a signature with the key tells two keys apart and tells nothing of either. */
const PROOF = 'sealing key of the gateways of this bucket';

/**
 * Compares our key with that of the gateway that came to this bucket first. While the bucket is away nothing can be said.
 * @throws ConfigError when it is another one: what one gateway seals the other could not open.
 */
export async function assertSameSealingKey(blobs: Pick<BlobStore, 'agree'>, sealer: Sealer): Promise<void> {
  const ours = sealer.sign(PROOF);
  const theirs = await blobs.agree('sealing-key', ours).catch((cause: unknown) => {
    if (isAway(cause)) return ours;
    throw cause;
  });
  if (theirs === ours) return;
  throw new ConfigError([
    'keys/sealing.key: khác khoá của các trục đang dùng chung bucket của S3_URL; chép keys/sealing.key từ trục đầu tiên (nếu khoá ấy đã mất, xoá đối tượng gateway/sealing-key trong bucket) / is not that of the gateways that share the bucket of S3_URL; copy keys/sealing.key from the first of them (if that key is lost, delete the object gateway/sealing-key in the bucket)',
  ]);
}
