/** The stage of the document bench: a test PKI, one key, a simulated axis, a fresh store, and the gateway as a process. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '../src/gateway/access/index.ts';
import { DEMO } from '../src/gateway/demo/world.ts';
import { saveAgencies } from '../src/gateway/directory/index.ts';
import { openStore, type Store } from '../src/gateway/store/index.ts';
import { createTestPki, openTestKey, type Signer } from '../src/signing/index.ts';
import { type GatewayProcess, startGatewayProcess } from '../test/e2e/support/gateway-process.ts';

/** Empty addresses mean the embedded engines. */
export interface Engines {
  readonly databaseUrl: string;
  readonly amqpUrl: string;
}

export interface BenchScene {
  readonly store: Store;
  readonly token: string;
  readonly signer: Signer;
  readonly axis: ChildProcess;
  readonly ledgerFile: string;
  start(
    nodeOptions?: readonly string[],
    settings?: Readonly<Record<string, unknown>>,
  ): Promise<GatewayProcess>;
  close(): Promise<void>;
}

export async function setBenchScene(engines: Engines): Promise<BenchScene> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  const pki = await createTestPki(join(dataDir, 'pki'));
  const identity = pki.identities['agency-district'];
  if (identity === undefined) throw new TypeError('no test identity for the agency');
  await mkdir(join(dataDir, 'keys'), { recursive: true });
  await mkdir(join(dataDir, 'simulators'), { recursive: true });
  const key = {
    id: 'con-dau',
    agency: DEMO.district.code,
    profiles: ['plain'],
    p12: identity.pkcs12Path,
    passFile: identity.passphrasePath,
  };
  await writeFile(join(dataDir, 'keys', 'keys.json'), JSON.stringify([key]));
  const secret = randomBytes(24).toString('base64url');
  const axis = fork(new URL('./axis-process.ts', import.meta.url), [join(dataDir, 'simulators'), secret], {
    execArgv: ['--import=tsx'],
  });
  const [{ baseUrl }] = (await once(axis, 'message')) as [{ baseUrl: string }];
  const store = await openStore({ dataDir, databaseUrl: engines.databaseUrl, poolSize: 16 });
  await saveAgencies(
    store,
    [
      { ...DEMO.district, system: 'inbox' },
      { ...DEMO.ministry, system: 'vxp' },
    ],
    Date.now(),
  );
  const { token } = await createToken(store, DEMO.district.code, 'clerk', Date.now());
  return {
    store,
    token,
    axis,
    signer: await openTestKey(identity),
    ledgerFile: join(dataDir, 'simulators', 'national-axis.jsonl'),
    start: (nodeOptions = [], settings = {}) =>
      startGatewayProcess(
        {
          ...engines,
          dataDir,
          trustDir: pki.directory,
          centreCode: DEMO.centre,
          vxpUrl: baseUrl,
          vxpSystemId: DEMO.centre,
          vxpSecret: secret,
          pollSeconds: 60,
          logLevel: 'warn',
          ...settings,
        },
        nodeOptions,
      ),
    async close() {
      axis.disconnect();
      await once(axis, 'exit');
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
