import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { type BlobStore, openBlobs } from '../../../../src/gateway/store/index.ts';
import { S3_DEFAULTS, type S3Server, startS3Server } from '../../../support/s3-server.ts';
import { until } from '../../../support/until.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { sha256 } from '../../support/messages.ts';
import { failure } from './support.ts';

const MIB = 1024 * 1024;

describe('blobs in a bucket', () => {
  let server: S3Server;
  let dataDir = '';
  const opened: BlobStore[] = [];
  beforeEach(async () => {
    server = await startS3Server();
    dataDir = temporaryFolder();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await server.stop();
  });

  async function open(settings: object = {}): Promise<BlobStore> {
    const blobs = await openBlobs({ ...S3_DEFAULTS, dataDir, s3Url: server.url, ...settings });
    opened.push(blobs);
    return blobs;
  }

  async function digestOf(stream: Readable): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  }

  /** Bytes that cost nothing to make, each mebibyte another. */
  async function* large(mebibytes: number): AsyncGenerator<Uint8Array> {
    const piece = randomBytes(MIB);
    for (let n = 0; n < mebibytes; n += 1) {
      piece.writeUInt32BE(n, 0);
      yield Buffer.from(piece);
    }
  }

  const incoming = (): string[] =>
    readdirSync(join(dataDir, 'blob-cache')).flatMap((own) =>
      readdirSync(join(dataDir, 'blob-cache', own, 'incoming')),
    );

  it('are there for every gateway as soon as they are put, small, empty and larger ones', async () => {
    const [one, other] = [await open(), await open({ dataDir: temporaryFolder() })];
    for (const size of [0, 10, 256 * 1024, 256 * 1024 + 1, 9 * MIB]) {
      const bytes = randomBytes(size);

      const blob = await one.put(Readable.from([bytes]));

      expect(blob.sha256).to.equal(sha256(bytes));
      expect((await other.read(blob.sha256)).equals(bytes)).to.equal(true);
      expect(await other.size(blob.sha256)).to.equal(size);
      expect(await digestOf(await other.open(blob.sha256))).to.equal(blob.sha256);
    }
    expect(incoming()).to.deep.equal([]);
    expect(existsSync(join(dataDir, 'blobs'))).to.equal(false);
  });

  it('go in parts when they are large, in little memory, and come back whole', async () => {
    const [one, other] = [await open(), await open({ dataDir: temporaryFolder() })];
    let most = 0;
    const start = process.memoryUsage().arrayBuffers;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - start);
    }, 5);

    const blob = await one.put(large(200)).finally(() => clearInterval(watch));

    expect(blob.size).to.equal(200 * MIB);
    expect(server.seen.filter((line) => line.includes('partNumber='))).to.have.length(13);
    expect(await digestOf(await other.open(blob.sha256))).to.equal(blob.sha256);
    // The service of the test lives in this process, too.
    expect(most).to.be.lessThan(100 * MIB);
    const file = await other.fileOf(blob.sha256);
    expect(file).to.have.property('sizeBytes', 200 * MIB);
  });

  it('are fetched once for all who ask at the same time, and kept within the bound', async () => {
    const one = await open();
    const reader = await open({ dataDir: temporaryFolder(), s3CacheMb: 2 });
    const digests: string[] = [];
    for (let n = 0; n < 6; n += 1) digests.push((await one.put(randomBytes(MIB))).sha256);
    const [first = ''] = digests;
    const gets = (digest: string): number =>
      server.seen.filter((line) => line.startsWith('GET') && line.includes(digest)).length;

    await Promise.all([1, 2, 3, 4].map(() => reader.read(first)));
    expect(gets(first)).to.equal(1);
    for (const digest of digests) await reader.read(digest);

    expect(gets(first)).to.equal(1);
    const bytes = reader.state().figures?.bytes ?? 0;
    // What was fetched in the last seconds is still being taken hold of; at the next addition the oldest of the rest goes.
    expect(bytes).to.be.at.most(6 * MIB);
  });

  it('changed in the bucket are found out and never handed on', async () => {
    const [one, other] = [await open(), await open({ dataDir: temporaryFolder() })];
    const { sha256: digest } = await one.put(randomBytes(500_000));
    const bad = randomBytes(500_000);
    await server.bucket.put(`blobs/${digest.slice(0, 2)}/${digest}`, bad, sha256(bad));

    for (const read of [other.read, other.open, other.hold, other.fileOf])
      expect((await failure(read(digest))).code).to.equal('BLOB_CORRUPT');
    expect(other.state().reachable).to.equal(true);
  });

  it('that are missing are missing, not an outage', async () => {
    const blobs = await open();

    expect((await failure(blobs.read('ab'.repeat(32)))).code).to.equal('BLOB_MISSING');
    expect((await failure(blobs.size('ab'.repeat(32)))).code).to.equal('BLOB_MISSING');
    expect(blobs.state().reachable).to.equal(true);
  });

  it('are refused at once while the service is away, and taken again when it is back', async () => {
    const blobs = await open();
    const { sha256: kept } = await blobs.put(randomBytes(1_000));
    await server.stop();

    expect((await failure(blobs.put(randomBytes(1_000)))).code).to.equal('BLOBS_UNAVAILABLE');
    expect(blobs.state().reachable).to.equal(false);
    // Known to be away: nothing is read from the sender in vain.
    expect((await failure(blobs.create(1_000))).code).to.equal('BLOBS_UNAVAILABLE');
    expect((await blobs.read(kept)).length).to.equal(1_000);
    expect(incoming()).to.deep.equal([]);

    await server.start();
    await until(() => blobs.state().reachable);
    await blobs.put(randomBytes(1_000));
  });

  it('open although the service is away, but not with a wrong key or without the bucket, and no secret is told', async () => {
    const wrong = await failure(open({ s3Url: server.url.replace('S3RVER@', 'geheim@') }));
    const nowhere = await failure(open({ s3Url: server.url.replace('/lienthong/', '/khong-co/') }));
    await server.stop();
    const waiting = await open();

    expect([wrong.code, nowhere.code]).to.deep.equal(['BLOBS_REFUSED', 'BLOBS_REFUSED']);
    expect(wrong.message).to.match(/403/).and.not.contain('geheim');
    expect(waiting.state()).to.include({ kind: 's3', reachable: false });
    expect(JSON.stringify(waiting.state())).not.to.contain('S3RVER');
  });

  it('get through a service that fails now and then, and a connection that breaks off half-way', async () => {
    const [one, other] = [await open(), await open({ dataDir: temporaryFolder() })];
    const times = { PUT: 0, GET: 0 };
    server.intercept = (req, res) => {
      const { method } = req;
      if (method !== 'PUT' && method !== 'GET') return false;
      times[method] += 1;
      const isBusy = method === 'PUT' ? times.PUT === 1 : times.GET === 2;
      if (isBusy) {
        req.resume();
        res.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      } else if (method === 'GET' && times.GET === 1) {
        res.writeHead(200, { 'content-length': '700000' });
        res.write(randomBytes(1_000));
        setImmediate(() => res.destroy());
      } else return false;
      return true;
    };

    const { sha256: digest } = await one.put(randomBytes(700_000));

    expect(await digestOf(await other.open(digest))).to.equal(digest);
    expect(times).to.deep.equal({ PUT: 2, GET: 3 });
    expect([one.state().reachable, other.state().reachable]).to.deep.equal([true, true]);
    expect(one.state().figures).to.include({ retries: 1, failures: 0 });
  });

  it('a service that says nothing is given up after the time allowed', async () => {
    const blobs = await open({ s3TimeoutSeconds: 1 });
    server.intercept = (req) => {
      req.resume();
      return true;
    };

    const fault = await failure(blobs.put(randomBytes(10)));

    expect(fault.code).to.equal('BLOBS_UNAVAILABLE');
    expect(fault.message).to.contain('ETIMEDOUT');
  });
});
