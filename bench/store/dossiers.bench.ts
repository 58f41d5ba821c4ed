/** Dossiers taken in per second, five components each by digest, and catalogue search at 15,356 procedures on three levels. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '../../src/gateway/access/index.ts';
import { createProcedureSearch } from '../../src/gateway/catalogue/index.ts';
import { loadConfig } from '../../src/gateway/config.ts';
import { saveAgencies } from '../../src/gateway/directory/index.ts';
import { startGateway } from '../../src/gateway/index.ts';
import {
  type CatalogueRow,
  countIndicators,
  countWall,
  type DossierRow,
  findDossier,
  findDossiersToLookAt,
  insertDossier,
  listDossiers,
  listIndicatorDossiers,
  writeCatalogue,
} from '../../src/gateway/store/index.ts';
import { inParallel, machine, percentile, perSecond } from '../measure.ts';

const AGENCIES = Array.from({ length: 10 }, (_, index) => `000.${String(index + 1).padStart(2, '0')}.32.H99`);
const DOSSIERS = 1_000;
const LANES = 16;
const PROCEDURES = 15_356;
const PROVINCE = 100_150;
const QUERIES = [
  'ly lich tu phap',
  'dang ky khai sinh',
  'cap phep xay dung',
  'the bao hiem',
  'kinh doanh',
  'dat dai 2.0',
  'so 12',
  'khong co gi',
];
const WORDS =
  'cấp đổi đăng ký giấy phép xây dựng khai sinh lý lịch tư pháp đất đai kinh doanh bảo hiểm y tế giáo dục giao thông hộ tịch công chứng môi trường lao động'.split(
    ' ',
  );

const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-ho-so-'));
const flags = { dataDir, port: 0, logLevel: 'silent', workerThreads: 1 };
const gateway = await startGateway(loadConfig({ env: {}, flags }).config);
const { store } = gateway.deps.x;

async function measureDossiers(): Promise<void> {
  await saveAgencies(
    store,
    AGENCIES.map((code) => ({ code, name: code, system: 'inbox' })),
    Date.now(),
  );
  const agencies: { code: string; headers: Record<string, string>; components: object[] }[] = [];
  for (const code of AGENCIES) {
    const { token } = await createToken(store, code, 'system', Date.now());
    const headers = { authorization: `Bearer ${token}` };
    const form = new FormData();
    for (let file = 0; file < 5; file += 1)
      form.append(
        'file',
        new Blob([Buffer.alloc(200_000, `${code}${file}`)], { type: 'application/pdf' }),
        `ban-quet-${file}.pdf`,
      );
    const upload = await fetch(`${gateway.url}/api/v1/files`, { method: 'POST', headers, body: form });
    const { files } = (await upload.json()) as { files: { sha256: string; name: string }[] };
    agencies.push({
      code,
      headers,
      components: files.map(({ sha256, name }) => ({ name, ref: { sha256, name }, digitised: true })),
    });
  }
  const times: number[] = [];
  const seconds = await inParallel(DOSSIERS, LANES, async (n) => {
    const { code, headers, components } = agencies[n % agencies.length] as (typeof agencies)[number];
    const startedAt = performance.now();
    const answer = await fetch(`${gateway.url}/api/v1/dossiers`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        agency: code,
        procedureCode: '1.000001',
        procedureName: 'Thử',
        fieldCode: 'L',
        fieldName: 'L',
        applicant: { name: 'Trần Thị Thử', identities: [{ type: 1, number: '012345678901' }] },
        components,
      }),
    });
    if (answer.status !== 202) throw new Error(`dossier: HTTP ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    times.push(performance.now() - startedAt);
  });
  const ms = (share: number): string => percentile(times, share).toFixed(1);
  process.stdout.write(
    `dossiers, 5 components by digest: ${perSecond(DOSSIERS, seconds).toFixed(0)}/s (target 50/s), p50 ${ms(0.5)} ms, p95 ${ms(0.95)} ms\n`,
  );
}

async function measureSearch(): Promise<void> {
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const name = (): string =>
    Array.from({ length: 6 + random(12) }, () => WORDS[random(WORDS.length)]).join(' ');
  const rows: CatalogueRow[] = [];
  for (let index = 0; index < PROCEDURES; index += 1) {
    const text = name();
    for (const level of ['central', 'province', 'commune'])
      rows.push({
        kind: 'procedure',
        code: `${1 + (index % 2)}.${String(index).padStart(6, '0')}`,
        level,
        name: text,
        parent: `L${index % 40}`,
        parent_name: name(),
        data: '{}',
        sha256: '',
        version: 1,
        changed_at: 1,
        removed_at: null,
      });
  }
  await store.write((tx) => writeCatalogue(tx, rows, []));
  const search = createProcedureSearch(store, Date.now);
  const startedAt = performance.now();
  await search.find('', { limit: 1 });
  const first = performance.now() - startedAt;
  const times: number[] = [];
  for (let round = 0; round < 50; round += 1)
    for (const query of QUERIES) {
      const at = performance.now();
      await search.find(query, { limit: 20 });
      times.push(performance.now() - at);
    }
  process.stdout.write(
    `catalogue search over ${rows.length} lines: p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms (target 50 ms); first question ${first.toFixed(0)} ms\n`,
  );
}

/** A province of three years: 100,150 dossiers, one in fifty still open, each with its sealed data as long as an honest one's. */
async function measureProvince(): Promise<void> {
  const day = 86_400_000;
  const now = Date.now();
  const sealed = 'x'.repeat(1_800);
  let at = 0;
  while (at < PROVINCE) {
    const rows: DossierRow[] = [];
    for (; rows.length < 500 && at < PROVINCE; at += 1) {
      const receivedAt = now - Math.floor(((PROVINCE - at) / PROVINCE) * 3 * 365 * day);
      const isOpen = at % 50 === 0 || now - receivedAt < 5 * day;
      rows.push({
        code: `${AGENCIES[at % AGENCIES.length]}-${new Date(receivedAt).toISOString().slice(2, 10).replaceAll('-', '')}-${String(at).padStart(6, '0')}`,
        agency: AGENCIES[at % AGENCIES.length] as string,
        procedure_code: '1.000001',
        package_id: `pkg_${at}`,
        state: isOpen ? 4 : 9,
        data_sealed: sealed,
        portal_state: '4',
        ministry_system: null,
        ministry_state: null,
        result_sha256: null,
        result_verdict: null,
        next_poll_at: null,
        portal_look_at: isOpen ? now : null,
        portal_seen: null,
        created_at: receivedAt,
        updated_at: receivedAt,
        procedure_name: 'Thủ tục thử',
        received_at: receivedAt,
        due_at: receivedAt + 10 * day,
        finished_at: isOpen ? null : receivedAt + (5 + (at % 7)) * day,
        channel: 1 + (at % 2),
        components: 5,
        digitised: at % 3,
        reused: at % 2,
        results: isOpen ? 0 : 1,
        e_results: isOpen ? 0 : at % 2,
        fee_vnd: 1000,
        paid_vnd: 1000,
        paid_online: at % 2,
        rating: at % 5 === 0 ? 5 : null,
      });
    }
    await store.write(async (tx) => {
      for (const row of rows) await insertDossier(tx, row);
    });
  }
  const span = { from: now - 31 * day, to: now, agencies: null };
  const times = { dayStart: now - (now % day), now, soonBefore: now + 2 * day };
  const questions: readonly (readonly [name: string, ask: () => Promise<unknown>])[] = [
    ['indicators of a month', () => countIndicators(store.read, span)],
    ['indicators of three years', () => countIndicators(store.read, { ...span, from: 0 })],
    [
      'dossiers behind a number',
      () => listIndicatorDossiers(store.read, 'onTime', 'others', span, { after: '', limit: 200 }),
    ],
    ['wall screen', () => countWall(store.read, null, times)],
    ['wall screen of one agency', () => countWall(store.read, [AGENCIES[0] as string], times)],
    ['list of an agency', () => listDossiers(store.read, [AGENCIES[0] as string], { limit: 50 })],
    ['due at the portal', () => findDossiersToLookAt(store.read, now, 50)],
  ];
  const floor = await timeOf(() => findDossier(store.read, 'none'));
  process.stdout.write(
    `province of ${PROVINCE} dossiers; floor, one row by its key: ${floor.toFixed(2)} ms\n`,
  );
  for (const [name, ask] of questions) {
    const ms = await timeOf(ask);
    process.stdout.write(`  ${name}: p50 ${ms.toFixed(1)} ms (${(ms / floor).toFixed(0)} × floor)\n`);
  }
}

/** Middle of nine. */
async function timeOf(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  return percentile(times, 0.5);
}

process.stdout.write(`${machine()}\n`);
if (process.env['ONLY'] === 'province') {
  await measureProvince();
  await gateway.stop();
  await rm(dataDir, { recursive: true, force: true });
  process.exit(0);
}
await measureDossiers();
await measureSearch();
await measureProvince();
await gateway.stop();
await rm(dataDir, { recursive: true, force: true });
