import { randomBytes } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DiskBlobStore, openBlobStore, StoreError } from '../../../src/gateway/store/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { sha256 } from '../support/messages.ts';

describe('blobs', () => {
  let root = '';
  let blobs: DiskBlobStore;
  beforeEach(async () => {
    root = temporaryFolder();
    blobs = await openBlobStore(root);
  });

  const unfinished = (): Promise<string[]> => readdir(join(root, 'incoming'));

  async function failure(call: Promise<unknown>): Promise<string> {
    const cause = await call.then(
      () => null,
      (error: unknown) => error,
    );
    expect(cause).to.be.instanceOf(StoreError);
    return (cause as StoreError).code;
  }

  it('are named by the digest of their bytes and read back whole', async () => {
    const bytes = randomBytes(700_000);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 9_999) yield bytes.subarray(at, at + 9_999);
    }

    const blob = await blobs.put(source());

    expect(blob).to.deep.equal({ sha256: sha256(bytes), size: bytes.length });
    expect(sha256(await blobs.read(blob.sha256))).to.equal(blob.sha256);
    expect(await blobs.size(blob.sha256)).to.equal(bytes.length);
    expect(await unfinished()).to.deep.equal([]);
  });

  it('may be empty', async () => {
    const blob = await blobs.put(new Uint8Array());

    expect((await blobs.read(blob.sha256)).length).to.equal(0);
  });

  it('over the limit are refused and leave nothing', async () => {
    expect(await failure(blobs.put(randomBytes(101), 100))).to.equal('BLOB_TOO_LARGE');
    expect(await blobs.put(randomBytes(100), 100)).to.have.property('size', 100);
    expect(await unfinished()).to.deep.equal([]);
  });

  it('given up half-way leave nothing, and giving up twice is no fault', async () => {
    const writer = await blobs.create(1_000);
    await writer.write(randomBytes(10));

    await writer.abort();
    await writer.abort();

    expect(await unfinished()).to.deep.equal([]);
  });

  it('whose source fails leave nothing and pass the failure on', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield randomBytes(10);
      throw new Error('đứt');
    }

    const cause = await blobs.put(source()).catch((error: unknown) => error);

    expect((cause as Error).message).to.equal('đứt');
    expect(await unfinished()).to.deep.equal([]);
  });

  it('that cannot get their name leave nothing', async () => {
    const [small, large] = [randomBytes(100), randomBytes(700_000)];
    for (const bytes of [small, large]) {
      await writeFile(join(root, sha256(bytes).slice(0, 2)), 'stands in the way');
      const cause = await blobs.put(bytes).catch((error: unknown) => error);
      expect((cause as NodeJS.ErrnoException).code).to.equal('EEXIST');
    }

    expect(await unfinished()).to.deep.equal([]);
  });

  it('that were changed on disk are not given out', async () => {
    const blob = await blobs.put(randomBytes(100));
    await writeFile(blobs.pathOf(blob.sha256), randomBytes(100));

    expect(await failure(blobs.read(blob.sha256))).to.equal('BLOB_CORRUPT');
  });

  it('that are not there are named as missing', async () => {
    const nothing = '0'.repeat(64);

    expect(await failure(blobs.read(nothing))).to.equal('BLOB_MISSING');
    expect(await failure(blobs.open(nothing))).to.equal('BLOB_MISSING');
    expect(() => blobs.pathOf('../../etc/passwd')).to.throw(TypeError);
  });

  it('of the same content written at once are one file', async () => {
    const bytes = randomBytes(50_000);

    const kept = await Promise.all(Array.from({ length: 16 }, () => blobs.put(bytes)));

    expect(new Set(kept.map((blob) => blob.sha256)).size).to.equal(1);
    expect(sha256(await blobs.read(kept[0]?.sha256 ?? ''))).to.equal(sha256(bytes));
    expect(await unfinished()).to.deep.equal([]);
  });

  it('left unfinished by a killed process are swept when they are old enough', async () => {
    const now = Date.now();
    await writeFile(join(root, 'incoming', 'cu'), 'x');
    await writeFile(join(root, 'incoming', 'moi'), 'x');
    await utimes(join(root, 'incoming', 'cu'), new Date(now - 10_000), new Date(now - 10_000));

    expect(await blobs.sweepUnfinished(5_000, now)).to.equal(1);
    expect(await unfinished()).to.deep.equal(['moi']);
  });
});
