/** `trust`: which certificates the gateway takes as anchors, who let them in, and until when they hold. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type Config, loadConfig } from '../../config.ts';
import { PINS } from '../../pki/pins.ts';
import {
  daysLeft,
  expiryLevel,
  importCertificates,
  KNOWN_SETS,
  listEntries,
  listSets,
  matches,
  readChanges,
  removeCertificate,
  setNames,
  type TrustEntry,
  TrustError,
} from '../../trust/index.ts';
import { trustRoot } from '../../trust/root.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import { readInput } from '../inputs.ts';
import { onData } from '../stored/admin.ts';

interface TrustOptions {
  data?: string;
  config?: string;
  json?: boolean;
  set?: string;
  fingerprint?: string;
  by?: string;
  note?: string;
}

function settingsOf(options: TrustOptions): { config: Config; root: string } {
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  return { config, root: trustRoot(config) };
}

/** Refusals of the trust sets as refusals of the command. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    const code = cause.code === 'TRUST_FILE_UNREADABLE' ? EXIT.unreadableInput : EXIT.failed;
    throw new CommandError(code, { vi: cause.vi, en: `${cause.en} [${cause.code}]` }, { cause });
  }
}

function who(options: TrustOptions): string {
  return options.by ?? userInfo().username;
}

/** An entry as printed: without its octets, with the days left. */
function shown(entry: TrustEntry) {
  const { set, pin, role, sha256, subject, notBefore, notAfter, how, by, at, note } = entry;
  const end = Date.parse(notAfter);
  return {
    ...{ set, pin, role, sha256, subject, notBefore, notAfter, how, by, at, note },
    daysLeft: daysLeft(end, Date.now()),
    expiry: expiryLevel(end, Date.now()),
  };
}

function printEntry(entry: TrustEntry): void {
  const { daysLeft: days, expiry } = shown(entry);
  const end = entry.notAfter.slice(0, 10);
  const warning =
    expiry === 'expired' ? '  HẾT HẠN / EXPIRED' : expiry === 'ok' ? '' : `  còn ${days} ngày / days left`;
  printLine(`${entry.set}  ${entry.role}  ${entry.pin ?? '-'}  ${entry.sha256}`);
  printLine(`    ${entry.subject}`);
  printLine(
    `    → ${end}${warning}; ${entry.how}, ${entry.by}, ${entry.at}${entry.note === '' ? '' : `, ${entry.note}`}`,
  );
}

async function importFile(file: string, options: TrustOptions): Promise<void> {
  const { config, root } = settingsOf(options);
  const bytes = await readInput(file);
  const entries = await told(() =>
    importCertificates(root, {
      bytes,
      set: options.set,
      fingerprint: options.fingerprint,
      by: who(options),
      note: options.note,
      now: new Date(),
    }),
  );
  if (options.json === true) printJson({ imported: entries.map(shown) });
  else for (const entry of entries) printEntry(entry);
  const unused = new Set(
    entries.map(({ set }) => set).filter((set) => !setNames(config.trustSets).includes(set)),
  );
  for (const set of unused)
    process.stderr.write(
      `Bộ "${set}" chưa được dùng: thêm vào LIENTHONG_TRUST_SETS. / The set is not in use: add it to LIENTHONG_TRUST_SETS.\n`,
    );
}

async function list(options: TrustOptions): Promise<void> {
  const { root } = settingsOf(options);
  const entries = await told(() => listEntries(root, options.set));
  if (options.json === true) printJson({ certificates: entries.map(shown) });
  else for (const entry of entries) printEntry(entry);
}

async function show(which: string, options: TrustOptions): Promise<void> {
  const { root } = settingsOf(options);
  const entries = (await told(() => listEntries(root, options.set))).filter((entry) => matches(entry, which));
  if (entries.length === 0) await told(() => Promise.reject(new TrustError('TRUST_NOT_FOUND')));
  const { changes, brokenAt } = await readChanges(root);
  const history = changes.filter((change) => entries.some(({ sha256 }) => sha256 === change.sha256));
  if (options.json === true) {
    printJson({ certificates: entries.map(shown), history, logBrokenAt: brokenAt });
    return;
  }
  for (const entry of entries) printEntry(entry);
  for (const { at, by, action, set, note } of history)
    printLine(`    ${at}  ${action}  ${set}  ${by}  ${note}`);
  if (brokenAt !== null)
    printLine(
      `    SỔ THAY ĐỔI BỊ SỬA / THE LOG OF CHANGES WAS ALTERED: changes.jsonl, dòng / line ${brokenAt}`,
    );
}

async function remove(which: string, options: TrustOptions): Promise<void> {
  const { root } = settingsOf(options);
  const entries = await told(() =>
    removeCertificate(root, which, {
      set: options.set,
      by: who(options),
      note: options.note,
      now: new Date(),
    }),
  );
  if (options.json === true) printJson({ removed: entries.map(shown) });
  else for (const entry of entries) printLine(`- ${entry.set}  ${entry.sha256}  ${entry.subject}`);
}

async function sets(options: TrustOptions): Promise<void> {
  const { config, root } = settingsOf(options);
  const inUse = setNames(config.trustSets);
  const names = new Set([...Object.keys(KNOWN_SETS), ...inUse, ...(await listSets(root))]);
  const entries = await told(() => listEntries(root));
  const rows = [...names].map((name) => {
    const own = entries.filter(({ set }) => set === name);
    const missing = PINS.filter(
      ({ set, sha256 }) => set === name && !own.some((entry) => entry.sha256 === sha256.toLowerCase()),
    );
    return {
      name,
      meaning: (KNOWN_SETS as Record<string, string>)[name] ?? '',
      inUse: inUse.includes(name),
      roots: own.filter(({ role }) => role === 'root').length,
      issuing: own.filter(({ role }) => role === 'issuing').length,
      pinnedNotImported: missing.map(({ id, url }) => ({ id, url })),
    };
  });
  if (options.json === true) {
    printJson({ sets: rows });
    return;
  }
  for (const row of rows) {
    printLine(
      `${row.name}${row.inUse ? '' : '  (không dùng / not in use)'}: ${row.roots} root, ${row.issuing} issuing  ${row.meaning}`,
    );
    for (const { id, url } of row.pinnedNotImported)
      printLine(`    chưa nhập / not imported: ${id}  ${url ?? ''}`);
  }
}

/** Adds `trust` and what belongs to it. */
export function addTrustCommands(program: Command): void {
  const trust = program.command('trust').description('Neo tin cậy / trust anchors');
  const setOption = ['--set <name>', 'bộ tin cậy / trust set'] as const;
  onData(
    trust
      .command('import <file>')
      .description(
        'Nhập chứng thư khớp dấu vân tay đã ghim, hoặc đã xác nhận / import what matches a pin or is confirmed',
      ),
  )
    .option(...setOption)
    .option('--fingerprint <sha256>', 'SHA-256 đã đối chiếu với cơ quan cấp / compared with the authority')
    .option('--by <name>', 'người thực hiện / who does it (default: the account)')
    .option('--note <text>', 'căn cứ, số văn bản / reason, document number')
    .action(importFile);
  onData(trust.command('list').description('Liệt kê / list'))
    .option(...setOption)
    .action(list);
  onData(
    trust
      .command('show <which>')
      .description('Một chứng thư và lịch sử của nó / one certificate and its history'),
  )
    .option(...setOption)
    .action(show);
  onData(trust.command('remove <which>').description('Gỡ bỏ / remove'))
    .option(...setOption)
    .option('--by <name>', 'người thực hiện / who does it')
    .option('--note <text>', 'lý do / reason')
    .action(remove);
  onData(trust.command('sets').description('Các bộ tin cậy / the trust sets')).action(sets);
}
