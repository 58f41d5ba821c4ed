/** A gateway in this process with real simulators around it, for one test file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createVxpClient,
  type DocumentSystem,
  type NationalAxis,
  type NationalPortal,
  type ProvincialAxis,
  type Simulator,
  startDocumentSystem,
  startJudicialRecords,
  startNationalAxis,
  startNationalPortal,
  startProvincialAxis,
  type VxpClient,
} from '../../../src/connectors/index.ts';
import { createToken, type Role } from '../../../src/gateway/access/index.ts';
import { type Config, loadConfig } from '../../../src/gateway/config.ts';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import { type Gateway, startGateway } from '../../../src/gateway/index.ts';
import { createTestPki, openTestKey, signPdf, type TestPki } from '../../../src/signing/index.ts';
import { type Api, createApi } from './api.ts';
import { temporaryFolder } from './folders.ts';
import { AGENCY, once, sha256 } from './messages.ts';

export const SECRETS = {
  vxp: 'khoa-truc-quoc-gia-0123456789',
  ministry: 'khoa-bo-thu-nghiem-0123456789',
  provincial: 'khoa-truc-tinh-0123456789',
  department: 'khoa-so-noi-vu-0123456789',
  portal: 'mat-khau-cong-dvcqg-0123456789',
  judicial: 'khoa-ly-lich-tu-phap-0123456789',
} as const;

let sharedPki: Promise<TestPki> | undefined;

/** One test PKI for the whole run. */
export function testPki(): Promise<TestPki> {
  sharedPki ??= createTestPki(join(temporaryFolder(), 'pki'));
  return sharedPki;
}

export interface WorldOptions {
  /** More settings of the gateway, over those of the world. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Let the two document systems poll by themselves and answer 01, 03. Default true. */
  readonly recipientsAnswer?: boolean;
  /** Changes the judicial ministry's result before it leaves. Default: signed by the ministry's test key. */
  readonly ministryResult?: (signed: Uint8Array, unsigned: Uint8Array) => Uint8Array;
  readonly resultAfterPulls?: number;
}

export interface World {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly dataDir: string;
  readonly pki: TestPki;
  readonly nationalAxis: NationalAxis;
  readonly provincialAxis: ProvincialAxis;
  readonly portal: NationalPortal;
  readonly judicial: Simulator;
  readonly department: DocumentSystem;
  readonly ministry: DocumentSystem;
  /** The ministry's own connection to the national axis. */
  readonly ministryClient: VxpClient;
  /** The ministry hands a message in at the national axis over it. */
  ministrySends(bytes: Uint8Array, messageType: 'edoc' | 'status'): Promise<void>;
  /** An API client that speaks as this agency. */
  as(agency: { code: string }, role?: Role): Promise<Api>;
  close(): Promise<void>;
}

/** Starts everything; `close` ends it. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = temporaryFolder();
  const pki = await testPki();
  const outside = await startOutside(pki, options);
  await writeKeys(pki, dataDir);
  const { config } = loadConfig({
    env: {},
    flags: { ...settingsFor(outside, dataDir, pki), ...options.settings },
  });
  const gateway = await startGateway(config);
  const { store } = gateway.deps.x;
  await saveAgencies(
    store,
    [
      { code: AGENCY.district.code, name: AGENCY.district.name, system: 'inbox' },
      {
        code: AGENCY.commune.code,
        name: AGENCY.commune.name,
        otherCode: AGENCY.commune.other,
        system: 'inbox',
      },
      { code: AGENCY.department.code, name: AGENCY.department.name, system: 'provincial' },
      { code: AGENCY.locked.code, name: AGENCY.locked.name, system: 'provincial' },
      { code: AGENCY.ministry.code, name: AGENCY.ministry.name, system: 'vxp' },
      { code: AGENCY.centre, name: 'Trung tâm tích hợp', system: 'vxp' },
    ],
    Date.now(),
  );
  const ministryClient = createVxpClient({
    baseUrl: outside.nationalAxis.baseUrl,
    systemId: '00.98.W00',
    secret: SECRETS.ministry,
  });
  return {
    ...outside,
    gateway,
    config,
    dataDir,
    pki,
    ministryClient,
    async ministrySends(bytes, messageType) {
      await ministryClient.sendEdoc({
        body: () => once(bytes),
        sizeBytes: bytes.length,
        sha256: sha256(bytes),
        from: AGENCY.ministry.code,
        messageType,
      });
    },
    async as(agency, role = 'clerk') {
      const { token } = await createToken(store, agency.code, role, Date.now());
      return createApi(gateway.url, token);
    },
    async close() {
      await gateway.stop();
      const { department, ministry, nationalAxis, provincialAxis, portal, judicial } = outside;
      for (const part of [department, ministry, nationalAxis, provincialAxis, portal, judicial])
        await part.close();
    },
  };
}

type Outside = Pick<
  World,
  'nationalAxis' | 'provincialAxis' | 'portal' | 'judicial' | 'department' | 'ministry'
>;

async function startOutside(pki: TestPki, options: WorldOptions): Promise<Outside> {
  const local = [AGENCY.district, AGENCY.commune].map(({ code, name }) => ({ code, name }));
  const nationalAxis = await startNationalAxis({
    systems: [
      { systemId: AGENCY.centre, secret: SECRETS.vxp, agencies: local },
      { systemId: '00.98.W00', secret: SECRETS.ministry, agencies: [{ ...AGENCY.ministry }] },
    ],
  });
  const provincialAxis = await startProvincialAxis({
    systems: [
      { systemId: AGENCY.centre, secret: SECRETS.provincial, agencies: local },
      {
        systemId: '13.99.W00',
        secret: SECRETS.department,
        agencies: [{ ...AGENCY.department }, { ...AGENCY.locked, locked: true }],
      },
    ],
  });
  const portal = await startNationalPortal({
    accounts: [{ username: 'lienthong', password: SECRETS.portal, unitCode: '000.00.00.H99' }],
  });
  const judicial = await startMinistry(pki, options);
  const pollMs = options.recipientsAnswer === false ? 0 : 40;
  const department = await startDocumentSystem({
    axis: {
      kind: 'provincial',
      baseUrl: provincialAxis.url,
      systemId: '13.99.W00',
      secret: SECRETS.department,
    },
    agencyCode: AGENCY.department.code,
    agencyName: AGENCY.department.name,
    pollMs,
  });
  const ministry = await startDocumentSystem({
    axis: { kind: 'vxp', baseUrl: nationalAxis.baseUrl, systemId: '00.98.W00', secret: SECRETS.ministry },
    agencyCode: AGENCY.ministry.code,
    agencyName: AGENCY.ministry.name,
    pollMs,
  });
  return { nationalAxis, provincialAxis, portal, judicial, department, ministry };
}

async function startMinistry(pki: TestPki, options: WorldOptions): Promise<Simulator> {
  const identity = pki.identities['ministry'];
  if (identity === undefined) throw new TypeError('no test identity for the ministry');
  const signer = await openTestKey(identity);
  return startJudicialRecords({
    provinces: [{ code: '99', authKey: SECRETS.judicial }],
    ...(options.resultAfterPulls === undefined ? {} : { resultAfterPulls: options.resultAfterPulls }),
    async signResult(pdf) {
      const signed = await signPdf(pdf, signer, {
        signingTime: new Date(),
        profile: 'plain',
        reason: 'Cấp phiếu',
      });
      return options.ministryResult?.(signed, pdf) ?? signed;
    },
  });
}

/** The district's leader and seal, as `data/keys/keys.json` lists them. */
async function writeKeys(pki: TestPki, dataDir: string): Promise<void> {
  const key = (id: string, identity: string, agency: string, profiles: string[]): object => ({
    id,
    agency,
    profiles,
    p12: pki.identities[identity]?.pkcs12Path,
    passFile: pki.identities[identity]?.passphrasePath,
  });
  await mkdir(join(dataDir, 'keys'), { recursive: true });
  const keys = [
    key('lanh-dao', 'leader', AGENCY.district.code, ['plain']),
    key('con-dau', 'agency', AGENCY.district.code, ['plain', 'agency']),
  ];
  await writeFile(join(dataDir, 'keys', 'keys.json'), JSON.stringify(keys));
}

function settingsFor(outside: Outside, dataDir: string, pki: TestPki): Record<string, unknown> {
  return {
    dataDir,
    port: 0,
    logLevel: 'silent',
    trustDir: pki.directory,
    centreCode: AGENCY.centre,
    pollSeconds: 0.04,
    retryRungsSeconds: '1',
    breakerSeconds: 1,
    redriveSeconds: 2,
    leaseSeconds: 5,
    maxAttempts: 4,
    counterpartyTimeoutSeconds: 5,
    shutdownSeconds: 4,
    workerThreads: 1,
    directorySyncHours: 0,
    vxpUrl: outside.nationalAxis.baseUrl,
    vxpSystemId: AGENCY.centre,
    vxpSecret: SECRETS.vxp,
    provincialUrl: outside.provincialAxis.url,
    provincialSystemId: AGENCY.centre,
    provincialSecret: SECRETS.provincial,
    portalUrl: outside.portal.url,
    portalUsername: 'lienthong',
    portalPassword: SECRETS.portal,
    portalUnit: '000.00.00.H99',
    judicialUrl: outside.judicial.url,
    judicialAuthKey: SECRETS.judicial,
    judicialProvince: '99',
    judicialProvinceName: 'Tỉnh Thử Nghiệm',
  };
}
