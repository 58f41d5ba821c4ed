import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCache } from '../../../../src/gateway/store/blobs/cache.ts';
import { openConfiguredBucket } from '../../../../src/gateway/store/blobs/open.ts';
import { readBucketAddress } from '../../../../src/gateway/store/s3/address.ts';
import type { Bucket } from '../../../../src/gateway/store/s3/bucket.ts';
import { targetOf } from '../../../../src/gateway/store/s3/request.ts';
import { S3_DEFAULTS } from '../../../support/s3-server.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { failure } from './support.ts';

const BYTES = Buffer.from('nội dung');
const DIGEST = createHash('sha256').update(BYTES).digest('hex');

describe('the S3 client', () => {
  const servers: Server[] = [];
  const buckets: Bucket[] = [];
  afterEach(async () => {
    for (const bucket of buckets.splice(0)) bucket.close();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  /** @returns its port. */
  async function listen(server: Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  function open(url: string, settings: object = {}): Bucket {
    const keys = { s3AccessKey: 'khoa', s3SecretKey: 'bi-mat' };
    const bucket = openConfiguredBucket({ ...S3_DEFAULTS, dataDir: '', ...keys, ...settings, s3Url: url });
    buckets.push(bucket);
    return bucket;
  }

  function answering(seen: IncomingMessage[]): RequestListener {
    return (req, res) => {
      seen.push(req);
      req.resume().once('end', () => res.end());
    };
  }

  it('names bucket and prefix in the path, signs the digest of the bytes, and asks for encryption where it is told to', async () => {
    const seen: IncomingMessage[] = [];
    const port = await listen(createHttpServer(answering(seen)));
    const settings = { s3Region: 'hcm-1', s3Encryption: 'AES256' };
    const bucket = open(`http://127.0.0.1:${port}/kho-tep/truc/a`, settings);

    await bucket.put('blobs/x', BYTES, DIGEST);

    const { url, headers } = seen[0] ?? {};
    expect(url).to.equal('/kho-tep/truc/a/blobs/x');
    expect(headers).to.include({
      'x-amz-content-sha256': DIGEST,
      'x-amz-checksum-sha256': Buffer.from(DIGEST, 'hex').toString('base64'),
      'x-amz-server-side-encryption': 'AES256',
      'content-length': String(BYTES.length),
    });
    expect(headers?.authorization).to.match(
      /^AWS4-HMAC-SHA256 Credential=khoa\/\d{8}\/hcm-1\/s3\/aws4_request, SignedHeaders=[^,]*x-amz-content-sha256[^,]*, Signature=[0-9a-f]{64}$/,
    );
    expect(JSON.stringify(headers)).not.to.contain('bi-mat');
  });

  it('names the bucket before the host where it is told to, and a port only when it is not the usual one', () => {
    const of = (url: string, addressing: 'path' | 'virtual') => {
      const address = readBucketAddress(url);
      if (address === null) throw new TypeError(url);
      return targetOf(address, addressing);
    };

    expect(of('https://s3.vn/kho-tep/truc', 'virtual')).to.deep.equal({
      hostname: 'kho-tep.s3.vn',
      host: 'kho-tep.s3.vn',
      root: '',
    });
    expect(of('http://s3.vn:9000/kho-tep', 'virtual').host).to.equal('kho-tep.s3.vn:9000');
    expect(of('https://[::1]/kho-tep', 'path')).to.deep.equal({
      hostname: '::1',
      host: '[::1]',
      root: '/kho-tep',
    });
  });

  it('trusts a service with a certificate of the operator’s CA, and no other', async () => {
    const folder = temporaryFolder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=s3.thu', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    const options = { key: readFileSync(key), cert: readFileSync(certificate) };
    const port = await listen(createHttpsServer(options, answering([])));
    const url = `https://127.0.0.1:${port}/kho-tep`;

    await open(url, { s3Ca: certificate }).put('x', BYTES, DIGEST);
    const fault = await failure(open(url).put('x', BYTES, DIGEST));

    expect(fault.code).to.equal('BLOBS_UNAVAILABLE');
    expect(fault.message).to.match(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  it('says why it was refused, and keeps apart a no from a fault that passes', async () => {
    const answers: [number, string][] = [
      [403, 'SignatureDoesNotMatch'],
      [403, 'RequestTimeTooSkewed'],
      [301, 'PermanentRedirect'],
      [404, 'NoSuchBucket'],
      [503, 'SlowDown'],
      [400, 'RequestTimeout'],
    ];
    let now: [number, string] = [0, ''];
    const port = await listen(
      createHttpServer((_req, res) =>
        res.writeHead(now[0]).end(`<?xml version="1.0"?><Error><Code>${now[1]}</Code></Error>`),
      ),
    );
    const bucket = open(`http://127.0.0.1:${port}/kho-tep`);

    for (const answer of answers) {
      now = answer;
      const fault = await failure(bucket.ping());
      const isPassing = answer[1] === 'SlowDown' || answer[1] === 'RequestTimeout';
      expect(fault.code, answer[1]).to.equal(isPassing ? 'BLOBS_UNAVAILABLE' : 'BLOBS_REFUSED');
      expect(fault.message).to.contain(answer[1]);
    }
  });

  it('does not take an answer with a DTD, one without end, or no XML for a list', async () => {
    const bodies = ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<ListBucketResult>', 'xin chào'];
    let body = '';
    const port = await listen(createHttpServer((_req, res) => res.end(body)));
    const bucket = open(`http://127.0.0.1:${port}/kho-tep`);

    for (const one of bodies) {
      body = one;
      expect((await failure(bucket.list('blobs/').next())).code, one).to.equal('BLOBS_UNAVAILABLE');
    }
  });

  it('goes through a list page by page, and ends uploads that were begun long ago', async () => {
    const asked: string[] = [];
    const page = (keys: string, more: string) =>
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${[...keys]
        .map(
          (key) =>
            `<Contents><Key>truc/blobs/${key}</Key><Size>7</Size><LastModified>2026-11-28T00:00:00.000Z</LastModified></Contents>`,
        )
        .join('')}${more}</ListBucketResult>`;
    const upload = (id: string, day: string) =>
      `<Upload><Key>truc/blobs/${id}</Key><UploadId>${id}&amp;1</UploadId><Initiated>2026-11-${day}T00:00:00.000Z</Initiated></Upload>`;
    const port = await listen(
      createHttpServer((req, res) => {
        const { pathname, searchParams } = new URL(req.url ?? '', 'http://s3.thu');
        if (req.method === 'DELETE') asked.push(`${pathname} ${searchParams.get('uploadId')}`);
        else if (searchParams.has('uploads'))
          return res.end(
            `<ListMultipartUploadsResult>${upload('a', '01')}${upload('b', '27')}</ListMultipartUploadsResult>`,
          );
        else {
          const token = searchParams.get('continuation-token');
          asked.push(`${searchParams.get('prefix')} ${token}`);
          const more =
            '<IsTruncated>true</IsTruncated><NextContinuationToken>a+/=&amp;</NextContinuationToken>';
          return res.end(token === null ? page('12', more) : page('3', '<IsTruncated>false</IsTruncated>'));
        }
        return res.writeHead(204).end();
      }),
    );
    const bucket = open(`http://127.0.0.1:${port}/kho-tep/truc`);

    const seen: string[] = [];
    for await (const { key, size, modifiedAt } of bucket.list('blobs/'))
      seen.push(`${key} ${size} ${modifiedAt}`);
    const aborted = await bucket.abortUploads(Date.parse('2026-11-26'));

    const at = Date.parse('2026-11-28');
    expect(seen).to.deep.equal([1, 2, 3].map((n) => `blobs/${n} 7 ${at}`));
    expect(aborted).to.equal(1);
    expect(asked).to.deep.equal(['truc/blobs/ null', 'truc/blobs/ a+/=&', '/kho-tep/truc/blobs/a a&1']);
  });

  it('reads addresses with and without port, prefix and keys, and nothing else', () => {
    expect(readBucketAddress('https://k%2B:b%2Fm@[::1]:9000/kho.tep/a/b/')).to.deep.equal({
      isTls: true,
      hostname: '::1',
      port: 9000,
      bucket: 'kho.tep',
      prefix: 'a/b/',
      accessKey: 'k+',
      secretKey: 'b/m',
    });
    for (const text of [
      '',
      'x',
      's3://a/b',
      'https://h',
      'https://h/ab',
      'https://h/Kho',
      'https://h/kho/a//b',
      'https://h/kho?x=1',
    ])
      expect(readBucketAddress(text), text).to.equal(null);
  });
});

describe('local copies of blobs', () => {
  const name = (n: number): string => String(n).padStart(64, '0');

  it('stay within the bound, the longest unused going first, what is held or promised staying', async () => {
    const cache = await openCache(temporaryFolder(), 250);
    const held = await cache.add(name(1), Buffer.alloc(100));
    (await cache.add(name(2), Buffer.alloc(100))).release();
    cache.keepUntil(name(2), Date.now() + 60_000);
    (await cache.add(name(3), Buffer.alloc(100))).release();
    (await cache.add(name(4), Buffer.alloc(100))).release();
    held.release();
    (await cache.add(name(5), Buffer.alloc(10))).release();

    const there = [1, 2, 3, 4, 5].filter((n) => {
      const one = cache.hold(name(n));
      one?.release();
      return one !== null;
    });
    expect(there).to.deep.equal([2, 4, 5]);
    expect(cache.figures()).to.deep.equal({ files: 3, bytes: 210 });
    await cache.close();
  });

  it('are cleared away at the start when their process is gone', async () => {
    const root = temporaryFolder();
    const dead = await openCache(root, 100);
    (await dead.add(name(1), Buffer.alloc(10))).release();
    const [folder = ''] = readdirSync(root);
    const [host = ''] = folder.split('_');
    // No process has this number: it is past the largest there can be.
    renameSync(join(root, folder), join(root, `${host}_99999999_x`));

    const next = await openCache(root, 100);

    expect(readdirSync(root)).to.have.length(1);
    await next.close();
    await dead.close();
    expect(readdirSync(root)).to.deep.equal([]);
  });
});
