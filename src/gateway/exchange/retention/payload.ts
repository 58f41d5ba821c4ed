/** The bytes of a package, or the reason why they are no longer here. */
import type { Readable } from 'node:stream';
import type { PackageRow } from '../../store/index.ts';
import { ExchangeError } from '../errors.ts';
import type { Exchange } from '../ports.ts';

/** @throws ExchangeError CONTENT_EXPIRED when retention took the bytes away. */
export function assertPayloadKept(pkg: Pick<PackageRow, 'payload_removed_at'>): void {
  if (pkg.payload_removed_at === null) return;
  const day = new Date(pkg.payload_removed_at).toISOString().slice(0, 10);
  throw new ExchangeError('CONTENT_EXPIRED', {
    vi: `Nội dung gói tin đã được xoá ngày ${day} theo thời hạn lưu của trục; thông tin, nhật ký và chứng cứ vẫn còn.`,
    en: `The content of this package was removed on ${day}, at the end of its retention; metadata, timeline and proof are still here.`,
  });
}

/** Opens the bytes. @throws ExchangeError CONTENT_EXPIRED */
export async function openPayload(
  x: Pick<Exchange, 'blobs'>,
  pkg: Pick<PackageRow, 'payload_removed_at' | 'payload_sha256'>,
): Promise<Readable> {
  assertPayloadKept(pkg);
  return x.blobs.open(pkg.payload_sha256);
}
