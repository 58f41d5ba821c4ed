import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { createVxpClient, type NationalAxis, startNationalAxis } from '../../../src/connectors/index.ts';
import { buildEdxml } from '../../../src/packages/index.ts';
import { MINISTRY, PROVINCE, sampleDocument } from '../support/messages.ts';

const FILE_BYTES = 50 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'liên thông ');

describe('a 50 MB file on the national axis', () => {
  let axis: NationalAxis;
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'axis-'));
    const agency = ({ organId, organName }: typeof MINISTRY) => ({ code: organId, name: organName });
    axis = await startNationalAxis({
      dir,
      systems: [
        { systemId: 'bo', secret: 'b', agencies: [agency(MINISTRY)] },
        { systemId: 'tinh', secret: 't', agencies: [agency(PROVINCE)] },
      ],
    });
  });

  afterEach(async () => {
    await axis.close();
    await rm(dir, { recursive: true });
  });

  it('goes up and down without being held in memory', async () => {
    const { sizeBytes, sha256 } = await measure(bigPackage());
    const bo = createVxpClient({ baseUrl: axis.baseUrl, systemId: 'bo', secret: 'b' });
    const tinh = createVxpClient({ baseUrl: axis.baseUrl, systemId: 'tinh', secret: 't' });
    const peak = watchMemory();

    const body = () => peak.through(bigPackage());
    await bo.sendEdoc({ body, sizeBytes, sha256, from: MINISTRY.organId, messageType: 'edoc' });
    const [item] = await tinh.listReceived({ messageType: 'edoc' });
    const received = await measure(peak.through(await tinh.getEdoc(item?.docId ?? '')));

    expect(received).to.deep.equal({ sizeBytes, sha256 });
    expect(sizeBytes).to.be.above(FILE_BYTES);
    expect(peak.megabytes(), 'buffers held by client and axis together').to.be.below(16);
  });
});

/** The same bytes every time; nothing bigger than a piece is ever held. */
function bigPackage(): AsyncIterable<Uint8Array> {
  async function* pieces() {
    for (let left = FILE_BYTES; left > 0; left -= PIECE.length)
      yield PIECE.subarray(0, Math.min(left, PIECE.length));
  }
  const hash = createHash('sha256');
  for (let left = FILE_BYTES; left > 0; left -= PIECE.length)
    hash.update(PIECE.subarray(0, Math.min(left, PIECE.length)));
  const attachment = {
    contentId: 'lon',
    name: 'lon.bin',
    contentType: 'application/octet-stream',
    sha256: hash.digest('hex'),
    sizeBytes: FILE_BYTES,
    wasZipped: false,
  };
  const message = sampleDocument({ attachments: [attachment] });
  return buildEdxml(message, [{ contentId: 'lon', open: pieces, zip: false }]);
}

async function measure(source: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Buffer memory still held after a collection, looked at every 8 MB that pass; its highest growth. */
function watchMemory() {
  const held = () => {
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const start = held();
  let peak = 0;
  return {
    async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      let since = 0;
      for await (const chunk of source) {
        since += chunk.length;
        if (since >= 8_000_000) {
          peak = Math.max(peak, held() - start);
          since = 0;
        }
        yield chunk;
      }
    },
    megabytes: () => peak / 1024 / 1024,
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
