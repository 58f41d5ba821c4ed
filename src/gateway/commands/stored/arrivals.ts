/** `arrivals`: what came from outside and goes to nobody, and ticking it off, beside a running server. */
import type { Command } from 'commander';
import { actionFor, previewArrivals, reasonOf, settleArrival, settleArrivals } from '../../exchange/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { type DataOptions, onData, withStore } from './admin.ts';

interface ArrivalOptions extends DataOptions {
  system?: string;
  reason?: string;
  settle?: boolean;
  reopen?: boolean;
  note?: string;
}

function noteOf({ note = '' }: ArrivalOptions): string {
  const said = note.trim();
  if (said !== '' && said.length <= 500) return said;
  throw new CommandError(EXIT.usage, {
    vi: 'Cần --note: đã làm gì với gói tin này (tối đa 500 ký tự); ghi vào dòng thời gian.',
    en: 'Give --note: what was done about it (at most 500 characters); it stays on the timeline.',
  });
}

async function arrivals(ids: readonly string[], options: ArrivalOptions, setExit: SetExit): Promise<void> {
  const moves = options.settle === true || options.reopen === true;
  const by = { actor: 'operator', token: null, note: moves ? noteOf(options) : '' };
  if ((options.reopen === true && ids.length === 0) || (ids.length > 0 && !moves))
    throw new CommandError(EXIT.usage, {
      vi: 'Mã gói tin đi cùng --settle hoặc --reopen; xem một gói bằng "lienthong why MÃ".',
      en: 'Ids go with --settle or --reopen; look at one with "lienthong why ID".',
    });
  if (options.settle === true && options.reopen === true)
    throw new CommandError(EXIT.usage, {
      vi: 'Chỉ dùng một trong hai: --settle hoặc --reopen.',
      en: 'Give one of --settle and --reopen, not both.',
    });
  if (ids.length > 0 && (options.system !== undefined || options.reason !== undefined))
    throw new CommandError(EXIT.usage, {
      vi: '--system và --reason chọn nhiều gói tin; không đi cùng mã gói tin.',
      en: '--system and --reason choose among many; they do not go with ids.',
    });
  await withStore(options, async (store) => {
    const x = { store, now: Date.now };
    if (ids.length > 0) {
      const to = options.reopen === true ? 'attention' : 'done';
      const done: { packageId: string; moved: boolean }[] = [];
      for (const id of ids) done.push({ packageId: id, moved: await settleArrival(x, id, by, to) });
      if (options.json === true) printJson({ items: done });
      else
        for (const { packageId, moved } of done)
          printLine(
            `${packageId}: ${moved ? 'đã ghi / noted' : 'không đổi: không phải gói đang chờ / unchanged: not such an arrival'}`,
          );
      if (done.some(({ moved }) => !moved)) setExit(EXIT.failed);
      return;
    }
    const filter = { system: options.system, reasonCode: options.reason };
    const preview = await previewArrivals(x, filter);
    const settled =
      options.settle === true ? await settleArrivals(x, { ...filter, until: preview.asOf }, by) : null;
    const groups = preview.groups.map(({ oldest, newest: _, ...group }) => ({
      ...group,
      oldest: new Date(oldest).toISOString(),
      action: actionFor(group.reasonCode),
    }));
    const items = preview.sample.map(({ id, origin, document_id: remoteId, code, subject }) => ({
      packageId: id,
      system: origin,
      remoteId,
      reasonCode: code,
      reason: subject,
    }));
    if (options.json === true)
      return printJson({ count: preview.count, isCapped: preview.isCapped, groups, sample: items, settled });
    for (const { system, reasonCode, count, action } of groups) {
      const { vi, en } = reasonOf(reasonCode);
      printLine(`${count} × ${system} ${reasonCode}: ${vi} / ${en}`);
      printLine(`    ${action.vi}\n    ${action.en}`);
      for (const item of items.filter((one) => one.system === system && one.reasonCode === reasonCode))
        printLine(`    ${item.packageId}  ${item.remoteId}  ${item.reason}`);
    }
    if (groups.length === 0)
      printLine('Không có gói tin đến nào chờ xử lý. / No arrival waits for a person.');
    if (preview.isCapped)
      printLine(
        `Có từ ${preview.count} gói trở lên; chạy lại cho phần còn lại. / ${preview.count} or more; run again for the rest.`,
      );
    if (settled !== null) printLine(`Đã đánh dấu xử lý xong / ticked off: ${settled}`);
    else if (groups.length > 0)
      printLine(
        'Thêm [MÃ …] --settle --note "…" khi đã xử lý. / Add [ID …] --settle --note "…" once dealt with.',
      );
  });
}

/** Declares `arrivals`. */
export function addArrivalsCommand(program: Command, setExit: SetExit): void {
  onData(
    program
      .command('arrivals [ids...]')
      .description(
        'Gói tin đến không chuyển được; đánh dấu đã xử lý / arrivals that go to nobody; ticking them off',
      ),
  )
    .option('--system <system>', 'nơi gói tin đến từ / where it came from')
    .option('--reason <code>', 'mã lý do / reason code')
    .option('--settle', 'đánh dấu đã xử lý (các mã nêu ra, hoặc tất cả) / tick off (the ids named, or all)')
    .option('--reopen', 'mở lại các mã nêu ra / take the ids named up again')
    .option('--note <text>', 'đã làm gì; ghi vào dòng thời gian / what was done; stays on the timeline')
    .action((ids: string[], options: ArrivalOptions) => arrivals(ids, options, setExit));
}
