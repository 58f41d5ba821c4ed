/** `why`: what happened to a package, and what has to be done, in plain words; and the declaration of `route explain`. */
import type { Command } from 'commander';
import { createLegalClock, deliveryDeadline, type LegalClock } from '../../deadlines/index.ts';
import { listEvents } from '../../evidence/index.ts';
import { actionFor, arrivalFaults, reasonOf } from '../../exchange/index.ts';
import {
  type DeliveryRow,
  findDelivery,
  findPackage,
  findPackagesNamed,
  listDeliveries,
  type PackageRow,
  type Store,
  searchPackages,
} from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { onData, withStore } from './admin.ts';
import { explainRoute } from './explain.ts';

interface DataOptions {
  data?: string;
  config?: string;
  json?: boolean;
}

const STATE_WORDS: Readonly<Record<string, { vi: string; en: string }>> = {
  accepted: { vi: 'đã tiếp nhận, đang kiểm tra chữ ký', en: 'taken in, signatures are being checked' },
  queued: { vi: 'đang chờ gửi', en: 'waiting to be sent' },
  sending: { vi: 'đang gửi', en: 'being sent' },
  retrying: { vi: 'gửi chưa được, sẽ tự gửi lại', en: 'not sent yet, tried again by itself' },
  sent: {
    vi: 'trục đích đã nhận, chờ cơ quan nhận xác nhận',
    en: 'the other axis has it, its recipient has not answered',
  },
  delivered: { vi: 'cơ quan nhận đã nhận', en: 'the recipient has it' },
  available: {
    vi: 'đã vào hộp đến, chờ cơ quan nhận lấy về',
    en: 'in the inbox, the recipient has not fetched it',
  },
  fetched: { vi: 'cơ quan nhận đã lấy về', en: 'fetched by the recipient' },
  refused: { vi: 'bị từ chối', en: 'refused' },
  parked: { vi: 'dừng lại, chờ người xử lý', en: 'stopped, a person is needed' },
  withdrawn: { vi: 'đã rút lại theo yêu cầu của bên gửi', en: 'withdrawn by its sender' },
};

/** The legal clock of a delivery that goes out from here; null where there is none. */
function deadlineText(
  clock: LegalClock,
  pkg: PackageRow,
  delivery: DeliveryRow,
): { latestAt: string; state: string } | null {
  if (pkg.kind !== 'document' || !['api', 'vxp-server'].includes(pkg.origin)) return null;
  const found = deliveryDeadline(clock, pkg, delivery, Date.now());
  return found === null ? null : { latestAt: new Date(found.latestAt).toISOString(), state: found.state };
}

/** Why a delivery is where it is: its reason, or what its state says. */
function becauseOf({ state, reason, reason_code: code }: DeliveryRow): { vi: string; en: string } {
  const words = STATE_WORDS[state] ?? { vi: state, en: state };
  if (reason === null) return words;
  return { vi: reason, en: code === null ? words.en : reasonOf(code).en };
}

/** State and reason, which are one where nothing went wrong; in both languages. */
function wordsFor({ state, because, becauseEn }: Record<'state' | 'because' | 'becauseEn', string>): string {
  const words = STATE_WORDS[state] ?? { vi: state, en: state };
  const both = (said: string, why: string): string => (said === why ? said : `${said}. ${why}`);
  return `${both(words.vi, because)} / ${both(words.en, becauseEn)}`;
}

/** Candidates told where words fit several packages. */
const MOST_NAMED = 20;

/** By the id of the package or of a delivery, by DocumentId, or by words of number, notation and subject. */
async function packageMeant(store: Store, id: string): Promise<PackageRow> {
  const packageId = id.startsWith('dlv_') ? (await findDelivery(store.read, id))?.package_id : id;
  const pkg = packageId === undefined ? undefined : await findPackage(store.read, packageId);
  if (pkg !== undefined) return pkg;
  const all = id === '' ? [] : await namedSo(store, id);
  const documents = all.filter(({ kind }) => kind === 'document');
  const meant = documents.length > 0 ? documents : all;
  const [first, second] = meant;
  if (first === undefined)
    throw new CommandError(EXIT.failed, {
      vi: `Không có gói tin ${id}.`,
      en: `There is no package ${id}.`,
    });
  if (second === undefined) return first;
  const list = meant
    .map((one) => `  ${one.id}  ${one.kind}  ${one.code}  ${one.sender}  ${one.state}`)
    .join('\n');
  throw new CommandError(EXIT.failed, {
    vi: `Nhiều gói tin hợp với ${id}; hãy chọn một:`,
    en: `Several packages fit ${id}; choose one:\n${list}`,
  });
}

async function namedSo(store: Store, words: string): Promise<readonly PackageRow[]> {
  const named = await findPackagesNamed(store.read, words, MOST_NAMED);
  if (named.length > 0) return named;
  return (await searchPackages(store.read, null, words, { direction: 'both', limit: MOST_NAMED })).rows;
}

async function why(id: string, options: DataOptions): Promise<void> {
  await withStore(options, async (store, config) => {
    const clock = createLegalClock(config);
    const pkg = await packageMeant(store, id.trim());
    const deliveries = await listDeliveries(store.read, pkg.id);
    const events = await listEvents(store.read, pkg.id);
    const lines = deliveries.map((delivery) => ({
      deliveryId: delivery.id,
      recipient: delivery.recipient,
      system: delivery.system,
      state: delivery.state,
      because: becauseOf(delivery).vi,
      becauseEn: becauseOf(delivery).en,
      reasonCode: delivery.reason_code,
      action: delivery.reason_code === null ? null : actionFor(delivery.reason_code),
      deadline: deadlineText(clock, pkg, delivery),
      recall: delivery.recall,
      attempts: delivery.attempts,
      nextAttemptAt:
        delivery.next_attempt_at === null ? null : new Date(delivery.next_attempt_at).toISOString(),
    }));
    const last = events.at(-1);
    const arrival = arrivalFaults(pkg);
    if (options.json === true)
      return printJson({
        packageId: pkg.id,
        kind: pkg.kind,
        state: pkg.state,
        ...(arrival === null
          ? {}
          : {
              because: arrival.vi,
              becauseEn: reasonOf(arrival.code).en,
              reasonCode: arrival.code,
              action: actionFor(arrival.code),
              faults: arrival.faults,
            }),
        deliveries: lines,
        lastEvent: last && { type: last.type, at: new Date(last.at).toISOString() },
      });
    printLine(`${pkg.id} (${pkg.kind}) ${pkg.code}: ${pkg.state}`);
    if (arrival !== null) {
      const { vi, en, act } = reasonOf(arrival.code);
      printLine(`  ${vi} / ${en}`);
      for (const fault of arrival.faults.slice(0, 20))
        printLine(`    ${fault.code}: ${fault.vi} / ${fault.en}`);
      printLine(`    việc cần làm / do: ${act.vi} / ${act.en}`);
    }
    for (const line of lines) {
      printLine(
        `  → ${line.recipient} qua ${line.system}: ${wordsFor(line)}${line.attempts > 0 ? ` (lần thử: ${line.attempts})` : ''}`,
      );
      if (line.action !== null) printLine(`    việc cần làm / do: ${line.action.vi} / ${line.action.en}`);
      if (line.nextAttemptAt !== null) printLine(`    thử lại trước / next before: ${line.nextAttemptAt}`);
      if (line.deadline !== null && ['soon', 'late'].includes(line.deadline.state))
        printLine(`    hạn gửi / must leave by: ${line.deadline.latestAt} (${line.deadline.state})`);
      if (line.recall !== null) printLine(`    thu hồi / asked back: ${line.recall}`);
    }
    if (last !== undefined)
      printLine(`  việc gần nhất / last: ${last.type}, ${new Date(last.at).toISOString()}`);
  });
}

export function addInsightCommands(program: Command, setExit: SetExit): void {
  onData(
    program
      .command('why <id>')
      .description(
        'Vì sao gói tin đang ở đâu: theo mã gói tin, mã lượt gửi, mã văn bản, số ký hiệu / why a package is where it is',
      ),
  ).action(why);
  const route = program.command('route').description('Định tuyến / routing');
  onData(route.command('explain').description('Gửi tới đâu, qua đâu, theo quy tắc nào / what would happen'))
    .option(
      '--to <code>',
      'mã cơ quan (lặp lại được) / agency code (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option(
      '--document <meta>',
      'JSON của văn bản, hoặc tệp edXML / metadata of the document, or an edXML file',
    )
    .option(
      '--attach <file>',
      'tệp sẽ gửi kèm, chỉ xem dung lượng (lặp lại được) / file that would go along, for its size (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .action((options) => explainRoute(options, setExit));
}
