/** `serve` and `simulate`: the long-running commands. */
import { generateKeyPair, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Command, Option } from 'commander';
import type { CscCredential } from '../../connectors/index.ts';
import { loadConfig } from '../config.ts';
import { CommandError, EXIT, printLine } from './exit-codes.ts';

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
  });
}

interface ServeOptions {
  data?: string;
  port?: string;
  host?: string;
  config?: string;
  demo?: boolean;
  demoExit?: boolean;
}

async function serve(options: ServeOptions): Promise<void> {
  const flags = { dataDir: options.data, port: options.port, host: options.host };
  if (options.demo === true) {
    const { runDemo } = await import('../demo/index.ts');
    await runDemo({
      flags,
      configFile: options.config,
      exitWhenDone: options.demoExit === true,
      until: untilSignal,
    });
    return;
  }
  const { config } = loadConfig({ flags, file: options.config });
  const { startGateway } = await import('../compose.ts');
  const gateway = await startGateway(config);
  printLine(`Liên Thông: ${gateway.url}`);
  await untilSignal();
  await gateway.stop();
}

/** A leader's key and an agency's for the simulated signing service, certified by an authority made for this run alone. */
async function trialCredentials(): Promise<CscCredential[]> {
  const { createTestPki, issueCertificate } = await import('../../signing/index.ts');
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-csc-'));
  const { authorities } = await createTestPki(folder);
  await rm(folder, { recursive: true, force: true });
  const day = 86_400_000;
  const people = [
    {
      id: 'lanh-dao',
      profile: 'leader',
      commonName: 'Nguyễn Văn An - CHỈ DÙNG THỬ',
      uid: 'CCCD:001080000001',
    },
    { id: 'co-quan', profile: 'agency', commonName: 'Sở Thử Nghiệm - CHỈ DÙNG THỬ', uid: 'MST:0100000001' },
  ] as const;
  return Promise.all(
    people.map(async ({ id, profile, commonName, uid }) => {
      const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      const leaf = await issueCertificate(
        {
          subject: { commonName, organization: 'Sở Thử Nghiệm', uid },
          publicKey,
          profile,
          notBefore: new Date(Date.now() - day),
          notAfter: new Date(Date.now() + 365 * day),
        },
        authorities.sub,
      );
      const certificates = [leaf, authorities.sub.certificate, authorities.root.certificate];
      const pin = String(randomInt(100_000, 1_000_000));
      return { id, key: privateKey, certificates, pin, otp: id === 'lanh-dao' };
    }),
  );
}

async function simulate(system: string, options: { port: string; data?: string }): Promise<void> {
  const { isSimulatorName, runSimulator, SIMULATOR_NAMES } = await import('../../connectors/index.ts');
  if (!isSimulatorName(system)) {
    throw new CommandError(EXIT.usage, {
      vi: `Không có bộ mô phỏng "${system}". Có: ${SIMULATOR_NAMES.join(', ')}.`,
      en: `There is no simulator "${system}".`,
    });
  }
  const simulator = await runSimulator(system, {
    port: Number(options.port),
    ...(system === 'csc' ? { credentials: await trialCredentials() } : {}),
    ...(options.data === undefined ? {} : { dataDir: options.data }),
  });
  printLine(`${system}: ${simulator.url}`);
  for (const [name, value] of Object.entries(simulator.settings)) printLine(`  ${name} = ${value}`);
  await untilSignal();
  await simulator.close();
}

export function addServeCommands(program: Command): void {
  program
    .command('serve')
    .description('Chạy trục / run the gateway')
    .option('--data <dir>', 'thư mục dữ liệu / data folder (default ./data)')
    .option('--port <n>', 'cổng / port (default 8080)')
    .option('--host <address>', 'địa chỉ / address (default 127.0.0.1)')
    .option('--config <file>', 'tệp cấu hình JSON / JSON configuration file')
    .option(
      '--demo',
      'kèm PKI thử, các hệ thống mô phỏng và hai lượt trao đổi mẫu / with a test PKI, simulators and two real exchanges',
    )
    .addOption(new Option('--demo-exit', 'end after the two exchanges').hideHelp())
    .action(serve);
  program
    .command('simulate <system>')
    .description('Chạy một hệ thống mô phỏng / run one simulated counterparty')
    .option('--port <n>', 'cổng / port', '0')
    .option('--data <dir>', 'thư mục giữ sổ ghi / folder for its ledger')
    .action(simulate);
}
