/** What is done with a bucket: put, get, copy, remove, list. Keys are without the prefix, which stays in here. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { XmlNode } from '../../../packages/index.ts';
import { StoreError } from '../errors.ts';
import { type Body, bodyOf, createS3Client, readAnswer, type S3Figures, type S3Settings } from './request.ts';

/** An object as lists and heads show it. */
export interface ObjectSeen {
  readonly key: string;
  readonly size: number;
  /** By the clock of the service, ms since 1970. */
  readonly modifiedAt: number;
}

/** Bytes to put: at hand, or in a file that does not change meanwhile. */
export type PutSource = Uint8Array | { readonly path: string; readonly size: number };

/** @throws StoreError BLOBS_UNAVAILABLE, BLOBS_REFUSED from every call. */
export interface Bucket {
  readonly figures: Readonly<S3Figures>;
  /** Resolves when the service has all of it under `key` and its digest agrees. Replaces what is there. */
  put(key: string, source: PutSource, sha256: string): Promise<void>;
  /** The bytes as they come, not compared with anything; null when there are none. */
  get(key: string): Promise<IncomingMessage | null>;
  head(key: string): Promise<ObjectSeen | null>;
  /** Within the bucket, by the service. @returns false when there is nothing under `from`. */
  copy(from: string, to: string): Promise<boolean>;
  remove(key: string): Promise<void>;
  list(prefix: string): AsyncGenerator<ObjectSeen>;
  /** Ends uploads in parts that were begun before `before` and never finished. @returns how many. */
  abortUploads(before: number): Promise<number>;
  /** One small question. @returns the time of the service, ms since 1970; NaN when it tells none. */
  ping(): Promise<number>;
  /** Whether older versions of objects are kept; null: the service does not say. */
  isVersioned(): Promise<boolean | null>;
  close(): void;
}

/** Files from this size on go in parts, so that a broken connection costs one part. */
const MULTIPART_FROM_BYTES = 64 * 1024 * 1024;
const PART_BYTES = 16 * 1024 * 1024;
/** Parts of one file at the same time. */
const PARTS_AT_A_TIME = 3;
const PIECE_BYTES = 256 * 1024;
const PING_MS = 5_000;

/** Opens a bucket; nothing is asked yet. */
export function openBucket(settings: S3Settings): Bucket {
  const client = createS3Client(settings);
  const { bucket, prefix } = settings.address;
  const created: Record<string, string> = {
    'Content-Type': 'application/octet-stream',
    ...(settings.encryption === '' ? {} : { 'x-amz-server-side-encryption': settings.encryption }),
  };

  async function done(answer: Promise<IncomingMessage>): Promise<IncomingMessage> {
    const got = await answer;
    got.resume();
    return got;
  }

  async function put(key: string, source: PutSource, sha256: string): Promise<void> {
    if (!(source instanceof Uint8Array) && source.size >= MULTIPART_FROM_BYTES)
      return putInParts(key, source.path, source.size);
    const body: Body =
      source instanceof Uint8Array
        ? bodyOf(source, sha256)
        : { size: source.size, sha256, open: () => createReadStream(source.path) };
    const checksum = { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') };
    await done(client.send({ method: 'PUT', key, headers: { ...created, ...checksum }, body }));
  }

  async function putInParts(key: string, path: string, size: number): Promise<void> {
    const started = await readAnswer(
      await client.send({
        method: 'POST',
        key,
        query: { uploads: '' },
        headers: created,
        body: bodyOf(Buffer.alloc(0)),
      }),
    );
    const uploadId = started.text('UploadId');
    try {
      const etags = await sendParts(key, uploadId, path, size);
      const parts = etags.map(
        (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
      );
      const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
      const ended = await client.send({
        method: 'POST',
        key,
        query: { uploadId },
        headers: { 'Content-Type': 'application/xml' },
        body: bodyOf(Buffer.from(xml)),
      });
      await assertDone(ended);
    } catch (cause) {
      const query = { uploadId };
      await done(client.send({ method: 'DELETE', key, query, attempts: 1 })).catch(() => undefined);
      throw cause;
    }
    const seen = await head(key);
    if (seen?.size !== size)
      throw new StoreError('BLOBS_UNAVAILABLE', 'the object store has other bytes than it was given');
  }

  async function sendParts(key: string, uploadId: string, path: string, size: number): Promise<string[]> {
    const etags: string[] = new Array(Math.ceil(size / PART_BYTES));
    let next = 0;
    async function worker(): Promise<void> {
      for (let index = next++; index < etags.length; index = next++) {
        const start = index * PART_BYTES;
        const end = Math.min(size, start + PART_BYTES) - 1;
        const open = () => createReadStream(path, { start, end, highWaterMark: PIECE_BYTES });
        const hash = createHash('sha256');
        for await (const piece of open()) hash.update(piece as Uint8Array);
        const body = { size: end - start + 1, sha256: hash.digest('hex'), open };
        const query = { partNumber: String(index + 1), uploadId };
        const answer = await done(client.send({ method: 'PUT', key, query, body }));
        etags[index] = answer.headers.etag ?? '';
      }
    }
    // All of them have ended before anyone hears of a failure: nothing reads the file afterwards.
    const ended = await Promise.allSettled(Array.from({ length: PARTS_AT_A_TIME }, worker));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    return etags;
  }

  async function head(key: string): Promise<ObjectSeen | null> {
    const { statusCode, headers } = await done(client.send({ method: 'HEAD', key }));
    if (statusCode === 404) return null;
    const modifiedAt = Date.parse(headers['last-modified'] ?? '');
    return { key, size: Number(headers['content-length']), modifiedAt };
  }

  async function pageOf(query: Record<string, string>): Promise<XmlNode> {
    return readAnswer(await client.send({ method: 'GET', key: '', query }));
  }

  async function* list(under: string): AsyncGenerator<ObjectSeen> {
    let token = '';
    do {
      const more: Record<string, string> = token === '' ? {} : { 'continuation-token': token };
      const page = await pageOf({ 'list-type': '2', prefix: `${prefix}${under}`, ...more });
      for (const item of page.all('Contents'))
        yield {
          key: item.text('Key').slice(prefix.length),
          size: Number(item.text('Size')),
          modifiedAt: Date.parse(item.text('LastModified')),
        };
      token = page.text('IsTruncated') === 'true' ? page.text('NextContinuationToken') : '';
    } while (token !== '');
  }

  async function abortUploads(before: number): Promise<number> {
    const page = await pageOf({ uploads: '', prefix: `${prefix}blobs/` }).catch(whereNotSupported);
    if (page === null) return 0;
    let aborted = 0;
    for (const upload of page.all('Upload')) {
      if (!(Date.parse(upload.text('Initiated')) < before)) continue;
      const key = upload.text('Key').slice(prefix.length);
      await done(client.send({ method: 'DELETE', key, query: { uploadId: upload.text('UploadId') } }));
      aborted += 1;
    }
    return aborted;
  }

  return {
    figures: client.figures,
    put,
    async get(key) {
      const answer = await client.send({ method: 'GET', key });
      return answer.statusCode === 404 ? null : answer;
    },
    head,
    async copy(from, to) {
      const headers = { ...created, 'x-amz-copy-source': `/${bucket}/${prefix}${from}` };
      const answer = await client.send({ method: 'PUT', key: to, headers });
      if (answer.statusCode === 404) return false;
      await assertDone(answer);
      return true;
    },
    async remove(key) {
      await done(client.send({ method: 'DELETE', key }));
    },
    list,
    abortUploads,
    async ping() {
      // A list and not a HEAD: only an answer with a body names the reason of a refusal. Of nothing: it costs the service least.
      const query = { 'list-type': '2', 'max-keys': '1', prefix: `${prefix}nothing/` };
      const request = { method: 'GET', key: '', query, attempts: 2, timeoutMs: PING_MS } as const;
      const answer = await done(client.send(request));
      return Date.parse(answer.headers.date ?? '');
    },
    async isVersioned() {
      const said = await pageOf({ versioning: '' }).catch(() => null);
      return said === null ? null : said.text('Status') === 'Enabled';
    },
    close: client.close,
  };
}

/** Copying, and completing what came in parts, may fail after the status line was sent: the answer is 200 and an error. */
async function assertDone(answer: IncomingMessage): Promise<void> {
  const said = await readAnswer(answer);
  if (said.name === 'Error')
    throw new StoreError('BLOBS_UNAVAILABLE', `the object store answers ${said.text('Code')}`);
}

/** Services without this list end such uploads by a rule of theirs, or keep them: the operator guide says so. */
function whereNotSupported(cause: unknown): null {
  if (cause instanceof StoreError && cause.message.includes('NotImplemented')) return null;
  throw cause;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
