/** The stage of the fault tests: two axes with ledgers and blobs on disk, a fresh store, gateways as processes, and a faithful client. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type NationalAxis,
  type ProvincialAxis,
  startNationalAxis,
  startProvincialAxis,
} from '../../../src/connectors/index.ts';
import { createToken } from '../../../src/gateway/access/index.ts';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import { openStore, type Store } from '../../../src/gateway/store/index.ts';
import { type GatewayProcess, startGatewayProcess } from '../../e2e/support/gateway-process.ts';
import { AGENCY } from '../../gateway/support/messages.ts';

/** Empty addresses mean the embedded engines. */
export interface Engines {
  readonly databaseUrl: string;
  readonly amqpUrl: string;
  /** Bucket for blobs, with keys; empty or absent: on disk. */
  readonly s3Url?: string;
}

export interface Stage {
  readonly engines: Engines;
  readonly dataDir: string;
  readonly national: NationalAxis;
  readonly provincial: ProvincialAxis;
  /** Where the axes keep the packages they took. */
  readonly axisFolders: { readonly national: string; readonly provincial: string };
  /** Token of the district, which sends everything. */
  readonly token: string;
  /** Gateways running now. */
  readonly running: GatewayProcess[];
  start(settings?: Readonly<Record<string, unknown>>): Promise<GatewayProcess>;
  store(): Promise<Store>;
  close(): Promise<void>;
}

const SECRETS = {
  vxp: 'khoa-truc-quoc-gia-0123456789',
  provincial: 'khoa-truc-tinh-0123456789',
  other: 'khoa-khong-dung-den-0123456789',
};

/** Sets it. `dataDir` for a disk of a kind of its own; it must exist. */
export async function setStage(
  engines: Engines = { databaseUrl: '', amqpUrl: '' },
  folder?: string,
): Promise<Stage> {
  const scratch = await mkdtemp(join(tmpdir(), 'lienthong-faults-'));
  const dataDir = folder ?? join(scratch, 'data');
  await mkdir(dataDir, { recursive: true });
  const local = [AGENCY.district, AGENCY.commune].map(({ code, name }) => ({ code, name }));
  const national = await startNationalAxis({
    dataFile: join(scratch, 'national.jsonl'),
    dir: join(scratch, 'national'),
    systems: [
      { systemId: AGENCY.centre, secret: SECRETS.vxp, agencies: local },
      { systemId: '00.98.W00', secret: SECRETS.other, agencies: [{ ...AGENCY.ministry }] },
    ],
  });
  const provincial = await startProvincialAxis({
    dataFile: join(scratch, 'provincial.jsonl'),
    dir: join(scratch, 'provincial'),
    systems: [
      { systemId: AGENCY.centre, secret: SECRETS.provincial, agencies: local },
      { systemId: '13.99.W00', secret: SECRETS.other, agencies: [{ ...AGENCY.department }] },
    ],
  });
  const open = (): Promise<Store> => openStore({ dataDir, databaseUrl: engines.databaseUrl, poolSize: 2 });
  const store = await open();
  await saveAgencies(
    store,
    [
      { ...AGENCY.district, system: 'inbox' },
      { code: AGENCY.commune.code, name: AGENCY.commune.name, system: 'inbox' },
      { ...AGENCY.department, system: 'provincial' },
      { ...AGENCY.ministry, system: 'vxp' },
    ],
    Date.now(),
  );
  const { token } = await createToken(store, AGENCY.district.code, 'clerk', Date.now());
  await store.close();
  const running: GatewayProcess[] = [];
  return {
    engines,
    dataDir,
    national,
    provincial,
    axisFolders: { national: join(scratch, 'national'), provincial: join(scratch, 'provincial') },
    token,
    running,
    store: open,
    async start(settings = {}) {
      const gateway = await startGatewayProcess({
        ...engines,
        dataDir,
        centreCode: AGENCY.centre,
        vxpUrl: national.baseUrl,
        vxpSystemId: AGENCY.centre,
        vxpSecret: SECRETS.vxp,
        provincialUrl: provincial.url,
        provincialSystemId: AGENCY.centre,
        provincialSecret: SECRETS.provincial,
        pollSeconds: 60,
        leaseSeconds: 2,
        redriveSeconds: 2,
        retryRungsSeconds: '1,2',
        // Longer than an axis on a busy machine takes to write down what came over a connection that died: what it does later is doubled.
        counterpartyTimeoutSeconds: 10,
        // A fault of a minute must not park anything: nobody is there to release it.
        maxAttempts: 60,
        workerThreads: 1,
        ocrJobs: 1,
        logLevel: 'warn',
        ...settings,
      });
      running.push(gateway);
      void gateway.ended.then(() => running.splice(running.indexOf(gateway), 1));
      return gateway;
    },
    async close() {
      const ended = running.map(({ ended: end }) => end);
      for (const gateway of [...running]) gateway.kill('SIGKILL');
      await Promise.all(ended);
      await Promise.all([national.close(), provincial.close()]);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** A word no other run has, for the numbers of documents. */
export function runWord(): string {
  return randomBytes(3).toString('hex').toUpperCase();
}
