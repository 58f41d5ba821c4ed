/** `counterparties` and `parked`: what an operator watches, pauses and lets go on, beside a running server. */
import type { Command } from 'commander';
import {
  actionFor,
  describeCounterparties,
  pauseCounterparty,
  previewRetry,
  resumeCounterparty,
  retryMany,
} from '../../exchange/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import { onData, withStore } from './admin.ts';
import { configuredSystems } from './configured.ts';

interface DataOptions {
  data?: string;
  config?: string;
  json?: boolean;
}

const STATE_WORDS = {
  open: 'đang gửi / open',
  maintenance: 'tạm dừng / paused',
  down: 'không trả lời / down',
};

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

async function showCounterparties(options: DataOptions): Promise<void> {
  await withStore(options, async (store, config) => {
    const states = await describeCounterparties(store, configuredSystems(config), Date.now());
    if (options.json === true)
      return printJson(
        states.map((state) => ({ ...state, since: iso(state.since), until: iso(state.until) })),
      );
    for (const { system, state, until, reason, waiting } of states) {
      const more = [reason, until === null ? null : `→ ${iso(until)}`].filter((part) => part !== null);
      printLine(
        `${system}: ${STATE_WORDS[state]}, chờ / waiting: ${waiting}${more.map((part) => `, ${part}`).join('')}`,
      );
    }
  });
}

function assertConfigured(system: string, known: readonly string[]): void {
  if (known.includes(system)) return;
  const list = known.join(', ');
  throw new CommandError(EXIT.usage, {
    vi: `Hệ thống ${system} chưa được cấu hình; ${list === '' ? 'chưa có hệ thống nào (xem --config và biến môi trường)' : `có: ${list}`}.`,
    en: `System ${system} is not configured; ${list === '' ? 'there is none (see --config and the environment)' : `there are: ${list}`}.`,
  });
}

async function pause(
  system: string,
  options: DataOptions & { reason: string; until?: string },
): Promise<void> {
  const until = options.until === undefined ? null : Date.parse(options.until);
  if (until !== null && !(until > Date.now())) {
    throw new CommandError(EXIT.usage, {
      vi: '--until phải là thời điểm ISO 8601 trong tương lai.',
      en: '--until must be an ISO 8601 time that is not past.',
    });
  }
  await withStore(options, async (store, config) => {
    assertConfigured(system, configuredSystems(config));
    await pauseCounterparty(store, system, { reason: options.reason, actor: 'operator', until }, Date.now());
  });
  await showCounterparties(options);
}

async function resume(system: string, options: DataOptions): Promise<void> {
  await withStore(options, async (store, config) => {
    assertConfigured(system, configuredSystems(config));
    await resumeCounterparty(store, system, Date.now());
  });
  await showCounterparties(options);
}

async function parked(
  options: DataOptions & { system?: string; reason?: string; sender?: string; retry?: boolean },
): Promise<void> {
  const filter = { system: options.system, reasonCode: options.reason, sender: options.sender };
  await withStore(options, async (store, config) => {
    const preview = await previewRetry({ store, now: Date.now }, filter);
    const settings = { redriveMs: config.redriveSeconds * 1000 };
    const x = { store, now: Date.now, wakeRelay: () => undefined, settings };
    const released =
      options.retry === true
        ? await retryMany(
            { ...x, counterparties: new Set(configuredSystems(config)) },
            { ...filter, until: preview.asOf },
            'operator',
          )
        : null;
    const groups = preview.groups.map((group) => ({
      system: group.system,
      reasonCode: group.reason_code,
      count: group.count,
      oldest: iso(group.oldest),
      action: actionFor(group.reason_code ?? ''),
    }));
    if (options.json === true)
      return printJson({ count: preview.count, isCapped: preview.isCapped, groups, released });
    for (const { system, reasonCode, count, action } of groups) {
      printLine(`${count} × ${system} ${reasonCode ?? ''}`);
      printLine(`    ${action.vi}\n    ${action.en}`);
    }
    if (groups.length === 0) printLine('Không có gì đang dừng. / Nothing is parked.');
    if (released !== null) printLine(`Đã cho đi tiếp / released: ${released}`);
    if (released !== null && released < preview.count)
      printLine(
        `${preview.count - released} lượt còn dừng: hệ thống nhận chưa được cấu hình ở lệnh này, hoặc đã được xử lý lúc khác. / ${preview.count - released} stay: their system is not configured for this command, or somebody else dealt with them.`,
      );
    else if (groups.length > 0) printLine('Thêm --retry để gửi lại. / Add --retry to let them go on.');
  });
}

/** Declares `counterparties` and `parked`. */
export function addOperationCommands(program: Command): void {
  const counterparties = onData(
    program
      .command('counterparties')
      .description('Hệ thống bên ngoài: đang gửi, tạm dừng, không trả lời / how every counterparty stands'),
  ).action(showCounterparties);
  onData(counterparties.command('pause <system>').description('Tạm dừng gửi / pause sending'))
    .requiredOption('--reason <text>', 'lý do, mọi người đều thấy / reason, shown to everyone')
    .option('--until <time>', 'tự mở lại lúc / ends by itself at (ISO 8601)')
    .action((system: string, _own: unknown, command: Command) => pause(system, command.optsWithGlobals()));
  onData(counterparties.command('resume <system>').description('Mở lại / resume')).action(
    (system: string, _own: unknown, command: Command) => resume(system, command.optsWithGlobals()),
  );
  onData(
    program
      .command('parked')
      .description(
        'Lượt gửi đang dừng, theo lý do; gửi lại hàng loạt / what is parked, and letting it go on',
      ),
  )
    .option('--system <system>')
    .option('--reason <code>', 'mã lý do / reason code')
    .option('--sender <code>', 'cơ quan gửi / sending agency')
    .option('--retry', 'gửi lại tất cả / let all of them go on')
    .action(parked);
}
