import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DiskBlobStore, openBlobStore, openBlobs } from '../../../../src/gateway/store/index.ts';
import { S3_DEFAULTS, type S3Server, startS3Server } from '../../../support/s3-server.ts';
import { type CliHost, startCliHost } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { sha256 } from '../../support/messages.ts';

describe('lienthong blobs move, and doctor with a bucket', () => {
  let server: S3Server;
  let host: CliHost;
  let data = '';
  let disk: DiskBlobStore;
  before(() => {
    host = startCliHost();
  });
  after(() => host.close());
  beforeEach(async () => {
    server = await startS3Server();
    data = temporaryFolder();
    disk = await openBlobStore(join(data, 'blobs'));
  });
  afterEach(() => server.stop());

  const run = (...args: string[]) => host.run([...args, '--data', data, '--json'], { S3_URL: server.url });

  it('copies all to the bucket, goes on where it broke off, and takes them away only when told to', async () => {
    const digests: string[] = [];
    for (const size of [0, 10, 300_000, 700_000]) digests.push((await disk.put(randomBytes(size))).sha256);
    let puts = 0;
    server.intercept = (req, res) => {
      if (req.method === 'PUT') puts += 1;
      if (puts <= 2) return false;
      req.resume();
      res.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return true;
    };

    const broken = await run('blobs', 'move', '--to', 's3');
    server.intercept = null;
    const again = await run('blobs', 'move', '--to', 's3');
    const left = await disk.size(digests[0] ?? '');
    const away = await run('blobs', 'move', '--to', 's3', '--remove-source');

    expect(broken.code).not.to.equal(0);
    expect(broken.stderr).to.contain('AccessDenied').and.not.contain('S3RVER');
    expect(again.json()).to.include({ moved: 2, kept: 2, removed: 0 });
    expect(left).to.equal(0);
    expect(away.json()).to.include({ moved: 0, kept: 4, removed: 4 });
    expect(await server.digests()).to.deep.equal([...digests].sort());
    const folders = readdirSync(join(data, 'blobs')).filter((name) => /^[0-9a-f]{2}$/.test(name));
    expect(folders.flatMap((name) => readdirSync(join(data, 'blobs', name)))).to.deep.equal([]);
    const blobs = await openBlobs({ ...S3_DEFAULTS, dataDir: data, s3Url: server.url });
    for (const digest of digests) expect(sha256(await blobs.read(digest))).to.equal(digest);
    await blobs.close();
  });

  it('copies all back, and leaves a changed one where it is, by name', async () => {
    const good = await disk.put(randomBytes(5_000));
    const bad = await disk.put(randomBytes(5_000));
    await run('blobs', 'move', '--to', 's3');
    const other = randomBytes(5_000);
    await server.bucket.put(`blobs/${bad.sha256.slice(0, 2)}/${bad.sha256}`, other, sha256(other));
    writeFileSync(disk.pathOf(good.sha256), randomBytes(5_000));
    writeFileSync(disk.pathOf(bad.sha256), '');

    const back = await run('blobs', 'move', '--to', 'disk', '--remove-source');

    expect(back.code).to.equal(1);
    expect(back.json()).to.deep.include({ moved: 1, kept: 0, removed: 1, corrupt: [bad.sha256] });
    expect(sha256(await disk.read(good.sha256))).to.equal(good.sha256);
    expect(await server.digests()).to.deep.equal([bad.sha256]);
  });

  it('doctor tries the bucket out and says what is wrong, without the secret', async () => {
    await disk.put(randomBytes(10));
    const finding = (found: { findings: { check: string; level: string; en: string }[] }, check: string) =>
      found.findings.find((one) => one.check === check);

    const fine = (await run('doctor')).json();
    const left = [...(await server.digests())];
    server.intercept = (req, res) => {
      if (req.method !== 'DELETE') return false;
      res.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return true;
    };
    const mayNotRemove = (await run('doctor')).json();
    server.intercept = null;
    const wrong = await host.run(['doctor', '--data', data, '--json'], {
      S3_URL: server.url.replace('S3RVER@', 'geheim@'),
    });
    await server.stop();
    const away = (await run('doctor')).json();

    expect(finding(fine, 'blobs')?.level).to.equal('ok');
    expect(finding(fine, 'blobs.disk')?.level).to.equal('warn');
    expect(left).to.deep.equal([]);
    expect(finding(mayNotRemove, 'blobs')?.en).to.contain('s3:DeleteObject');
    expect(finding(wrong.json(), 'blobs')?.en).to.contain('reach fails').and.contain('403');
    expect(wrong.stdout + wrong.stderr).not.to.contain('geheim');
    expect(finding(away, 'blobs')?.en).to.contain('ECONNREFUSED');
  });
});
