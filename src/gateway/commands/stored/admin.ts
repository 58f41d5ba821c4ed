/** `tokens`, `systems`, `config`, `doctor`: they work beside a running server on the same data. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { addVxpSystem, createToken, openSealer, ROLES, type Role, revokeToken } from '../../access/index.ts';
import { type Config, loadConfig } from '../../config.ts';
import { findAgencies } from '../../directory/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';

/** Options of every command on stored data. */
export interface DataOptions {
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

async function makeToken(
  options: DataOptions & { person?: string; personId?: string; agency: string; role: Role },
): Promise<void> {
  await withStore(options, async (store) => {
    const agency = (await findAgencies(store.read, [options.agency])).get(options.agency);
    if (agency === undefined) {
      throw new CommandError(EXIT.usage, {
        vi: `Chưa có cơ quan ${options.agency}; thêm bằng "lienthong agencies add".`,
        en: `Agency ${options.agency} is not known; add it with "lienthong agencies add".`,
      });
    }
    // Under the directory's own code, whichever generation was typed: inboxes are found by it.
    const person =
      options.person === undefined ? null : { name: options.person, id: options.personId ?? null };
    const { id, token } = await createToken(store, agency.code, options.role, Date.now(), person);
    if (options.json === true) printJson({ id, token, agency: agency.code, role: options.role });
    else printLine(token);
    process.stderr.write('Mã này chỉ hiện một lần; hãy cất giữ an toàn. / Shown once only; keep it safe.\n');
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
    // It may register them itself, so this is no fault yet.
    const known = await findAgencies(store.read, agencies);
    const unknown = agencies.filter((code) => !known.has(code));
    if (options.json === true) printJson({ id: options.id, agencies, unknown });
    else printLine(`${options.id}: ${agencies.join(', ')}`);
    if (unknown.length > 0)
      process.stderr.write(
        `Danh mục chưa có ${unknown.join(', ')}; không ai gửi đến được cho tới khi thêm bằng "lienthong agencies add", hoặc hệ thống ấy tự đăng ký. / ` +
          `The directory does not have ${unknown.join(', ')}; nobody can send there until it is added by "lienthong agencies add", or that system registers it.\n`,
      );
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
    .option('--person <name>', 'họ tên cán bộ / name of the officer')
    .option('--person-id <id>', 'CCCD:… như trên chứng thư số / as in their certificate')
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
