/** The counterparties of a replay: simulators on this machine, or one test system the operator names. Never a configured one. */
import { randomBytes } from 'node:crypto';
import {
  type AxisSystem,
  type Simulator,
  startEdocAxis,
  startJudicialRecords,
  startNationalAxis,
  startNationalPortal,
  startNationalPortalB,
  startProvincialAxis,
} from '../../connectors/index.ts';
import type { DossierMessage } from '../../packages/index.ts';
import type { Config } from '../config.ts';
import { openCounterparties, openPortalClient } from '../counterparties/open.ts';
import type { Counterparty } from '../exchange/index.ts';
import type { BlobStore } from '../store/index.ts';

/** An agency on one end of what is replayed. */
export interface ReplayParty {
  readonly code: string;
  readonly name: string;
}

/** A test system in place of the simulator of `system`. */
export interface TestSystem {
  readonly system: 'vxp' | 'provincial';
  readonly url: string;
  readonly systemId: string;
  readonly secret: string;
}

/** What stands there. */
export interface StandOptions {
  readonly config: Config;
  readonly blobs: BlobStore;
  readonly tmpDir: string;
  /** Who sends and who receives: the simulated axes know these agencies and no other. */
  readonly senders: readonly ReplayParty[];
  readonly recipients: readonly ReplayParty[];
  readonly testSystem?: TestSystem;
  historyOf(code: string, packageId: string): Promise<DossierMessage[]>;
}

/** Systems a replay can stand in for. */
export interface Stand {
  readonly counterparties: ReadonlyMap<string, Counterparty>;
  close(): Promise<void>;
}

/** An address nobody listens on: the simulated portal is given it for files and does not fetch them. */
const NO_FILES = 'http://127.0.0.1:9/replay/';
const UNIT = '000.00.00.H99';

/** Starts the simulators. Every address of the settings is replaced, so that no real system can be reached by mistake. */
export async function openStand(options: StandOptions): Promise<Stand> {
  const { config, blobs, tmpDir, senders, recipients, testSystem, historyOf } = options;
  const started: Simulator[] = [];
  const secret = randomBytes(24).toString('base64url');
  const systemId = config.provincialSystemId || 'lienthong.replay';
  const known = new Set(senders.map(({ code }) => code));
  const others = recipients.filter(({ code }) => !known.has(code));
  const systems: AxisSystem[] = [{ systemId, secret, agencies: [...senders] }];
  async function start<T extends Simulator>(starting: Promise<T>): Promise<T> {
    const simulator = await starting;
    started.push(simulator);
    return simulator;
  }
  const close = async (): Promise<void> => {
    await Promise.all(started.map((simulator) => simulator.close()));
  };
  try {
    const vxp = await start(startNationalAxis({ systems, recipients: others }));
    const isEdoc = config.provincialDriver === 'edoc';
    const provincialUrl = isEdoc
      ? (await start(startEdocAxis({ systems, agencies: others }))).baseUrl
      : (await start(startProvincialAxis({ systems, agencies: others }))).url;
    const unitCode = config.portalUnit || UNIT;
    const account = { username: 'lienthong', password: secret, unitCode };
    const portal =
      config.portalGeneration === 'B'
        ? await start(startNationalPortalB({ clientId: account.username, clientSecret: secret }))
        : await start(startNationalPortal({ accounts: [account] }));
    const province = config.judicialProvince || '99';
    const judicial = await start(startJudicialRecords({ provinces: [{ code: province, authKey: secret }] }));
    const trial: Config = {
      ...config,
      vxpUrl: vxp.baseUrl,
      vxpSystemId: systemId,
      vxpSecret: secret,
      provincialUrl,
      provincialSystemId: systemId,
      provincialSecret: secret,
      provincialUsername: '',
      portalUrl: portal.url,
      portalUsername: account.username,
      portalPassword: secret,
      portalUnit: unitCode,
      portalDestination: '',
      portalPaths: '',
      judicialUrl: judicial.url,
      judicialAuthKey: secret,
      judicialProvince: province,
      judicialProvinceName: config.judicialProvinceName || 'Thử',
      ...(testSystem === undefined ? {} : settingsFor(testSystem)),
    };
    const outgoing = () => ({ blobs, tmpDir, centreCode: config.centreCode, now: Date.now() });
    const parts = { blobs, historyOf, fileUrl: (sha256: string) => NO_FILES + sha256 };
    const counterparties = openCounterparties(trial, outgoing, parts, openPortalClient(trial));
    return { counterparties, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

function settingsFor({ system, url, systemId, secret }: TestSystem): Partial<Config> {
  return system === 'vxp'
    ? { vxpUrl: url, vxpSystemId: systemId, vxpSecret: secret }
    : { provincialUrl: url, provincialSystemId: systemId, provincialSecret: secret };
}

/** Hosts of the state's own networks and of its axis' adapter: nothing is tried out there. */
const REAL_HOSTS = /(^|\.)(gov\.vn|ngsp\.gov\.vn|vxpdungchung\.vnpt\.vn)$/i;

/** Why an address may not be used for trying things out; undefined when it may. */
export function whyReal(url: string, config: Config): { vi: string; en: string } | undefined {
  const { hostname, host } = new URL(url);
  if (REAL_HOSTS.test(hostname))
    return { vi: `${hostname} là hệ thống thật.`, en: `${hostname} is a real system.` };
  const configured = [config.vxpUrl, config.provincialUrl, config.portalUrl, config.judicialUrl];
  if (configured.some((one) => one !== '' && new URL(one).host === host))
    return {
      vi: `${host} là đối tác đang dùng trong cấu hình; chỉ chạy lại với hệ thống thử.`,
      en: `${host} is a counterparty of the settings; replays go to test systems only.`,
    };
  return undefined;
}
