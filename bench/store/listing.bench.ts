/**
 * Lists and searches among 1,000,000 packages (LIENTHONG_BENCH_PACKAGES for another number) on SQLite and, where DATABASE_URL is set, on
 * PostgreSQL; prints p50 and p95 per question. Rows are written in bulk, not through the gateway; the index by the gateway's own code.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import {
  findPackagePage,
  indexPackages,
  listInbox,
  listPackages,
  numberedDocuments,
  openStore,
  type PackageRow,
  type Queries,
  type Store,
  searchPackages,
} from '../../src/gateway/store/index.ts';
import { machine, percentile } from '../measure.ts';

const PACKAGES = Number(process.env['LIENTHONG_BENCH_PACKAGES'] ?? 1_000_000);
const STEP = 5_000;
const ROUNDS = 40;
const AGENCIES = Array.from({ length: 700 }, (_, n) => `000.${n % 90}.${n}.H53`);
/** A province's office sends and receives far more than a commune. */
const BIG = AGENCIES[0] ?? '';
const SMALL = AGENCIES[500] ?? '';
const COMMON =
  'về việc ban hành kế hoạch triển khai thực hiện công tác báo cáo kết quả năm trên địa bàn tỉnh quyết định phê duyệt đề án'.split(
    ' ',
  );
const SYLLABLES = 'an binh chau dong giang hoa khanh lam minh ngoc phuoc quang son thanh vinh xuan'.split(
  ' ',
);
const STATES = ['delivered', 'delivered', 'delivered', 'in-progress', 'done'];

/** A small generator whose numbers are the same in every run. */
let seed = 42;
function random(below: number): number {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return Math.floor((seed / 2 ** 32) * below);
}

/** Few agencies have most of the mail. */
function someAgency(): string {
  return AGENCIES[Math.floor(AGENCIES.length * (random(1_000_000) / 1_000_000) ** 3)] ?? BIG;
}

function subject(n: number): string {
  const common = Array.from({ length: 9 }, () => COMMON[random(COMMON.length)]);
  const rare = Array.from(
    { length: 2 },
    () => `${SYLLABLES[random(16)]}${SYLLABLES[random(16)]}${random(8)}`,
  );
  return [...common, ...rare, n % 50_000 === 7 ? 'lũ ống' : ''].join(' ').trim();
}

function rowsFrom(
  start: number,
  count: number,
): { packages: PackageRow[]; deliveries: Record<string, unknown>[] } {
  const packages: PackageRow[] = [];
  const deliveries: Record<string, unknown>[] = [];
  for (let n = start; n < start + count; n += 1) {
    const id = `pkg_${n.toString(32).padStart(26, '0')}`;
    const sender = someAgency();
    const at = 1_700_000_000_000 + n * 30_000;
    const state = n % 20_000 === 3 ? 'attention' : (STATES[random(STATES.length)] ?? 'done');
    packages.push({
      id,
      kind: n % 2_000 === 11 ? 'result' : 'document',
      sender,
      sender_name: `UBND ${sender}`,
      origin: n % 3 === 0 ? 'vxp' : 'api',
      document_id: id,
      document_key: id,
      request_sha256: id,
      payload_sha256: id,
      size: 10_000,
      subject: subject(n),
      code: `${n % 5_000}/QĐ-UBND`,
      priority: 0,
      urgency: 'normal',
      state,
      metadata: '{"kind":"document"}',
      correlates: null,
      dossier_code: null,
      accepted_at: at,
      updated_at: at,
      event_seq: 0,
      event_head: '0',
      payload_removed_at: null,
      further_of: null,
    });
    deliveries.push({
      id: `dlv_${n.toString(32).padStart(26, '0')}`,
      package_id: id,
      seq: n,
      recipient: someAgency(),
      recipient_name: 'Nơi nhận',
      system: 'inbox',
      state: state === 'attention' ? 'parked' : 'delivered',
      urgency: 'normal',
      order_key: id,
      attempts: 1,
      created_at: at,
      updated_at: at,
    });
  }
  return { packages, deliveries };
}

/** Rows as one JSON text: the fastest way both engines share. */
async function insertAll(
  tx: Queries,
  table: string,
  rows: readonly Record<string, unknown>[],
  kind: Store['kind'],
) {
  const columns = Object.keys(rows[0] ?? {});
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const text = JSON.stringify(rows);
  if (kind === 'postgres')
    return sql`INSERT INTO ${sql.table(table)} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${sql.table(table)}, ${text}::json)`.execute(
      tx,
    );
  const cells = sql.join(columns.map((column) => sql`value ->> ${sql.lit(column)}`));
  return sql`INSERT INTO ${sql.table(table)} (${names}) SELECT ${cells} FROM json_each(${text})`.execute(tx);
}

async function fill(store: Store): Promise<void> {
  let indexMs = 0;
  const startedAt = performance.now();
  for (let n = 0; n < PACKAGES; n += STEP) {
    const { packages, deliveries } = rowsFrom(n, Math.min(STEP, PACKAGES - n));
    await store.write(async (tx) => {
      await insertAll(tx, 'packages', packages as unknown as Record<string, unknown>[], store.kind);
      await insertAll(tx, 'deliveries', deliveries, store.kind);
      const before = performance.now();
      await indexPackages(tx, packages, deliveries as never);
      indexMs += performance.now() - before;
    });
    if (n % 100_000 === 0) process.stderr.write(`  ${n} …\n`);
  }
  if (store.kind === 'postgres') await sql`ANALYZE`.execute(store.read);
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(
    `${store.kind}: ${PACKAGES} packages written in ${seconds.toFixed(0)} s; into the index ${((indexMs * 1000) / PACKAGES).toFixed(0)} µs a package\n\n`,
  );
}

type Ask = (tx: Queries, before: string | undefined) => Promise<{ rows: readonly unknown[] }>;

const page = (more: object = {}) => ({ direction: 'both' as const, limit: 50, ...more });
const list =
  (agencies: string[] | null, more: object): Ask =>
  async (tx, before) => ({
    rows: await listPackages(tx, { agencies }, { limit: 50, before, ...more }),
  });
const seen =
  (agency: string, more: object): Ask =>
  async (tx, before) => ({
    rows: await findPackagePage(tx, [agency], page({ before, ...more })),
  });
const everything =
  (more: object): Ask =>
  async (tx, before) => ({
    rows: await findPackagePage(tx, null, page({ kind: 'main', before, ...more })),
  });
const search =
  (agencies: string[] | null, text: string, more: object = {}): Ask =>
  (tx, before) =>
    searchPackages(tx, agencies, text, page({ before, ...more }));

const QUESTIONS: readonly (readonly [string, Ask])[] = [
  ['list: all', list(null, {})],
  ['list: all, state attention', list(null, { state: 'attention' })],
  ['list: all, kind result', list(null, { kind: 'result' })],
  ['list: all, kind and state with no match', list(null, { kind: 'result', state: 'attention' })],
  ['list: all, from axes, attention', everything({ direction: 'received', state: 'attention' })],
  ['list: a large agency', seen(BIG, {})],
  ['list: a large agency, attention', seen(BIG, { state: 'attention' })],
  ['list: a large agency, kind result', seen(BIG, { kind: 'result' })],
  ['list: a small agency', seen(SMALL, {})],
  ['list: a small agency, attention', seen(SMALL, { state: 'attention' })],
  ['inbox of a large agency', async (tx) => ({ rows: await listInbox(tx, BIG, 400_000, 50) })],
  [
    'documents of a large agency by their number',
    async (tx) => ({ rows: await numberedDocuments(tx, [BIG], '1234/QĐ-UBND').execute() }),
  ],
  ['search: all, common words', search(null, 've viec ban hanh ke hoach')],
  ['search: all, a rare word', search(null, 'lu ong')],
  ['search: all, a number and notation', search(null, '1234/QĐ-UBND')],
  ['search: all, common and rare', search(null, 'quyet dinh phe duyet anbinh3')],
  ['search: all, a word begun', search(null, 'ke hoach anb')],
  ['search: all, common words and attention', search(null, 'ke hoach', { state: 'attention' })],
  ['search: a large agency, common words', search([BIG], 'bao cao ket qua')],
  ['search: a large agency, a number', search([BIG], '1234/QĐ-UBND')],
  ['search: a small agency, common words', search([SMALL], 'bao cao ket qua nam')],
  ['search: a small agency, a rare word', search([SMALL], 'anbinh3')],
  ['search: two rare words that never meet', search(null, 'anbinh3 vinhxuan7')],
  ['search: nothing', search(null, 'khongcogi')],
];

async function measure(store: Store): Promise<void> {
  process.stdout.write('| question | rows | p50, ms | p95, ms |\n|---|---|---|---|\n');
  for (const [name, ask] of QUESTIONS) {
    const times: number[] = [];
    let rows = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // First pages and pages from anywhere.
      const n = Math.floor((PACKAGES * ((round * 7) % ROUNDS)) / ROUNDS);
      const before = round % 2 === 0 ? undefined : `pkg_${n.toString(32).padStart(26, '0')}`;
      const startedAt = performance.now();
      const found = await ask(store.read, before);
      times.push(performance.now() - startedAt);
      rows = Math.max(rows, found.rows.length);
    }
    process.stdout.write(
      `| ${name} | ${rows} | ${percentile(times, 0.5).toFixed(1)} | ${percentile(times, 0.95).toFixed(1)} |\n`,
    );
  }
  process.stdout.write('\n');
}

process.stdout.write(`Machine: ${machine()}.\n\n`);
for (const databaseUrl of ['', process.env['DATABASE_URL'] ?? '']) {
  if (databaseUrl === '' && process.argv.includes('--postgres')) continue;
  if (databaseUrl !== '' && process.argv.includes('--sqlite')) continue;
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  const store = await openStore({ dataDir, databaseUrl, poolSize: 4 });
  try {
    await fill(store);
    await measure(store);
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
  if ((process.env['DATABASE_URL'] ?? '') === '') break;
}
