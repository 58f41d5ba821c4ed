/** A gateway in this process with nothing around it: no counterparty, two agencies connected to it. */
import { createToken, type Role } from '../../../src/gateway/access/index.ts';
import { type Config, loadConfig } from '../../../src/gateway/config.ts';
import { saveAgencies } from '../../../src/gateway/directory/index.ts';
import { type Gateway, startGateway } from '../../../src/gateway/index.ts';
import { type Api, createApi } from './api.ts';
import { temporaryFolder } from './folders.ts';
import { AGENCY } from './messages.ts';

export interface BareGateway {
  readonly gateway: Gateway;
  readonly config: Config;
  readonly dataDir: string;
  as(agency: { code: string }, role?: Role): Promise<Api>;
  close(): Promise<void>;
}

export async function startBareGateway(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<BareGateway> {
  const dataDir = typeof settings['dataDir'] === 'string' ? settings['dataDir'] : temporaryFolder();
  const flags = { dataDir, port: 0, logLevel: 'silent', workerThreads: 1, shutdownSeconds: 4, ...settings };
  const { config } = loadConfig({ env: {}, flags });
  const gateway = await startGateway(config);
  const { store } = gateway.deps.x;
  const agencies = [AGENCY.district, AGENCY.commune].map(({ code, name }) => ({
    code,
    name,
    system: 'inbox' as const,
  }));
  const beyond = { code: AGENCY.ministry.code, name: AGENCY.ministry.name, system: 'vxp' as const };
  await saveAgencies(store, [...agencies, beyond], Date.now());
  return {
    gateway,
    config,
    dataDir,
    async as(agency, role = 'clerk') {
      return createApi(gateway.url, (await createToken(store, agency.code, role, Date.now())).token);
    },
    close: () => gateway.stop(),
  };
}
