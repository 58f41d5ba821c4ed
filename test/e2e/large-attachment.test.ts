/** A 200 MB attachment goes in, is checked, routed and read back by a gateway that may hold 256 MB of JavaScript objects. */
import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { createApiClient } from '../../src/gateway/demo/client.ts';
import { DEMO } from '../../src/gateway/demo/world.ts';
import { buildEdxml, type EdxmlDocument } from '../../src/packages/index.ts';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.ts';
import { type Scene, setScene } from './support/scenario.ts';

const SIZE = 200 * 1024 * 1024;
const CHUNK = 256 * 1024;

/** Bytes that do not compress, the same each time: the key stream of a cipher. */
function* incompressible(size: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK);
  for (let made = 0; made < size; made += CHUNK) yield cipher.update(zeros);
}

function message(): EdxmlDocument {
  return {
    kind: 'document',
    from: { organId: DEMO.district.code, organName: DEMO.district.name },
    to: [DEMO.commune, DEMO.ministry].map(({ code, name }) => ({ organId: code, organName: name })),
    documentId: `${DEMO.district.code},2026/11/05,77/UBND-VP`,
    code: { codeNumber: '77', codeNotation: 'UBND-VP' },
    promulgationInfo: { place: 'Mẫu', promulgationDate: '2026-11-05' },
    documentType: { type: 2, typeDetail: 0, typeName: 'Công văn' },
    subject: 'V/v bản đồ quy hoạch',
    responseFor: [],
    traceHeaders: [{ organId: DEMO.district.code, timestamp: '2026-11-05T08:00:00+07:00' }],
    business: { businessDocType: 0, paper: 0 },
    attachments: [],
  };
}

describe('a 200 MB attachment under --max-old-space-size=256', () => {
  let scene: Scene;
  let gateway: GatewayProcess;

  before(async () => {
    scene = await setScene();
    gateway = await startGatewayProcess(scene.settings, ['--max-old-space-size=256']);
  });

  after(async () => {
    gateway?.kill('SIGKILL');
    await scene?.close();
  });

  it('is accepted, delivered over the axis, and handed out byte for byte', async () => {
    const hash = createHash('sha256');
    for (const block of incompressible(SIZE)) hash.update(block);
    const sha256 = hash.digest('hex');
    const document = message();
    document.attachments = [
      {
        contentId: 'b6a0c1de-0000-4000-8000-000000000077',
        name: 'ban-do.bin',
        contentType: 'application/octet-stream',
        sha256,
        sizeBytes: SIZE,
        wasZipped: false,
      },
    ];
    const body = Readable.from(
      buildEdxml(document, [
        {
          contentId: 'b6a0c1de-0000-4000-8000-000000000077',
          open: () => Readable.from(incompressible(SIZE)),
          zip: false,
        },
      ]),
    );
    const answer = await fetch(`${gateway.url}/api/v1/packages`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${scene.tokens.district}`, 'Content-Type': 'application/xml' },
      body: Readable.toWeb(body) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const { packageId } = (await answer.json()) as { packageId: string };
    expect(answer.status).to.equal(202);

    const commune = createApiClient(gateway.url, scene.tokens.commune);
    const district = createApiClient(gateway.url, scene.tokens.district);
    const deadline = Date.now() + 200_000;
    for (;;) {
      const { deliveries } = await district.get<{ deliveries: { recipient: string; state: string }[] }>(
        `/api/v1/packages/${packageId}`,
      );
      const states = Object.fromEntries(deliveries.map(({ recipient, state }) => [recipient, state]));
      if (
        ['sent', 'delivered'].includes(states[DEMO.ministry.code] ?? '') &&
        states[DEMO.commune.code] === 'available'
      )
        break;
      if (Date.now() > deadline)
        throw new Error(`not delivered: ${JSON.stringify(deliveries)}\n${gateway.log().slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const atTheAxis = scene.world.nationalAxis.ledger.entries().filter((entry) => entry.kind === 'edoc');
    const read = createHash('sha256');
    const content = await fetch(`${gateway.url}/api/v1/packages/${packageId}/attachments/${sha256}`, {
      headers: { Authorization: `Bearer ${scene.tokens.commune}` },
    });
    for await (const chunk of content.body as unknown as AsyncIterable<Uint8Array>) read.update(chunk);

    expect(read.digest('hex')).to.equal(sha256);
    expect(atTheAxis.map((entry) => entry.to)).to.deep.equal([[DEMO.ministry.code]]);
    expect(atTheAxis[0]?.facts?.['sizeBytes']).to.be.greaterThan(SIZE * (4 / 3));
    const { items } = await commune.get<{ items: { packageId: string; state: string }[] }>('/api/v1/inbox');
    expect(items.find((item) => item.packageId === packageId)?.state).to.equal('fetched');
  });
});
