/** Where blobs are: on the disk, which is looked at for itself, or in a bucket, which is tried out with a small object. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import {
  type BucketTrial,
  diskFolder,
  openConfiguredBucket,
  readBucketAddress,
  tryBucket,
} from '../store/index.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { clockFinding } from './machine.ts';

/** What to look at when a step fails. */
const ADVICE: Readonly<Record<NonNullable<BucketTrial['step']>, readonly [vi: string, en: string]>> = {
  reach: [
    'xem địa chỉ, tường lửa, LIENTHONG_S3_CA, khoá, vùng (region) và tên bucket trong S3_URL',
    'look at address, firewall, LIENTHONG_S3_CA, keys, region and the name of the bucket in S3_URL',
  ],
  write: ['khoá cần quyền s3:PutObject', 'the key needs s3:PutObject'],
  read: ['khoá cần quyền s3:GetObject', 'the key needs s3:GetObject'],
  list: ['khoá cần quyền s3:ListBucket', 'the key needs s3:ListBucket'],
  remove: ['khoá cần quyền s3:DeleteObject', 'the key needs s3:DeleteObject'],
};

/** A bucket takes, gives back, lists and removes an object; its clock is near ours. */
export async function checkBlobs(config: Config): Promise<readonly Finding[]> {
  const address = readBucketAddress(config.s3Url);
  if (address === null)
    return [
      ok(
        'blobs',
        'Tệp nằm trên đĩa của máy này (không đặt S3_URL).',
        'Blobs are on this disk (S3_URL is not set).',
      ),
    ];
  const name = `${address.hostname}:${address.port}/${address.bucket}/${address.prefix}`;
  const bucket = openConfiguredBucket(config);
  const { step, reason, clockOffMs, isVersioned } = await tryBucket(bucket).finally(() => bucket.close());
  const findings: Finding[] = [];
  if (step !== null) {
    const [vi, en] = ADVICE[step];
    findings.push(
      fail(
        'blobs',
        `Kho đối tượng ${name}: bước ${step} không được (${reason}); ${vi}.`,
        `Object store ${name}: ${step} fails (${reason}); ${en}.`,
      ),
    );
  } else
    findings.push(
      ok(
        'blobs',
        `Kho đối tượng ${name}: ghi, đọc, liệt kê, xoá được.`,
        `Object store ${name}: writes, reads, lists and removes.`,
      ),
    );
  const isLocal = address.hostname === 'localhost' || address.hostname.startsWith('127.');
  if (!address.isTls && !isLocal)
    findings.push(
      warn(
        'blobs.tls',
        'S3_URL dùng http: nội dung văn bản đi qua mạng không mã hoá.',
        'S3_URL is http: the bytes of documents cross the network unencrypted.',
      ),
    );
  if (isVersioned === true)
    findings.push(
      warn(
        'blobs.versions',
        'Bucket giữ các phiên bản cũ: nội dung đã hết hạn lưu vẫn còn đó; đặt quy tắc vòng đời (NoncurrentVersionExpiration).',
        'The bucket keeps older versions: what retention removed stays there; set a lifecycle rule (NoncurrentVersionExpiration).',
      ),
    );
  if (await hasBlobs(diskFolder(config)))
    findings.push(
      warn(
        'blobs.disk',
        'Trên đĩa còn tệp từ trước khi có S3_URL; trục không đọc chúng nữa: chạy lienthong blobs move --to s3 --remove-source.',
        'Blobs from before S3_URL are still on the disk and are not read any more: run lienthong blobs move --to s3 --remove-source.',
      ),
    );
  if (!Number.isNaN(clockOffMs)) findings.push(clockFinding(clockOffMs, 'S3'));
  return findings;
}

async function hasBlobs(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => /^[0-9a-f]{2}$/.test(one)))
    if ((await readdir(join(folder, name))).length > 0) return true;
  return false;
}
