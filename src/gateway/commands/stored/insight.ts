/** `why` and `route explain`: what happened to a package, and what would happen to a document, in plain words. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { findAgencies, isIntegrationCentre } from '../../directory/index.ts';
import { listEvents } from '../../evidence/index.ts';
import { documentMetadata, routingKey, urgencyOf } from '../../exchange/index.ts';
import { findDelivery, findPackage, listDeliveries } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { onData, withStore } from './admin.ts';

interface DataOptions {
  data?: string;
  config?: string;
  json?: boolean;
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  accepted: 'đã tiếp nhận, đang kiểm tra chữ ký',
  queued: 'đang chờ gửi',
  sending: 'đang gửi',
  retrying: 'gửi chưa được, sẽ tự gửi lại',
  sent: 'trục đích đã nhận, chờ cơ quan nhận xác nhận',
  delivered: 'cơ quan nhận đã nhận',
  available: 'đã vào hộp đến, chờ cơ quan nhận lấy về',
  fetched: 'cơ quan nhận đã lấy về',
  refused: 'bị từ chối',
  parked: 'dừng lại, chờ người xử lý',
};

async function why(id: string, options: DataOptions): Promise<void> {
  await withStore(options, async (store) => {
    const packageId = id.startsWith('dlv_') ? (await findDelivery(store.read, id))?.package_id : id;
    const pkg = packageId === undefined ? undefined : await findPackage(store.read, packageId);
    if (pkg === undefined)
      throw new CommandError(EXIT.failed, {
        vi: `Không có gói tin ${id}.`,
        en: `There is no package ${id}.`,
      });
    const deliveries = await listDeliveries(store.read, pkg.id);
    const events = await listEvents(store.read, pkg.id);
    const lines = deliveries.map((delivery) => ({
      deliveryId: delivery.id,
      recipient: delivery.recipient,
      system: delivery.system,
      state: delivery.state,
      because: delivery.reason ?? STATE_WORDS[delivery.state] ?? delivery.state,
      attempts: delivery.attempts,
      nextAttemptAt:
        delivery.next_attempt_at === null ? null : new Date(delivery.next_attempt_at).toISOString(),
    }));
    const last = events.at(-1);
    if (options.json === true)
      return printJson({
        packageId: pkg.id,
        kind: pkg.kind,
        state: pkg.state,
        deliveries: lines,
        lastEvent: last && { type: last.type, at: new Date(last.at).toISOString() },
      });
    printLine(`${pkg.id} (${pkg.kind}) ${pkg.code}: ${pkg.state}`);
    for (const line of lines)
      printLine(
        `  → ${line.recipient} qua ${line.system}: ${STATE_WORDS[line.state] ?? line.state}. ${line.because}${line.attempts > 0 ? ` (lần thử: ${line.attempts})` : ''}`,
      );
    if (last !== undefined)
      printLine(`  việc gần nhất / last: ${last.type}, ${new Date(last.at).toISOString()}`);
  });
}

async function explain(
  options: DataOptions & { to: string[]; document?: string },
  setExit: SetExit,
): Promise<void> {
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  const reachable: Readonly<Record<string, boolean>> = {
    inbox: true,
    vxp: config.vxpUrl !== '',
    provincial: config.provincialUrl !== '',
  };
  const metadata =
    options.document === undefined
      ? null
      : documentMetadata.partial().parse(JSON.parse(await readFile(options.document, 'utf8')));
  const urgency = urgencyOf(metadata?.priority ?? 0);
  const codes = [...options.to, ...(metadata?.to ?? [])];
  await withStore(options, async (store) => {
    const agencies = await findAgencies(store.read, codes);
    const routes = codes.map((code) => {
      const agency = agencies.get(code);
      if (agency === undefined)
        return { to: code, ok: false, because: 'không có trong danh mục / not in the directory' };
      if (isIntegrationCentre(code))
        return {
          to: code,
          ok: false,
          because: 'là trung tâm tích hợp, không nhận văn bản / an integration centre',
        };
      if (reachable[agency.system] !== true)
        return {
          to: code,
          ok: false,
          because: `hệ thống ${agency.system} chưa được cấu hình / not configured`,
        };
      return {
        to: code,
        ok: true,
        name: agency.name,
        system: agency.system,
        routingKey: agency.system === 'inbox' ? null : routingKey(agency.system, urgency, code, 'document'),
        urgency,
        maxBytes: config.maxPackageBytes,
      };
    });
    if (options.json === true) printJson({ routes });
    else
      for (const route of routes)
        printLine(
          route.ok
            ? `${route.to} ${route.name}: qua ${route.system}${route.routingKey === null ? ' (hộp đến tại trục)' : `, ${route.routingKey}`}`
            : `${route.to}: KHÔNG gửi được, ${route.because}`,
        );
    if (routes.some((route) => !route.ok)) setExit(EXIT.failed);
  });
}

export function addInsightCommands(program: Command, setExit: SetExit): void {
  onData(
    program.command('why <id>').description('Vì sao gói tin đang ở đâu / why a package is where it is'),
  ).action(why);
  const route = program.command('route').description('Định tuyến / routing');
  onData(route.command('explain').description('Gửi tới đâu, qua đâu, theo quy tắc nào / what would happen'))
    .requiredOption(
      '--to <code>',
      'mã cơ quan (lặp lại được) / agency code (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--document <meta>', 'JSON của văn bản / metadata of the document')
    .action((options) => explain(options, setExit));
}
