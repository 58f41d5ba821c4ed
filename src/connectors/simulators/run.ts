import { randomBytes } from 'node:crypto';
import { startEdocAxis } from './axes/edoc-axis.ts';
import { startNationalAxis } from './axes/national-axis.ts';
import { startProvincialAxis } from './axes/provincial-axis.ts';
import type { AxisSystem } from './axes/state.ts';
import { startSigningService } from './csc/signing-service.ts';
import type { CscCredential } from './csc/vault.ts';
import { startJudicialRecords } from './judicial/judicial-records.ts';
import type { Simulator, SimulatorOptions } from './kit/server.ts';
import { MINISTRY_NAMES, startMinistry } from './ministries/run.ts';
import { startNationalPortalB } from './portal/generation-b.ts';
import { startNationalPortal } from './portal/national-portal.ts';

/** Systems `lienthong simulate` knows. */
export const SIMULATOR_NAMES = [
  'vxp',
  'provincial-axis',
  'edoc-axis',
  'national-portal',
  'national-portal-b',
  'judicial-records',
  'csc',
  ...MINISTRY_NAMES,
] as const;

/** One of {@link SIMULATOR_NAMES}. */
export type SimulatorName = (typeof SIMULATOR_NAMES)[number];

/** Settings of {@link runSimulator}; everything has a default fit for trying things out. */
export interface RunSimulatorOptions extends SimulatorOptions {
  /** Shared key, password or authKey. Default: a random one, told in `settings`. */
  secret?: string;
  /** Axes only: who is connected. Default: three invented agencies, one system each. */
  systems?: AxisSystem[];
  /** Axes only: folder for the packages. Default: memory. */
  dir?: string;
  /** Judicial records only. */
  signResult?: (pdf: Uint8Array) => Promise<Uint8Array>;
  /** Signing service only, and there needed: whose keys it holds. */
  credentials?: readonly CscCredential[];
}

/** A simulator and what a client needs to know to connect; `settings` holds the secret. */
export interface RunningSimulator extends Simulator {
  settings: Record<string, string>;
}

/** Whether a word names a simulator. */
export function isSimulatorName(name: string): name is SimulatorName {
  return (SIMULATOR_NAMES as readonly string[]).includes(name);
}

/** Starts one simulator by name, with invented agencies. */
export async function runSimulator(
  name: SimulatorName,
  options: RunSimulatorOptions = {},
): Promise<RunningSimulator> {
  const secret = options.secret ?? randomBytes(18).toString('base64url');
  if (name === 'vxp') return runAxis(options, secret, startNationalAxis);
  if (name === 'provincial-axis') return runAxis(options, secret, startProvincialAxis);
  if (name === 'edoc-axis') return runAxis(options, secret, startEdocAxis);
  if (name === 'national-portal') return runPortal(options, secret);
  if (name === 'national-portal-b') return runPortalB(options, secret);
  if (name === 'csc') return runSigningService(options, secret);
  if (name === 'judicial-records') return runJudicial(options, secret);
  const { simulator, settings } = await startMinistry(name, options, secret);
  return { ...simulator, settings: { baseUrl: simulator.url, ...settings } };
}

async function runAxis(
  options: RunSimulatorOptions,
  secret: string,
  start: (
    options: SimulatorOptions & { systems: AxisSystem[]; dir?: string },
  ) => Promise<Simulator & { baseUrl?: string }>,
): Promise<RunningSimulator> {
  const systems = options.systems ?? sampleSystems(secret);
  const simulator = await start({ ...options, systems });
  const settings: Record<string, string> = { baseUrl: simulator.baseUrl ?? simulator.url };
  for (const system of systems) settings[`secret of ${system.systemId}`] = system.secret;
  return { ...simulator, settings };
}

function sampleSystems(secret: string): AxisSystem[] {
  const names: [string, string, string][] = [
    ['00.00.G99', '000.00.00.G99', 'Bộ Thử nghiệm'],
    ['00.99.W00', '000.00.00.H99', 'UBND tỉnh Thử nghiệm'],
    ['01.99.W00', '000.00.01.H99', 'Sở Thử nghiệm'],
  ];
  return names.map(([systemId, code, name]) => ({ systemId, secret, agencies: [{ code, name }] }));
}

async function runPortal(options: RunSimulatorOptions, password: string): Promise<RunningSimulator> {
  const account = { username: 'lienthong', password, unitCode: '000.00.00.H99' };
  const procedures = [
    {
      code: '2.000488',
      name: 'Cấp Phiếu lý lịch tư pháp',
      fieldCode: 'G15-LV07',
      fieldName: 'Lý lịch tư pháp',
    },
  ];
  const simulator = await startNationalPortal({ ...options, accounts: [account], procedures });
  return { ...simulator, settings: { baseUrl: simulator.url, ...account } };
}

async function runPortalB(options: RunSimulatorOptions, clientSecret: string): Promise<RunningSimulator> {
  const account = { clientId: 'lienthong', clientSecret };
  const simulator = await startNationalPortalB({ ...options, ...account });
  return { ...simulator, settings: { baseUrl: simulator.url, ...account } };
}

async function runJudicial(options: RunSimulatorOptions, authKey: string): Promise<RunningSimulator> {
  const simulator = await startJudicialRecords({ ...options, provinces: [{ code: '99', authKey }] });
  return { ...simulator, settings: { baseUrl: simulator.url, provinceCode: '99', authKey } };
}

async function runSigningService(options: RunSimulatorOptions, password: string): Promise<RunningSimulator> {
  const username = 'lienthong';
  const credentials = options.credentials ?? [];
  const simulator = await startSigningService({ ...options, username, password, credentials });
  const settings: Record<string, string> = { baseUrl: simulator.baseUrl, username, password };
  for (const { id, pin } of credentials) settings[`PIN of ${id}`] = pin ?? '(none)';
  return { ...simulator, settings };
}
