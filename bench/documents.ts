/** Documents through the whole gateway: accepted per second, and from acceptance to the receipt of the national axis. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '../src/gateway/access/index.ts';
import { createAmqpBus, createEmbeddedBus } from '../src/gateway/bus/index.ts';
import { DEMO, startWorld } from '../src/gateway/demo/world.ts';
import { saveAgencies } from '../src/gateway/directory/index.ts';
import { openStore } from '../src/gateway/store/index.ts';
import { startGatewayProcess } from '../test/e2e/support/gateway-process.ts';
import { type CpuUse, cpuPerDocument, cpuUse } from './cpu.ts';
import { measureFloor } from './floor.ts';
import { createLeanClient } from './lean-client.ts';
import { inParallel, percentile, perSecond } from './measure.ts';

/** One configuration's figures. */
export interface DocumentFigures {
  readonly name: string;
  readonly floorPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly acceptP50Ms: number;
  readonly acceptP95Ms: number;
  readonly deliveredPerSecond: number;
  readonly receiptP50Ms: number;
  readonly receiptP95Ms: number;
  /** CPU milliseconds per document, by part. */
  readonly cpu: CpuUse;
}

/** Documents measured. */
const COUNT = Number(process.env['LIENTHONG_BENCH_DOCUMENTS'] ?? 1000);
const LANES = 16;

/** A PDF of exactly 10 KB with a page of text. */
function smallPdf(): Buffer {
  const filler = randomBytes(4_600).toString('hex');
  const content = `BT /F1 12 Tf 72 720 Td (Van ban do kiem) Tj ET\n%${filler}\n`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}endstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((body, index) => {
    const at = out.length;
    out += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const xref = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

/** Measures one configuration; empty addresses mean the embedded engines. */
export async function measureDocuments(
  name: string,
  engines: { databaseUrl: string; amqpUrl: string },
  nodeOptions: readonly string[] = [],
): Promise<DocumentFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  const world = await startWorld(dataDir, 0, 60_000);
  const pdf = smallPdf();
  const store = await openStore({ dataDir, databaseUrl: engines.databaseUrl, poolSize: 16 });
  const bus =
    engines.amqpUrl === ''
      ? createEmbeddedBus({})
      : await createAmqpBus({ url: engines.amqpUrl, clientName: 'bench floor' });
  await measureFloor(store, bus, pdf, COUNT, LANES); // warm-up
  const floorPerSecond = await measureFloor(store, bus, pdf, COUNT, LANES);
  await bus.close();
  await saveAgencies(store, world.agencies, Date.now());
  const { token } = await createToken(store, DEMO.district.code, 'clerk', Date.now());

  const gateway = await startGatewayProcess(
    { ...world.settings, ...engines, dataDir, pollSeconds: 60, logLevel: 'warn' },
    nodeOptions,
  );
  const client = createLeanClient(gateway.url, token, LANES);
  const latencies: number[] = [];
  const packages: string[] = [];
  let batch = 0;
  async function send(count: number): Promise<number> {
    batch += 1;
    return inParallel(count, LANES, async (n) => {
      const metadata = {
        from: DEMO.district.code,
        to: [DEMO.ministry.code],
        code: { codeNumber: String(n + 1), codeNotation: `B${batch}-DK` },
        place: 'Mẫu',
        promulgationDate: '2026-11-05',
        typeName: 'Công văn',
        subject: 'V/v đo kiểm',
        sign: [{ key: 'con-dau', profile: 'plain' }],
      };
      const startedAt = performance.now();
      const packageId = await client.send(metadata, pdf);
      latencies.push(performance.now() - startedAt);
      packages.push(packageId);
    });
  }
  await send(60); // warm-up
  latencies.length = 0;
  packages.length = 0;
  const startedAt = Date.now();
  const pid = gateway.child.pid ?? 0;
  const before = cpuUse(pid);
  const seconds = await send(COUNT);
  const receipts = await waitForReceipts(store, packages);
  const cpu = cpuPerDocument(before, cpuUse(pid), COUNT);
  const result: DocumentFigures = {
    name,
    floorPerSecond,
    acceptedPerSecond: perSecond(COUNT, seconds),
    acceptP50Ms: percentile(latencies, 0.5),
    acceptP95Ms: percentile(latencies, 0.95),
    deliveredPerSecond: perSecond(
      COUNT,
      (Math.max(...receipts.map(({ sentAt }) => sentAt)) - startedAt) / 1000,
    ),
    receiptP50Ms: percentile(
      receipts.map(({ ms }) => ms),
      0.5,
    ),
    receiptP95Ms: percentile(
      receipts.map(({ ms }) => ms),
      0.95,
    ),
    cpu,
  };
  client.close();
  gateway.kill('SIGTERM');
  await gateway.ended;
  await store.close();
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
  return result;
}

async function waitForReceipts(
  store: Awaited<ReturnType<typeof openStore>>,
  packages: readonly string[],
): Promise<{ ms: number; sentAt: number }[]> {
  for (;;) {
    const rows = await store.read
      .selectFrom('events')
      .innerJoin('packages', 'packages.id', 'events.package_id')
      .select(['events.at', 'packages.accepted_at', 'packages.id'])
      .where('events.type', '=', 'sent')
      .execute();
    const wanted = new Set(packages);
    const mine = rows.filter((row) => wanted.has(row.id));
    if (mine.length === packages.length)
      return mine.map((row) => ({ ms: row.at - row.accepted_at, sentAt: row.at }));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
