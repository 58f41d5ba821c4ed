/** `replay`: sends a recorded package or dossier again, to simulators or a test system, to see what would happen. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Config } from '../../config.ts';
import type { ReplayedPackage, TestSystem } from '../../replay/index.ts';
import { openBlobs, type Store } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { onData, withStore } from '../stored/admin.ts';

interface ReplayOptions {
  data?: string;
  config?: string;
  json?: boolean;
  against?: string;
  system: 'vxp' | 'provincial';
  id: string;
  secretFile?: string;
}

async function testSystemOf(options: ReplayOptions, config: Config): Promise<TestSystem | undefined> {
  const { against: url, system, id: systemId, secretFile } = options;
  if (url === undefined) return undefined;
  const { whyReal } = await import('../../replay/index.ts');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CommandError(EXIT.usage, {
      vi: `${url} không phải địa chỉ http(s).`,
      en: `${url} is no http(s) address.`,
    });
  const real = whyReal(url, config);
  if (real !== undefined) throw new CommandError(EXIT.usage, real);
  if (secretFile === undefined)
    throw new CommandError(EXIT.usage, {
      vi: 'Dùng --against thì cần --secret-file.',
      en: '--against needs --secret-file.',
    });
  try {
    return { system, url, systemId, secret: (await readFile(secretFile, 'utf8')).trim() };
  } catch (cause) {
    const text = { vi: `Không đọc được tệp ${secretFile}.`, en: `Can't read ${secretFile}.` };
    throw new CommandError(EXIT.unreadableInput, text, { cause });
  }
}

const MARKS = { accepted: '✓', kept: '·', refused: '✗', failed: '✗', 'not-possible': '?' } as const;

function print({ packageId, kind, code, deliveries }: ReplayedPackage): void {
  printLine(`${packageId} (${kind}) ${code}`);
  for (const { outcome, recipient, system, vi, en, remoteId, code: fault, state } of deliveries) {
    const number = remoteId === null ? '' : ` [${remoteId}]`;
    printLine(`  ${MARKS[outcome]} ${recipient} qua / by ${system}: ${vi}${number}`);
    printLine(`      ${en}${fault === null ? '' : ` (${fault})`}; đã ghi / recorded: ${state}`);
  }
}

async function replay(id: string, options: ReplayOptions, setExit: SetExit): Promise<void> {
  await withStore(options, async (store, config) => {
    const testSystem = await testSystemOf(options, config);
    const tmpDir = await mkdtemp(join(config.dataDir, 'replay-'));
    try {
      await run(id, { store, config, tmpDir }, testSystem, options, setExit);
    } finally {
      await rm(tmpDir, { recursive: true, force: true });
    }
  });
}

async function run(
  id: string,
  at: { store: Store; config: Config; tmpDir: string },
  testSystem: TestSystem | undefined,
  options: ReplayOptions,
  setExit: SetExit,
): Promise<void> {
  const { recordedPackages, replayPackages } = await import('../../replay/index.ts');
  const packages = await recordedPackages(at.store, id);
  if (packages.length === 0)
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Không có gói tin hay hồ sơ ${id}.`,
      en: `There is no package or dossier ${id}.`,
    });
  const blobs = await openBlobs(at.config);
  const result = await replayPackages({ ...at, blobs }, packages, testSystem, (one) => {
    if (options.json !== true) print(one);
  }).finally(() => blobs.close());
  if (options.json === true) printJson({ id, ...result });
  else
    printLine(
      result.passed
        ? 'Gửi lại được hết / all would be taken (không gửi tới hệ thống thật nào / nothing went to a real system)'
        : 'Có nơi không nhận / some would not be taken (không gửi tới hệ thống thật nào / nothing went to a real system)',
    );
  if (!result.passed) setExit(EXIT.failed);
}

export function addReplayCommand(program: Command, setExit: SetExit): void {
  onData(
    program
      .command('replay <id>')
      .description(
        'Gửi thử lại một gói tin hay hồ sơ đã ghi, tới hệ thống mô phỏng / send a recorded package or dossier again, to simulators',
      ),
  )
    .option(
      '--against <url>',
      'một hệ thống thử thay cho bộ mô phỏng / a test system instead of the simulator',
    )
    .addOption(
      new Option('--system <system>', 'hệ thống --against đóng vai / which system --against stands for')
        .choices(['vxp', 'provincial'])
        .default('vxp'),
    )
    .option('--id <systemId>', 'mã hệ thống của ta ở đó / our system id there', 'lienthong.replay')
    .option('--secret-file <file>', 'khoá bí mật ở đó / the secret there')
    .action((id: string, options: ReplayOptions) => replay(id, options, setExit));
}
