/** The demo's world: a test PKI, agencies, and counterparties that are real HTTP servers on their own ports. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
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
} from '../../connectors/index.ts';
import {
  createTestPki,
  drawSealPng,
  drawSignaturePng,
  openTestKey,
  readCertificates,
  readCrls,
  signPdf,
  type TestPki,
  verifyFile,
} from '../../signing/index.ts';
import type { NewAgency } from '../directory/index.ts';
import type { KeyEntry } from '../workers/index.ts';

/** Codes of the demo; all agencies are invented. */
export const DEMO = {
  district: { code: '000.00.32.H99', name: 'Ủy ban nhân dân huyện Mẫu' },
  commune: { code: '000.21.32.H99', name: 'Ủy ban nhân dân phường Mẫu' },
  department: { code: '000.00.13.H99', name: 'Sở Nội vụ tỉnh Thử Nghiệm' },
  ministry: { code: '000.00.00.G98', name: 'Văn phòng Bộ Thử Nghiệm' },
  centre: '00.99.W00',
} as const;

/** Everything outside the gateway. */
export interface DemoWorld {
  readonly pki: TestPki;
  readonly nationalAxis: NationalAxis;
  readonly provincialAxis: ProvincialAxis;
  readonly portal: NationalPortal;
  readonly judicial: Simulator;
  readonly recipients: { readonly department: DocumentSystem; readonly ministry: DocumentSystem };
  readonly agencies: readonly NewAgency[];
  /** Settings that point the gateway at all of it. */
  readonly settings: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** The wanted port, or any free one when it is taken. */
async function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)));
  });
}

/** A line of keys.json, as an operator would write it. */
type DemoKey = Omit<KeyEntry, 'kind' | 'address'> & { readonly p12: string };

function keyEntry(
  pki: TestPki,
  id: string,
  agency: { code: string; name: string },
  profiles: KeyEntry['profiles'],
  holder?: string,
): DemoKey {
  const identity = pki.identities[id];
  if (identity === undefined) throw new TypeError(`no test identity ${id}`);
  return {
    id,
    agency: agency.code,
    agencyName: agency.name,
    profiles,
    p12: identity.pkcs12Path,
    passFile: identity.passphrasePath,
    ...(holder === undefined ? {} : { holder }),
  };
}

/** Keys of the demo's officers and agencies. */
async function writeKeys(pki: TestPki, dataDir: string): Promise<void> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'chu-ky.png'), drawSignaturePng('Nguyễn Văn An'));
  await writeFile(join(folder, 'con-dau.png'), drawSealPng(DEMO.district.name));
  const keys: DemoKey[] = [
    {
      ...keyEntry(pki, 'leader-district', DEMO.district, ['leader', 'plain'], 'Nguyễn Văn An'),
      id: 'lanh-dao',
      imagePng: 'chu-ky.png',
    },
    {
      ...keyEntry(pki, 'agency-district', DEMO.district, ['agency', 'appendix', 'copy', 'plain', 'incoming']),
      id: 'con-dau',
      imagePng: 'con-dau.png',
    },
    { ...keyEntry(pki, 'agency-ec', DEMO.commune, ['copy', 'agency', 'plain']), id: 'mot-cua' },
  ];
  await writeFile(join(folder, 'keys.json'), `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
}

/** Starts the world. `basePort` 0: free ports; else the five ports after it when they are free. */
export async function startWorld(dataDir: string, basePort: number, pollMs: number): Promise<DemoWorld> {
  const pki = await createTestPki(join(dataDir, 'pki'));
  await writeKeys(pki, dataDir);
  const ledgers = join(dataDir, 'simulators');
  await mkdir(ledgers, { recursive: true, mode: 0o700 });
  const secret = (): string => randomBytes(24).toString('base64url');
  const port = (offset: number): Promise<number> =>
    basePort === 0 ? Promise.resolve(0) : freePort(basePort + offset);
  const secrets = {
    vxp: secret(),
    ministry: secret(),
    provincial: secret(),
    department: secret(),
    portal: secret(),
    judicial: secret(),
  };
  const local = [DEMO.district, DEMO.commune].map((agency) => ({ ...agency }));
  const nationalAxis = await startNationalAxis({
    port: await port(1),
    dataFile: join(ledgers, 'national-axis.jsonl'),
    dir: join(ledgers, 'national-axis'),
    systems: [
      { systemId: DEMO.centre, secret: secrets.vxp, agencies: local },
      { systemId: '00.98.W00', secret: secrets.ministry, agencies: [{ ...DEMO.ministry }] },
    ],
  });
  const provincialAxis = await startProvincialAxis({
    port: await port(2),
    dataFile: join(ledgers, 'provincial-axis.jsonl'),
    dir: join(ledgers, 'provincial-axis'),
    systems: [
      { systemId: DEMO.centre, secret: secrets.provincial, agencies: local },
      { systemId: '13.99.W00', secret: secrets.department, agencies: [{ ...DEMO.department }] },
    ],
  });
  const portal = await startNationalPortal({
    port: await port(3),
    dataFile: join(ledgers, 'national-portal.jsonl'),
    accounts: [{ username: 'lienthong', password: secrets.portal, unitCode: '000.00.00.H99' }],
  });
  const ministry = pki.identities['ministry'];
  if (ministry === undefined) throw new TypeError('no test identity for the ministry');
  const ministrySigner = await openTestKey(ministry);
  const judicial = await startJudicialRecords({
    port: await port(4),
    dataFile: join(ledgers, 'judicial-records.jsonl'),
    provinces: [{ code: '99', authKey: secrets.judicial }],
    signResult: (pdf) =>
      signPdf(pdf, ministrySigner, {
        signingTime: new Date(),
        profile: 'plain',
        reason: 'Cấp Phiếu lý lịch tư pháp',
      }),
  });
  const trust = {
    trust: readCertificates(ministrySigner.chain.at(-1) ?? new Uint8Array()),
    ...(await readRevocation(pki)),
  };
  const verify = async (bytes: Uint8Array, name: string): Promise<{ verdict: string }> =>
    verifyFile({ name, bytes }, { ...trust, now: new Date(), offline: true });
  const recipients = {
    department: await startDocumentSystem({
      axis: {
        kind: 'provincial',
        baseUrl: provincialAxis.url,
        systemId: '13.99.W00',
        secret: secrets.department,
      },
      agencyCode: DEMO.department.code,
      agencyName: DEMO.department.name,
      verify,
      pollMs,
      port: await port(5),
    }),
    ministry: await startDocumentSystem({
      axis: { kind: 'vxp', baseUrl: nationalAxis.baseUrl, systemId: '00.98.W00', secret: secrets.ministry },
      agencyCode: DEMO.ministry.code,
      agencyName: DEMO.ministry.name,
      verify,
      pollMs,
      port: await port(6),
    }),
  };
  const running = [
    recipients.department,
    recipients.ministry,
    nationalAxis,
    provincialAxis,
    portal,
    judicial,
  ];
  return {
    pki,
    nationalAxis,
    provincialAxis,
    portal,
    judicial,
    recipients,
    agencies: [
      ...local.map((agency): NewAgency => ({ ...agency, system: 'inbox' })),
      { ...DEMO.department, system: 'provincial' },
      { ...DEMO.ministry, system: 'vxp' },
    ],
    settings: {
      trustDir: pki.directory,
      centreCode: DEMO.centre,
      directorySyncHours: 0,
      vxpUrl: nationalAxis.baseUrl,
      vxpSystemId: DEMO.centre,
      vxpSecret: secrets.vxp,
      provincialUrl: provincialAxis.url,
      provincialSystemId: DEMO.centre,
      provincialSecret: secrets.provincial,
      portalUrl: portal.url,
      portalUsername: 'lienthong',
      portalPassword: secrets.portal,
      portalUnit: '000.00.00.H99',
      judicialUrl: judicial.url,
      judicialAuthKey: secrets.judicial,
      judicialProvince: '99',
      judicialProvinceName: 'Tỉnh Thử Nghiệm',
    },
    async close() {
      await Promise.allSettled(running.map((simulator) => simulator.close()));
    },
  };
}

async function readRevocation(pki: TestPki): Promise<{ intermediates: Uint8Array[]; crls: Uint8Array[] }> {
  const { readdir, readFile } = await import('node:fs/promises');
  const read = async (folder: string, parse: (bytes: Uint8Array) => Uint8Array[]): Promise<Uint8Array[]> =>
    (
      await Promise.all(
        (await readdir(folder)).map(async (name) => parse(await readFile(join(folder, name)))),
      )
    ).flat();
  return {
    intermediates: await read(pki.intermediatesDirectory, readCertificates),
    crls: await read(pki.crlDirectory, readCrls),
  };
}
