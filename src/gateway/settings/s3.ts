/** Settings of the object store for blobs. */
import { z } from 'zod';
import { readBucketAddress } from '../store/s3/address.ts';
import { positive, setting, text } from './setting.ts';

/** Part of the settings table. */
export const S3_SETTINGS = {
  s3Url: setting(
    'S3_URL',
    // The message never quotes it: it may hold a secret.
    text.refine((value) => value === '' || readBucketAddress(value) !== null, {
      message: 'must be https://host[:port]/bucket[/prefix]',
    }),
    '',
    'bucket for blobs on an S3 service, https://host[:port]/bucket[/prefix], shared by all gateways of one database; empty: blobs on disk',
    true,
  ),
  s3AccessKey: setting(
    'LIENTHONG_S3_ACCESS_KEY',
    text,
    '',
    'access key id for the bucket; may stand in S3_URL instead',
  ),
  s3SecretKey: setting('LIENTHONG_S3_SECRET_KEY', text, '', 'secret access key of that id', true),
  s3Region: setting(
    'LIENTHONG_S3_REGION',
    z.string().regex(/^[a-z0-9-]{1,40}$/, 'e.g. us-east-1'),
    'us-east-1',
    'region requests are signed for; services of one’s own mostly take the default',
  ),
  s3Addressing: setting(
    'LIENTHONG_S3_ADDRESSING',
    z.enum(['path', 'virtual']),
    'path',
    'how the bucket is named: in the path (MinIO, Ceph), or before the host name (AWS and some others)',
  ),
  s3Ca: setting(
    'LIENTHONG_S3_CA',
    text,
    '',
    'file of certificates (PEM) trusted for the TLS of the S3 service; empty: the usual ones',
  ),
  s3Encryption: setting(
    'LIENTHONG_S3_ENCRYPTION',
    z.enum(['', 'AES256', 'aws:kms']),
    '',
    'encryption at rest asked of the service with each object: AES256 or aws:kms; empty: as the bucket is set up',
  ),
  s3TimeoutSeconds: setting(
    'LIENTHONG_S3_TIMEOUT_SECONDS',
    positive,
    30,
    'longest silence of the S3 service before a request is tried again',
  ),
  s3CacheMb: setting(
    'LIENTHONG_S3_CACHE_MB',
    positive,
    2048,
    'room for local copies of blobs from the bucket, MiB for each process; files in use may exceed it',
  ),
} as const;
