/** `tokens`, `agencies`, `systems`, `config`, `doctor`: they work beside a running server on the same data. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { addVxpSystem, createToken, openSealer, ROLES, type Role, revokeToken } from '../../access/index.ts';
import { type Config, loadConfig } from '../../config.ts';
import {
  AGENCY_SYSTEMS,
  type AgencySystem,
  findAgencies,
  listAgencies,
  saveAgencies,
} from '../../directory/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';

interface DataOptions {
  data?: string;
  config?: string;
  json?: boolean;
}

/** Opens the store that the server of the same settings uses. */
export async function withStore<T>(
  options: DataOptions,
  work: (store: Store, config: Config) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  const store = await openStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, poolSize: 2 });
  try {
    return await work(store, config);
  } finally {
    await store.close();
  }
}

/** Adds the options every command on stored data has. */
export function onData(command: Command): Command {
  return command
    .option('--data <dir>', 'thư mục dữ liệu / data folder')
    .option('--config <file>', 'tệp cấu hình / configuration file')
    .option('--json', 'in JSON');
}

async function makeToken(options: DataOptions & { agency: string; role: Role }): Promise<void> {
  await withStore(options, async (store) => {
    const agency = (await findAgencies(store.read, [options.agency])).get(options.agency);
    if (agency === undefined) {
      throw new CommandError(EXIT.usage, {
        vi: `Chưa có cơ quan ${options.agency}; thêm bằng "lienthong agencies add".`,
        en: `Agency ${options.agency} is not known; add it with "lienthong agencies add".`,
      });
    }
    // Under the directory's own code, whichever generation was typed: inboxes are found by it.
    const { id, token } = await createToken(store, agency.code, options.role, Date.now());
    if (options.json === true) printJson({ id, token, agency: agency.code, role: options.role });
    else printLine(token);
    process.stderr.write('Mã này chỉ hiện một lần; hãy cất giữ an toàn. / Shown once only; keep it safe.\n');
  });
}

async function addAgency(
  options: DataOptions & { code: string; name: string; system: AgencySystem; otherCode?: string },
): Promise<void> {
  await withStore(options, async (store) => {
    await saveAgencies(
      store,
      [
        {
          code: options.code,
          name: options.name,
          system: options.system,
          otherCode: options.otherCode ?? null,
        },
      ],
      Date.now(),
    );
    if (options.json === true) printJson({ code: options.code, name: options.name, system: options.system });
    else printLine(`${options.code}  ${options.name}  (${options.system})`);
  });
}

/** A directory file: `code<TAB>name[<TAB>otherCode]` a line, UTF-8; lines that are no agency are named and nothing is taken. */
async function importAgencies(file: string, options: DataOptions & { system: AgencySystem }): Promise<void> {
  const wrong: number[] = [];
  const agencies = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      const [code = '', name = '', otherCode = ''] = line
        .split('\t')
        .map((cell) => cell.trim().normalize('NFC'));
      if (!/^[0-9A-Za-z.]{2,35}$/.test(code) || name === '') {
        wrong.push(index + 1);
        return [];
      }
      return [{ code, name, otherCode: otherCode === '' ? null : otherCode, system: options.system }];
    });
  if (wrong.length > 0)
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Dòng sai: ${wrong.slice(0, 20).join(', ')}; chưa nhập gì.`,
      en: 'Lines are not "code<TAB>name[<TAB>other code]"; nothing was imported.',
    });
  await withStore(options, (store) => saveAgencies(store, agencies, Date.now()));
  if (options.json === true) printJson({ imported: agencies.length });
  else printLine(`${agencies.length} cơ quan / agencies`);
}

async function showAgencies(options: DataOptions): Promise<void> {
  await withStore(options, async (store) => {
    const rows = await listAgencies(store.read, { limit: 200_000, includeCentres: true });
    if (options.json === true)
      printJson({
        agencies: rows.map(({ code, name, other_code, system }) => ({
          code,
          name,
          otherCode: other_code,
          system,
        })),
      });
    else for (const row of rows) printLine(`${row.code}\t${row.name}\t${row.system}`);
  });
}

async function addSystem(
  options: DataOptions & { id: string; agency: string; secretFile: string; clockWindow?: number },
): Promise<void> {
  await withStore(options, async (store, config) => {
    const secret = readFileSync(options.secretFile, 'utf8').trim();
    if (secret.length < 16)
      throw new CommandError(EXIT.usage, {
        vi: 'Khoá bí mật phải có ít nhất 16 ký tự.',
        en: 'The secret must have at least 16 characters.',
      });
    const agencies = options.agency.split(',').map((code) => code.trim());
    const window = options.clockWindow === undefined ? {} : { windowSeconds: options.clockWindow };
    await addVxpSystem(
      store,
      openSealer(config.dataDir),
      { id: options.id, secret, agencies, ...window },
      Date.now(),
    );
    if (options.json === true) printJson({ id: options.id, agencies });
    else printLine(`${options.id}: ${agencies.join(', ')}`);
  });
}

function wholeSeconds(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, {
    vi: '--clock-window phải là số giây nguyên dương.',
    en: '--clock-window must be a positive whole number of seconds.',
  });
}

function showConfig(options: DataOptions): void {
  const { report } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  if (options.json === true) {
    printJson({ settings: report });
    return;
  }
  for (const { env, value, source, meaning } of report)
    printLine(`${env} = ${value === '' ? '(trống / empty)' : value}  [${source}]\n    ${meaning}`);
}

export function addAdminCommands(program: Command): void {
  const tokens = program.command('tokens').description('Mã truy cập API / API tokens');
  onData(tokens.command('create').description('Tạo mã, in một lần / create a token, printed once'))
    .requiredOption('--agency <code>')
    .addOption(new Option('--role <role>').choices([...ROLES]).makeOptionMandatory())
    .action(makeToken);
  onData(tokens.command('revoke <id>').description('Thu hồi mã / revoke a token')).action(
    async (id: string, options: DataOptions) => {
      const revoked = await withStore(options, (store) => revokeToken(store, id, Date.now()));
      if (revoked && options.json === true) printJson({ id, revoked });
      if (!revoked)
        throw new CommandError(EXIT.failed, {
          vi: `Không có mã ${id} còn hiệu lực.`,
          en: `There is no token ${id} in force.`,
        });
    },
  );
  const agencies = program.command('agencies').description('Danh mục cơ quan / directory of agencies');
  const system = (): Option =>
    new Option('--system <system>', 'đi qua đâu / reached through')
      .choices([...AGENCY_SYSTEMS])
      .default('inbox');
  onData(agencies.command('add').description('Thêm hoặc sửa một cơ quan / add or change an agency'))
    .requiredOption('--code <code>')
    .requiredOption('--name <name>')
    .option('--other-code <code>', 'mã thế hệ kia / the other generation of code')
    .addOption(system())
    .action(addAgency);
  onData(agencies.command('import <file>').description('Nhập danh mục TSV / import a TSV directory'))
    .addOption(system())
    .action(importAgencies);
  onData(agencies.command('list').description('Liệt kê / list')).action(showAgencies);
  const systems = program
    .command('systems')
    .description('Hệ thống văn bản kết nối theo VXP / document systems that speak VXP to us');
  onData(systems.command('add').description('Thêm hoặc sửa / add or change'))
    .requiredOption('--id <systemId>')
    .requiredOption('--agency <codes>', 'mã cơ quan, cách nhau bằng dấu phẩy / agency codes, comma separated')
    .requiredOption('--secret-file <file>')
    .option(
      '--clock-window <seconds>',
      'lệch giờ cho phép; SDK giữ một thời điểm suốt đời đối tượng dịch vụ / how far its clock may be off; the SDK keeps one time as long as its service object lives',
      wholeSeconds,
    )
    .action(addSystem);
  const config = program.command('config').description('Cấu hình / configuration');
  onData(
    config.command('check').description('Mọi thiết lập, ý nghĩa, giá trị, nguồn / every setting'),
  ).action(showConfig);
}
