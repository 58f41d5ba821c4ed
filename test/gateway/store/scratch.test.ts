import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openScratch, StoreError } from '../../../src/gateway/store/index.ts';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('the scratch place of one request', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lienthong-scratch-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [title, size] of [
    ['in memory', 900],
    ['at the limit of memory', 1_000],
    ['in a file', 50_000],
  ] as const) {
    it(`gives back byte for byte what was put ${title}`, async () => {
      const scratch = openScratch(folder, 1_000);
      const bytes = randomBytes(size);

      const { sha256, size: told } = await scratch.put(inPieces(bytes, 333));

      expect([sha256, told]).to.deep.equal([createHash('sha256').update(bytes).digest('hex'), size]);
      expect((await scratch.read(sha256)).equals(bytes)).to.equal(true);
      expect((await collect(await scratch.open(sha256))).equals(bytes)).to.equal(true);
      await scratch.dispose();
      expect(readdirSync(folder)).to.deep.equal([]);
    });
  }

  it('refuses more than it was told to take, and what it does not have', async () => {
    const scratch = openScratch(folder, 1_000);

    const tooMuch = await scratch
      .put(inPieces(randomBytes(5_000), 100), 4_000)
      .catch((cause: unknown) => cause);
    const missing = await scratch.open('0'.repeat(64)).catch((cause: unknown) => cause);

    expect(tooMuch).to.be.instanceOf(StoreError).with.property('code', 'BLOB_TOO_LARGE');
    expect(missing).to.be.instanceOf(StoreError).with.property('code', 'BLOB_MISSING');
    await scratch.dispose();
    expect(existsSync(folder)).to.equal(true);
  });
});
