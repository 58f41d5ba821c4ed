/** Documents through the whole gateway: accepted per second, and from acceptance to the receipt of the national axis. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createToken } from '../../src/gateway/access/index.ts';
import { createAmqpBus, createEmbeddedBus } from '../../src/gateway/bus/index.ts';
import { DEMO, startWorld } from '../../src/gateway/demo/world.ts';
import { saveAgencies } from '../../src/gateway/directory/index.ts';
import { openStore } from '../../src/gateway/store/index.ts';
import { startGatewayProcess } from '../../test/e2e/support/gateway-process.ts';
import { type CpuUse, cpuPerDocument, cpuUse } from '../cpu.ts';
import { atRate, inParallel, percentile, perSecond } from '../measure.ts';
import { measureBareRelay } from './bare.ts';
import { measureFloor } from './floor.ts';
import { createLeanClient } from './lean-client.ts';

/** Times of documents on their way, ms. */
export interface Latencies {
  readonly acceptP50Ms: number;
  readonly acceptP95Ms: number;
  /** From acceptance to the receipt of the national axis. */
  readonly receiptP50Ms: number;
  readonly receiptP95Ms: number;
  /** The longest time in which the clients and simulators themselves, which share one thread, did nothing. */
  readonly meterPauseMs: number;
}

/** One configuration's figures. */
export interface DocumentFigures extends Latencies {
  readonly name: string;
  readonly floorPerSecond: number;
  /** Documents accepted a second by the least a gateway could be, with the same clients. */
  readonly barePerSecond: number;
  /** Closed loop: each client sends its next document when the one before is accepted. */
  readonly documents: number;
  readonly acceptedPerSecond: number;
  readonly deliveredPerSecond: number;
  /** Statuses of recipients taken in meanwhile. */
  readonly statuses: number;
  /** CPU milliseconds per document, by part. */
  readonly cpu: CpuUse;
  /** Open loop: documents come at a steady rate. */
  readonly steady: readonly (Latencies & { readonly perSecond: number; readonly cpu: CpuUse })[];
}

/** Documents of the closed loop; with LIENTHONG_BENCH_SECONDS as many as go in that time. */
const SECONDS = Number(process.env['LIENTHONG_BENCH_SECONDS'] ?? Number.POSITIVE_INFINITY);
const COUNT = Number.isFinite(SECONDS)
  ? Number.MAX_SAFE_INTEGER
  : Number(process.env['LIENTHONG_BENCH_DOCUMENTS'] ?? 1000);
const FLOOR_COUNT = 1000;
/** Clients of the closed loop. */
export const LANES = Number(process.env['LIENTHONG_BENCH_CLIENTS'] ?? 16);
/** How often the simulated recipients fetch their mail and answer it with statuses; by default after the run. */
const RECIPIENTS_FETCH_MS = Number(process.env['LIENTHONG_BENCH_FETCH_MS'] ?? 86_400_000);
/** With recipients that answer, the axis is looked at every second, too. */
const POLL_SECONDS = process.env['LIENTHONG_BENCH_FETCH_MS'] === undefined ? 60 : 1;
/** A province's half million documents a year, most of them in the same 500 hours, is 0.3 a second; the others look for the limit. */
const STEADY_PER_SECOND = (process.env['LIENTHONG_BENCH_RATES'] ?? '20,50,100,150,200')
  .split(',')
  .map(Number);
/** The gateway's code is compiled to machine code while it runs; figures are taken after that. */
const WARM_UP = 1500;
/** A long run says how it goes on, so that a rate that falls is seen. */
const WINDOW_MS = 10_000;
const STEADY_SECONDS = 15;
const METER_STEP_MS = 10;
/** The open loop waits for no answer, and for no connection as far as it can be. */
const OPEN_LOOP_CONNECTIONS = 64;

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
  // The recipients' systems fetch nothing while it is measured: what their statuses cost is not a document's.
  const world = await startWorld(dataDir, 0, RECIPIENTS_FETCH_MS);
  const pdf = smallPdf();
  const store = await openStore({ dataDir, databaseUrl: engines.databaseUrl, poolSize: 16 });
  const bus =
    engines.amqpUrl === ''
      ? createEmbeddedBus({})
      : await createAmqpBus({ url: engines.amqpUrl, clientName: 'bench floor' });
  await measureFloor(store, bus, pdf, FLOOR_COUNT, LANES); // warm-up
  const floorPerSecond = await measureFloor(store, bus, pdf, FLOOR_COUNT, LANES);
  await bus.close();
  const barePerSecond = await measureBareRelay(dataDir, engines.databaseUrl, pdf, FLOOR_COUNT, LANES);
  await saveAgencies(store, world.agencies, Date.now());
  const { token } = await createToken(store, DEMO.district.code, 'clerk', Date.now());

  const gateway = await startGatewayProcess(
    { ...world.settings, ...engines, dataDir, pollSeconds: POLL_SECONDS, logLevel: 'warn' },
    nodeOptions,
  );
  const client = createLeanClient(gateway.url, token, Math.max(LANES, OPEN_LOOP_CONNECTIONS));
  let batch = 0;
  /** One load: `drive` calls its argument for each document. */
  async function load(
    drive: (one: (n: number) => Promise<void>) => Promise<unknown>,
  ): Promise<Latencies & { packages: number; seconds: number; lastSentAt: number }> {
    batch += 1;
    const accepts: number[] = [];
    const packages: string[] = [];
    const pauses = monitorEventLoopDelay({ resolution: METER_STEP_MS });
    pauses.enable();
    const loadedAt = Date.now();
    const startedAt = performance.now();
    await drive(async (n) => {
      const sentAt = performance.now();
      packages.push(await client.send(metadataOf(batch, n), pdf));
      accepts.push(performance.now() - sentAt);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    pauses.disable();
    const receipts = await waitForReceipts(store, packages, loadedAt);
    const waits = receipts.map(({ ms }) => ms);
    return {
      packages: packages.length,
      seconds,
      lastSentAt: receipts.reduce((last, { sentAt }) => Math.max(last, sentAt), 0),
      acceptP50Ms: percentile(accepts, 0.5),
      acceptP95Ms: percentile(accepts, 0.95),
      receiptP50Ms: percentile(waits, 0.5),
      receiptP95Ms: percentile(waits, 0.95),
      meterPauseMs: pauses.max / 1e6,
    };
  }

  await load((one) => inParallel(WARM_UP, LANES, one));
  const statusesBefore = await countStatuses(store);
  const startedAt = Date.now();
  const pid = gateway.child.pid ?? 0;
  const before = cpuUse(pid);
  let done = 0;
  const windows = Number.isFinite(SECONDS) ? sayWindows(pid, () => done) : undefined;
  const closed = await load((one) =>
    inParallel(
      COUNT,
      LANES,
      async (n) => {
        await one(n);
        done += 1;
      },
      SECONDS,
    ),
  );
  clearInterval(windows);
  const statuses = (await countStatuses(store)) - statusesBefore;
  const cpu = cpuPerDocument(before, cpuUse(pid), closed.packages);
  const steady: DocumentFigures['steady'][number][] = [];
  for (const perSecond of STEADY_PER_SECOND) {
    const before = cpuUse(pid);
    const figures = await load((one) => atRate(STEADY_SECONDS * perSecond, perSecond, one));
    steady.push({ perSecond, ...figures, cpu: cpuPerDocument(before, cpuUse(pid), figures.packages) });
  }
  const result: DocumentFigures = {
    ...closed,
    name,
    floorPerSecond,
    barePerSecond,
    documents: closed.packages,
    statuses,
    acceptedPerSecond: perSecond(closed.packages, closed.seconds),
    deliveredPerSecond: perSecond(closed.packages, (closed.lastSentAt - startedAt) / 1000),
    cpu,
    steady,
  };
  client.close();
  gateway.kill('SIGTERM');
  await gateway.ended;
  await store.close();
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
  return result;
}

async function countStatuses(store: Awaited<ReturnType<typeof openStore>>): Promise<number> {
  const { n } = await store.read
    .selectFrom('packages')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('kind', '=', 'status')
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** Says every ten seconds how many documents went through and what one cost. */
function sayWindows(gatewayPid: number, done: () => number): NodeJS.Timeout {
  const startedAt = performance.now();
  let last = { done: 0, at: startedAt, cpu: cpuUse(gatewayPid) };
  return setInterval(() => {
    const now = { done: done(), at: performance.now(), cpu: cpuUse(gatewayPid) };
    const documents = now.done - last.done;
    const parts = Object.entries(cpuPerDocument(last.cpu, now.cpu, documents));
    const cpu = parts.map(([part, ms]) => `${part} ${ms.toFixed(1)}`).join(', ');
    const rate = perSecond(documents, (now.at - last.at) / 1000);
    const seconds = ((now.at - startedAt) / 1000).toFixed(0);
    process.stderr.write(`  ${seconds} s: ${rate.toFixed(0)} documents/s; ms of CPU each: ${cpu}\n`);
    last = now;
  }, WINDOW_MS);
}

function metadataOf(batch: number, n: number): object {
  return {
    from: DEMO.district.code,
    to: [DEMO.ministry.code],
    code: { codeNumber: String(n + 1), codeNotation: `B${batch}-DK` },
    place: 'Mẫu',
    promulgationDate: '2026-11-05',
    typeName: 'Công văn',
    subject: 'V/v đo kiểm',
    sign: [{ key: 'con-dau', profile: 'plain' }],
  };
}

async function waitForReceipts(
  store: Awaited<ReturnType<typeof openStore>>,
  packages: readonly string[],
  since: number,
): Promise<{ ms: number; sentAt: number }[]> {
  for (;;) {
    const rows = await store.read
      .selectFrom('events')
      .innerJoin('packages', 'packages.id', 'events.package_id')
      .select(['events.at', 'packages.accepted_at', 'packages.id'])
      .where('events.type', '=', 'sent')
      .where('packages.accepted_at', '>=', since)
      .execute();
    const wanted = new Set(packages);
    const mine = rows.filter((row) => wanted.has(row.id));
    if (mine.length === packages.length)
      return mine.map((row) => ({ ms: row.at - row.accepted_at, sentAt: row.at }));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
