/** `agencies add | import | list | search | remove | sync`: the directory, beside a running server on the same data. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openDirectorySource } from '../../counterparties/directory.ts';
import {
  AGENCY_SYSTEMS,
  type AgencySystem,
  agencyPages,
  deactivateAgency,
  findAgencies,
  isAgencySystem,
  type NewAgency,
  saveAgencies,
  searchAgencies,
  syncAgencies,
} from '../../directory/index.ts';
import type { AgencyRow } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { type DataOptions, onData, withStore } from './admin.ts';
import { addPolicyCommand } from './policy.ts';

interface AddOptions extends DataOptions {
  code: string;
  name: string;
  system: AgencySystem;
  otherCode?: string;
  validUntil?: string;
}

async function add(options: AddOptions): Promise<void> {
  const { code, name, system, otherCode, validUntil } = options;
  const agency: NewAgency = {
    code,
    name,
    system,
    otherCode: otherCode ?? null,
    validUntil: validUntil ?? null,
  };
  await withStore(options, (store) => saveAgencies(store, [agency], Date.now()));
  if (options.json === true) printJson({ code, name, system });
  else printLine(`${code}  ${name}  (${system})`);
}

/**
 * A directory file: `code<TAB>name[<TAB>otherCode[<TAB>validUntil]]` a line, UTF-8; lines that are no agency are named and
 * nothing is taken.
 */
async function importFile(file: string, options: DataOptions & { system: AgencySystem }): Promise<void> {
  const wrong: number[] = [];
  const agencies = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      const agency = agencyOf(line, options.system);
      if (agency === null) wrong.push(index + 1);
      return agency === null ? [] : [agency];
    });
  if (wrong.length > 0)
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Dòng sai: ${wrong.slice(0, 20).join(', ')}; chưa nhập gì.`,
      en: 'Lines are not "code<TAB>name[<TAB>other code[<TAB>last day]]"; nothing was imported.',
    });
  await withStore(options, (store) => saveAgencies(store, agencies, Date.now()));
  if (options.json === true) printJson({ imported: agencies.length });
  else printLine(`${agencies.length} cơ quan / agencies`);
}

function agencyOf(line: string, system: AgencySystem): NewAgency | null {
  const cells = line.split('\t').map((cell) => cell.trim().normalize('NFC'));
  const [code = '', name = '', otherCode = '', validUntil = ''] = cells;
  if (!/^[0-9A-Za-z.]{2,35}$/.test(code) || name === '') return null;
  if (validUntil !== '' && !isDay(validUntil)) return null;
  return { code, name, otherCode: otherCode || null, validUntil: validUntil || null, system };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

function lineOf(row: AgencyRow) {
  const { code, name, other_code: otherCode, system } = row;
  return { code, name, otherCode, system };
}

async function list(options: DataOptions): Promise<void> {
  await withStore(options, async (store) => {
    const agencies: ReturnType<typeof lineOf>[] = [];
    for await (const page of agencyPages(store.read, { limit: 1_000, includeCentres: true })) {
      if (options.json === true) agencies.push(...page.map(lineOf));
      else for (const row of page) printLine(`${row.code}\t${row.name}\t${row.system}`);
    }
    if (options.json === true) printJson({ agencies });
  });
}

async function search(words: readonly string[], options: DataOptions & { limit: number }): Promise<void> {
  await withStore(options, async (store) => {
    const rows = await searchAgencies(store.read, words.join(' '), { limit: options.limit });
    if (options.json === true) printJson({ agencies: rows.map(lineOf) });
    else for (const row of rows) printLine([row.code, row.other_code ?? '', row.name, row.system].join('\t'));
  });
}

async function remove(code: string, options: DataOptions): Promise<void> {
  const removed = await withStore(options, async (store) => {
    const row = (await findAgencies(store.read, [code])).get(code);
    return row !== undefined && (await deactivateAgency(store, row.code, Date.now()));
  });
  if (!removed)
    throw new CommandError(EXIT.failed, {
      vi: `Không có cơ quan ${code} còn hiệu lực.`,
      en: `There is no agency ${code} in force.`,
    });
  if (options.json === true) printJson({ code, removed });
  else printLine(`${code}: đã ngừng hiệu lực / out of force`);
}

async function sync(options: DataOptions & { force?: boolean }, setExit: SetExit): Promise<void> {
  await withStore(options, async (store, config) => {
    const source = openDirectorySource(config);
    if (source === null)
      throw new CommandError(EXIT.usage, {
        vi: 'Chưa cấu hình trục văn bản quốc gia (LIENTHONG_VXP_URL).',
        en: 'No national axis is configured (LIENTHONG_VXP_URL).',
      });
    const share = options.force === true ? { maxRemovedShare: 1 } : {};
    const outcome = await syncAgencies(store, source.pages(), {
      system: source.system,
      now: Date.now(),
      ...share,
    });
    if (options.json === true) printJson(outcome);
    else
      printLine(
        `${outcome.listed} cơ quan / listed: +${outcome.added} ~${outcome.changed} -${outcome.removed}${
          outcome.heldBack === 0 ? '' : `; giữ lại / held back: ${outcome.heldBack} (--force)`
        }`,
      );
    if (outcome.heldBack > 0) setExit(EXIT.failed);
  });
}

const SYSTEM_WORDS = `${AGENCY_SYSTEMS.join(', ')}, hoặc tên trong / or a name of LIENTHONG_AMQP_SYSTEMS`;

function count(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('1 – 99999');
}

export function addAgencyCommands(program: Command, setExit: SetExit): void {
  const agencies = program.command('agencies').description('Danh mục cơ quan / directory of agencies');
  const system = (): Option =>
    new Option('--system <system>', `đi qua đâu / reached through: ${SYSTEM_WORDS}`)
      .argParser((word) => {
        if (isAgencySystem(word)) return word;
        throw new InvalidArgumentError(SYSTEM_WORDS);
      })
      .default('inbox');
  onData(agencies.command('add').description('Thêm hoặc sửa một cơ quan / add or change an agency'))
    .requiredOption('--code <code>')
    .requiredOption('--name <name>')
    .option('--other-code <code>', 'mã thế hệ kia / the other generation of code')
    .option(
      '--valid-until <day>',
      'ngày cuối còn hiệu lực / last day in force, yyyy-MM-dd',
      (day: string) => {
        if (isDay(day)) return day;
        throw new InvalidArgumentError('yyyy-MM-dd');
      },
    )
    .addOption(system())
    .action(add);
  onData(agencies.command('import <file>').description('Nhập danh mục TSV / import a TSV directory'))
    .addOption(system())
    .action(importFile);
  onData(agencies.command('list').description('Liệt kê / list')).action(list);
  onData(
    agencies
      .command('search <words...>')
      .description('Tìm theo mã hoặc tên, không cần dấu / find by code or name, marks aside'),
  )
    .option('--limit <n>', 'số dòng / lines', count, 20)
    .action(search);
  onData(
    agencies.command('remove <code>').description('Ngừng hiệu lực một cơ quan / take one out of force'),
  ).action(remove);
  addPolicyCommand(agencies);
  onData(
    agencies
      .command('sync')
      .description('Đồng bộ danh mục từ trục quốc gia / take over the national axis’ directory'),
  )
    .option('--force', 'chấp nhận cả khi nhiều cơ quan biến mất / even when many agencies vanish')
    .action((options) => sync(options, setExit));
}
