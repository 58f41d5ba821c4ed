/** The two exchanges as one scenario with a final state to compare and an oracle that trusts nobody's word but the ledgers. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createToken } from '../../../src/gateway/access/index.ts';
import { type ApiClient, createApiClient } from '../../../src/gateway/demo/client.ts';
import { drawLetter } from '../../../src/gateway/demo/letter.ts';
import { DEMO, type DemoWorld, startWorld } from '../../../src/gateway/demo/world.ts';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import { listEvents, verifyEventChain } from '../../../src/gateway/evidence/index.ts';
import { openStore, type Store } from '../../../src/gateway/store/index.ts';
import { openTestKey, signPdf } from '../../../src/signing/index.ts';

export interface Scene {
  readonly world: DemoWorld;
  readonly dataDir: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly tokens: { readonly district: string; readonly commune: string };
  store(): Promise<Store>;
  close(): Promise<void>;
}

/** Sets the stage: simulators in this process, agencies and tokens in a fresh store. */
export async function setScene(options: { databaseUrl?: string; amqpUrl?: string } = {}): Promise<Scene> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-e2e-'));
  const world = await startWorld(dataDir, 0, 100);
  const engines = { databaseUrl: options.databaseUrl ?? '', amqpUrl: options.amqpUrl ?? '' };
  const open = (): Promise<Store> => openStore({ dataDir, databaseUrl: engines.databaseUrl, poolSize: 2 });
  const store = await open();
  await saveAgencies(store, world.agencies, Date.now());
  const token = async (agency: string): Promise<string> =>
    (await createToken(store, agency, 'clerk', Date.now())).token;
  const tokens = { district: await token(DEMO.district.code), commune: await token(DEMO.commune.code) };
  await store.close();
  return {
    world,
    dataDir,
    tokens,
    settings: {
      ...world.settings,
      ...engines,
      dataDir,
      pollSeconds: 0.1,
      leaseSeconds: 2,
      redriveSeconds: 2,
      // The simulators answer in milliseconds: what was in hand at the kill is unclear for no longer than this (ADR 032).
      counterpartyTimeoutSeconds: 10,
      retryRungsSeconds: '1,2,5',
      logLevel: 'info',
      ocrJobs: 1,
      workerThreads: 1,
    },
    store: open,
    async close() {
      await world.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What a client sends; sending it again is the same request. */
export interface Scenario {
  readonly number: string;
  readonly key: string;
  readonly letter: Uint8Array;
  readonly copy: Uint8Array;
  readonly dossierCode: string;
}

export async function writeScenario(scene: Scene): Promise<Scenario> {
  const number = String(10_000 + (randomBytes(2).readUInt16BE() % 80_000));
  const letter = await drawLetter({
    superior: 'UBND TỈNH THỬ NGHIỆM',
    agency: 'ỦY BAN NHÂN DÂN HUYỆN MẪU',
    code: `${number}/UBND-VP`,
    placeAndDate: 'Mẫu, ngày 05 tháng 11 năm 2026',
    subject: 'kiểm thử',
    addressee: 'Các đơn vị',
    body: ['Văn bản kiểm thử.'],
    authority: 'TM. ỦY BAN NHÂN DÂN',
    position: 'CHỦ TỊCH',
    signer: 'Nguyễn Văn An',
    recipients: ['Như trên'],
  });
  const clerk = scene.world.pki.identities['agency-ec'];
  if (clerk === undefined) throw new TypeError('no test identity');
  const copy = await signPdf(letter, await openTestKey(clerk), { signingTime: new Date(), profile: 'plain' });
  return {
    number,
    key: randomBytes(8).toString('hex'),
    letter,
    copy,
    dossierCode: `${DEMO.commune.code}-261105-${number.slice(0, 4)}`,
  };
}

function documentForm(scenario: Scenario): FormData {
  const form = new FormData();
  form.set(
    'metadata',
    JSON.stringify({
      from: DEMO.district.code,
      to: [DEMO.department.code, DEMO.ministry.code],
      code: { codeNumber: scenario.number, codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: '2026-11-05',
      typeName: 'Công văn',
      subject: 'V/v kiểm thử',
      signer: { fullName: 'Nguyễn Văn An' },
      sign: [
        { key: 'lanh-dao', profile: 'leader' },
        { key: 'con-dau', profile: 'agency' },
      ],
    }),
  );
  form.set('file', new Blob([Buffer.from(scenario.letter)], { type: 'application/pdf' }), 'cong-van.pdf');
  return form;
}

function dossierForm(scenario: Scenario): FormData {
  const form = new FormData();
  form.set(
    'metadata',
    JSON.stringify({
      agency: DEMO.commune.code,
      code: scenario.dossierCode,
      procedureCode: '2.000488',
      procedureName: 'Cấp Phiếu lý lịch tư pháp',
      fieldCode: 'G15-LV07',
      fieldName: 'Lý lịch tư pháp',
      applicant: { name: 'TRẦN THỊ HỒNG NHUNG', identities: [{ type: 1, number: '048194003271' }] },
      receivedAt: '2026-11-05T08:30:00+07:00',
      form: { form: 1, purpose: 'Bổ sung hồ sơ', copies: 1, gender: 2, birthDate: '1994-09-15' },
      components: [{ name: 'Tờ khai', file: 'to-khai.pdf', digitised: true }],
    }),
  );
  form.set('file', new Blob([Buffer.from(scenario.copy)], { type: 'application/pdf' }), 'to-khai.pdf');
  return form;
}

/** Hands both in, as often as it takes: a client that lost its connection sends the same again under the same key. */
export async function submitBoth(
  scene: Scene,
  scenario: Scenario,
  url: () => string,
  // A minute at 50 ms: on a busy machine a gateway that was killed takes more than ten seconds to come back.
  tries = 1_200,
): Promise<{ packageId: string; dossierPackageId: string }> {
  async function insist(token: string, path: string, form: () => FormData): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await createApiClient(url(), token).send<{ packageId: string }>(path, form(), scenario.key))
          .packageId;
      } catch (cause) {
        const { status } = cause as { status?: number };
        // A 4xx is an answer; anything else (no connection, 5xx) is retried.
        if ((status !== undefined && status < 500) || attempt === tries) throw cause;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  const [packageId, dossierPackageId] = await Promise.all([
    insist(scene.tokens.district, '/api/v1/documents', () => documentForm(scenario)),
    insist(scene.tokens.commune, '/api/v1/dossiers', () => dossierForm(scenario)),
  ]);
  return { packageId, dossierPackageId };
}

/** What everything must come to. */
export interface FinalState {
  readonly deliveries: readonly { recipient: string; state: string; status: string | null }[];
  readonly verdicts: readonly string[];
  readonly dossier: {
    readonly state: number;
    readonly portal: string | null;
    readonly ministry: string | null;
    readonly verdict: string | null;
  };
}

export const EXPECTED: FinalState = {
  deliveries: [
    { recipient: DEMO.ministry.code, state: 'delivered', status: '03' },
    { recipient: DEMO.department.code, state: 'delivered', status: '03' },
  ],
  verdicts: ['TOTAL-PASSED'],
  dossier: { state: 9, portal: '9', ministry: '9', verdict: 'TOTAL-PASSED' },
};

export async function readState(
  scene: Scene,
  scenario: Scenario,
  url: string,
  packageId: string,
): Promise<FinalState> {
  const district: ApiClient = createApiClient(url, scene.tokens.district);
  const commune = createApiClient(url, scene.tokens.commune);
  const detail = await district.get<{
    deliveries: { recipient: string; state: string; status: string | null }[];
    verifications: { verdict: string }[];
  }>(`/api/v1/packages/${packageId}`);
  const dossier = await commune.get<{
    state: number;
    portal: { state: string | null };
    ministry: { state: string | null };
    result: { verdict: string | null } | null;
  }>(`/api/v1/dossiers/${scenario.dossierCode}`);
  return {
    deliveries: detail.deliveries
      .map(({ recipient, state, status }) => ({ recipient, state, status }))
      .sort((a, b) => (a.recipient < b.recipient ? -1 : 1)),
    verdicts: detail.verifications.map(({ verdict }) => verdict),
    dossier: {
      state: dossier.state,
      portal: dossier.portal.state,
      ministry: dossier.ministry.state,
      verdict: dossier.result?.verdict ?? null,
    },
  };
}

/** Waits until the final state is reached; a failure shows what was seen last. */
export async function untilFinal(
  scene: Scene,
  scenario: Scenario,
  url: () => string,
  packageId: string,
  limitMs: number,
): Promise<void> {
  const wanted = JSON.stringify(EXPECTED);
  const deadline = Date.now() + limitMs;
  let seen = 'nothing';
  while (seen !== wanted) {
    if (Date.now() > deadline)
      throw new Error(`final state not reached in ${limitMs} ms\n seen ${seen}\n want ${wanted}`);
    seen = await readState(scene, scenario, url(), packageId).then(JSON.stringify, String);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Reads the counterparties' ledgers and the store's event chains: nothing lost, nothing done twice, nothing altered. */
export async function assertOracle(
  scene: Scene,
  scenario: Scenario,
  packageIds: readonly string[],
): Promise<void> {
  const { nationalAxis, provincialAxis, portal, judicial } = scene.world;
  const documentId = `${DEMO.district.code},2026/11/05,${scenario.number}/UBND-VP`;
  for (const [axis, recipient] of [
    [nationalAxis, DEMO.ministry.code],
    [provincialAxis, DEMO.department.code],
  ] as const) {
    const mine = axis.ledger.entries().filter((entry) => entry.facts?.['documentId'] === documentId);
    expect(
      mine.filter((entry) => entry.kind === 'edoc').map((entry) => entry.to),
      `documents at ${recipient}`,
    ).to.deep.equal([[recipient]]);
    expect(
      mine.filter((entry) => entry.kind === 'status').map((entry) => entry.facts?.['statusCode']),
      `statuses from ${recipient}`,
    ).to.deep.equal(['01', '03']);
  }
  for (const simulator of [portal, judicial])
    expect(
      simulator.ledger.duplicates().filter((entry) => entry.id === scenario.dossierCode),
      'effects done twice',
    ).to.deep.equal([]);
  expect(
    judicial.ledger
      .entries()
      .filter((entry) => entry.kind === 'request' && entry.id === scenario.dossierCode),
    'requests at the ministry',
  ).to.have.length(1);
  const steps = portal.ledger
    .entries()
    .filter((entry) => entry.id === scenario.dossierCode)
    .map((entry) => entry.kind);
  // The ministry may have finished between two looks, so that the step in between was never seen; it is never told twice.
  expect(steps.join(' '), 'calls at the portal').to.match(/^dossier (progress )?dossier-update$/);
  const store = await scene.store();
  try {
    for (const id of packageIds) {
      const pkg = await store.read
        .selectFrom('packages')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      const events = await listEvents(store.read, id);
      expect(verifyEventChain(events, { seq: pkg.event_seq, hash: pkg.event_head }), 'event chain').to.equal(
        null,
      );
      const told = events.filter((event) => event.type.startsWith('status-'));
      const statuses = told.map(
        (event) => `${event.delivery_id} ${(JSON.parse(event.data) as { code: string }).code}`,
      );
      expect(new Set(statuses).size, `each status once on the timeline: ${statuses.join(', ')}`).to.equal(
        statuses.length,
      );
    }
    const same = await store.read
      .selectFrom('packages')
      .select('id')
      .where('document_id', '=', documentId)
      .where('kind', '=', 'document')
      .execute();
    expect(same, 'packages of the document').to.have.length(1);
  } finally {
    await store.close();
  }
}
