/** Where a bucket is, read from one address: `https://[key:secret@]host[:port]/bucket[/prefix]`. */

/** How a bucket is named in requests: as the first part of the path, or of the host name. */
export type Addressing = 'path' | 'virtual';

/** A bucket and the part of it that is ours. */
export interface BucketAddress {
  readonly isTls: boolean;
  /** Name or address of the service, without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** From the address; empty when it names none. */
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Names of buckets, as AWS wants them (3–63 characters, no upper case). */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9._-]{1,64}(\/[A-Za-z0-9._-]{1,64}){0,7}$/;

/** @returns null when `text` is no such address. */
export function readBucketAddress(text: string): BucketAddress | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') return null;
  const [bucket = '', ...rest] = url.pathname.replace(/^\//, '').replace(/\/$/, '').split('/');
  const prefix = rest.join('/');
  if (!BUCKET.test(bucket) || (prefix !== '' && !PREFIX.test(prefix))) return null;
  const isTls = url.protocol === 'https:';
  const usual = isTls ? 443 : 80;
  return {
    isTls,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? usual : Number(url.port),
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
  };
}
