/**
 * The mail of an outage: LIENTHONG_BENCH_ARRIVALS documents (1,000) that wait at the national axis, until all are in their inbox, beside a
 * plain client that fetches and acknowledges them one after another and keeps nothing. Once as fast as the simulated axis
 * answers, once with every answer 100 ms late, as over a network from an axis at work.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVxpClient, startNationalAxis, type VxpClient } from '../../src/connectors/index.ts';
import { saveAgencies } from '../../src/gateway/directory/index.ts';
import { openStore, type Store } from '../../src/gateway/store/index.ts';
import { startGatewayProcess } from '../../test/e2e/support/gateway-process.ts';
import { AGENCY, letter, wire } from '../../test/gateway/support/messages.ts';
import { inParallel, machine, perSecond } from '../measure.ts';

const COUNT = Number(process.env['LIENTHONG_BENCH_ARRIVALS'] ?? 1_000);
/** What the plain client fetches: enough to know its pace. */
const FLOOR_COUNT = 50;
const CENTRE = '00.99.W00';
const FILE = { name: 'van-ban.txt', bytes: Buffer.from('Nội dung văn bản. '.repeat(400)) };

async function send(client: VxpClient): Promise<void> {
  const { code, name } = AGENCY.ministry;
  const body = await wire(
    letter([AGENCY.district.code], {
      from: { organId: code, organName: name },
      traceHeaders: [{ organId: code, timestamp: '2026-11-20T08:00:00+07:00' }],
    }),
    [FILE],
  );
  const sha256 = createHash('sha256').update(body).digest('hex');
  await client.sendEdoc({
    body: async function* () {
      yield body;
    },
    bytes: body,
    sizeBytes: body.length,
    sha256,
    from: code,
    messageType: 'edoc',
  });
}

async function available(store: Store): Promise<number> {
  const row = await store.read
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', '=', 'available')
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Documents a second that a client takes which does one thing after another. */
async function plainPace(client: VxpClient): Promise<number> {
  const startedAt = performance.now();
  const list = (await client.listReceived({ messageType: 'edoc' })).slice(0, FLOOR_COUNT);
  for (const { docId } of list) {
    for await (const _ of await client.getEdoc(docId)) {
      // Read to the end.
    }
    await client.updateStatus(docId, 'processing');
  }
  return perSecond(list.length, (performance.now() - startedAt) / 1000);
}

async function measure(lateMs: number, databaseUrl: string): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  const [secret, theirs] = ['bench-secret-of-the-centre', 'bench-secret-of-the-ministry'];
  const axis = await startNationalAxis({
    dir: join(dataDir, 'axis'),
    systems: [
      { systemId: CENTRE, secret, agencies: [AGENCY.district] },
      { systemId: '00.98.W00', secret: theirs, agencies: [AGENCY.ministry] },
    ],
  });
  const client = (systemId: string, own: string): VxpClient =>
    createVxpClient({ baseUrl: axis.baseUrl, systemId, secret: own });
  await inParallel(COUNT, 8, () => send(client('00.98.W00', theirs)));
  const store = await openStore({ dataDir, databaseUrl, poolSize: 4 });
  await saveAgencies(
    store,
    [
      { ...AGENCY.district, system: 'inbox' },
      { ...AGENCY.ministry, system: 'vxp' },
    ],
    Date.now(),
  );
  if (lateMs > 0) axis.behaviour.set({ mode: 'slow', delayMs: lateMs });
  const floor = await plainPace(client(CENTRE, secret));
  const before = await available(store);
  const gateway = await startGatewayProcess({
    dataDir,
    databaseUrl,
    amqpUrl: databaseUrl === '' ? '' : (process.env['AMQP_URL'] ?? ''),
    centreCode: CENTRE,
    directorySyncHours: 0,
    vxpUrl: axis.baseUrl,
    vxpSystemId: CENTRE,
    vxpSecret: secret,
    pollSeconds: 1,
    logLevel: 'warn',
  });
  const startedAt = performance.now();
  while ((await available(store)) < before + COUNT) await new Promise((resolve) => setTimeout(resolve, 100));
  const pace = perSecond(COUNT, (performance.now() - startedAt) / 1000);
  gateway.kill('SIGTERM');
  await gateway.ended;
  await store.close();
  await axis.close();
  await rm(dataDir, { recursive: true, force: true });
  const engines = databaseUrl === '' ? 'SQLite' : 'PostgreSQL + RabbitMQ';
  return `| ${engines} | ${lateMs} | ${COUNT} | ${floor.toFixed(0)} | ${pace.toFixed(0)} | ${(pace / floor).toFixed(1)} |`;
}

const lines = [
  `Machine: ${machine()}.`,
  '',
  '| engines | answers late by, ms | documents | one after another, documents/s | taken in, documents/s | ratio |',
  '|---|---|---|---|---|---|',
];
for (const databaseUrl of ['', process.env['DATABASE_URL'] ?? '']) {
  for (const lateMs of [0, 100]) lines.push(await measure(lateMs, databaseUrl));
  if ((process.env['DATABASE_URL'] ?? '') === '') break;
}
process.stdout.write(`${lines.join('\n')}\n`);
