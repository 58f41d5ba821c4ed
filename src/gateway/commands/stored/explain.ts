/** `route explain`: what would happen to a document, by which rule, through what, within which limits. Nothing is sent. */
import { readFile } from 'node:fs/promises';
import { checkEdxml, documentKey, type EdxmlDocument } from '../../../packages/index.ts';
import type { Config } from '../../config.ts';
import { createLegalClock, sendingDeadline } from '../../deadlines/index.ts';
import { findAgencies, isIntegrationCentre } from '../../directory/index.ts';
import {
  type CounterpartyState,
  type DocumentMetadata,
  describeCounterparties,
  documentMessage,
  documentMetadata,
  INBOX_SYSTEM,
  MOST_RECIPIENTS,
  routingKey,
  type Urgency,
  urgencyOf,
} from '../../exchange/index.ts';
import { issueInVietnamese } from '../../issue-words.ts';
import { type AgencyRow, findPackageByKey, type Store } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { withStore } from './admin.ts';
import { configuredSystems, explainSigning, type SigningLine } from './configured.ts';

interface ExplainOptions {
  data?: string;
  config?: string;
  json?: boolean;
  to: string[];
  document?: string;
}

/** One recipient: the way, or why there is none. */
interface RouteLine {
  readonly to: string;
  readonly ok: boolean;
  /** The rule that decided, in words. */
  readonly rule: string;
  readonly because?: string;
  readonly name?: string;
  readonly system?: string;
  readonly routingKey?: string | null;
  readonly counterparty?: CounterpartyState | null;
}

/** Metadata as far as the file has them, and what is wrong with them. */
interface Judged {
  readonly metadata: Pick<Partial<DocumentMetadata>, 'to' | 'priority' | 'from' | 'sign'> | null;
  readonly faults: readonly { code: string; path: string; vi: string; en: string }[];
  readonly message: EdxmlDocument | null;
}

async function readMetadata(store: Store, file: string | undefined, config: Config): Promise<Judged> {
  if (file === undefined) return { metadata: null, faults: [], message: null };
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new CommandError(
      EXIT.unreadableInput,
      { vi: `Không đọc được JSON trong ${file}.`, en: `No JSON can be read from ${file}.` },
      { cause },
    );
  }
  const now = Date.now();
  if (isMessage(value)) {
    const { to, from, otherInfo } = value;
    const priority = otherInfo?.priority;
    const metadata = {
      to: to.map(({ organId }) => organId),
      from: from.organId,
      ...(priority === undefined ? {} : { priority }),
    };
    const isWhole = typeof value.documentId === 'string' && typeof value.business === 'object';
    return { metadata, faults: faultsIn(value, now), message: isWhole ? value : null };
  }
  const parsed = documentMetadata.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => ({
      code: `M.${issue.path.join('.')}`,
      path: issue.path.join('.'),
      vi: `${issue.path.join('.')}: ${issueInVietnamese(issue)}`,
      en: issue.message,
    }));
    const partial = documentMetadata.pick({ to: true, priority: true }).safeParse(value);
    return { metadata: partial.success ? partial.data : null, faults, message: null };
  }
  const message = await documentMessage(store, config.centreCode, parsed.data, now);
  return { metadata: parsed.data, faults: faultsIn(message, now), message };
}

/** Files come with the request, not with this file: that there are none is no fault here. */
function faultsIn(message: EdxmlDocument, now: number): Judged['faults'] {
  return checkEdxml(message, { now: new Date(now) })
    .errors.filter((fault) => !/Attach|Manifest|Reference/i.test(fault.code))
    .map(({ code, path, vi, en }) => ({ code, path: path ?? '', vi, en }));
}

/** As `edxml parse` prints a message and `edxml build` takes it; else the file is what `POST /api/v1/documents` takes. */
function isMessage(value: unknown): value is EdxmlDocument {
  const { kind, from, to } = Object(value) as Partial<Record<keyof EdxmlDocument, unknown>>;
  const isOrgan = (one: unknown): boolean =>
    typeof (Object(one) as { organId?: unknown }).organId === 'string';
  return kind === 'document' && isOrgan(from) && Array.isArray(to) && to.every(isOrgan);
}

function explainOne(
  code: string,
  agency: AgencyRow | undefined,
  states: ReadonlyMap<string, CounterpartyState>,
  urgency: Urgency,
): RouteLine {
  if (isIntegrationCentre(code)) {
    const because = 'là trung tâm tích hợp, không nhận văn bản / an integration centre takes no documents';
    return { to: code, ok: false, rule: 'mã W00 / code W00', because };
  }
  if (agency === undefined) {
    const because = 'không có trong danh mục / not in the directory';
    return { to: code, ok: false, rule: 'danh mục cơ quan / directory', because };
  }
  const rule =
    agency.code === code
      ? `danh mục / directory: ${agency.code} → ${agency.system}`
      : `danh mục / directory: ${code} = ${agency.code} → ${agency.system}`;
  if (agency.system === INBOX_SYSTEM) {
    const { name, system } = agency;
    return { to: code, ok: true, rule, name, system, routingKey: null, counterparty: null };
  }
  const counterparty = states.get(agency.system);
  if (counterparty === undefined) {
    const because = `hệ thống ${agency.system} chưa được cấu hình / not configured`;
    return { to: code, ok: false, rule, because, name: agency.name, system: agency.system };
  }
  const key = routingKey(agency.system, urgency, code, 'document');
  return {
    to: code,
    ok: true,
    rule,
    name: agency.name,
    system: agency.system,
    routingKey: key,
    counterparty,
  };
}

function print(line: RouteLine): void {
  if (!line.ok) {
    printLine(`${line.to}: KHÔNG gửi được / cannot be sent, ${line.because} [${line.rule}]`);
    return;
  }
  const way = line.routingKey === null ? 'hộp đến tại trục / inbox here' : line.routingKey;
  printLine(`${line.to} ${line.name}: ${line.system}, ${way} [${line.rule}]`);
  const { counterparty } = line;
  if (counterparty !== null && counterparty !== undefined && counterparty.state !== 'open')
    printLine(
      `    ${counterparty.state}: ${counterparty.reason ?? ''} (chờ / waiting: ${counterparty.waiting})`,
    );
}

function printSigning({ key, profile, ok, kind, certificate, because }: SigningLine): void {
  if (!ok) {
    printLine(`ký / sign ${key} (${profile}): KHÔNG / no, ${because}`);
    return;
  }
  const what =
    certificate === null
      ? `${kind}, không mở ở đây / not opened here`
      : `${certificate.subject}, ${certificate.serialNumber}, đến / until ${certificate.notAfter}`;
  printLine(`ký / sign ${key} (${profile}): ${what}`);
}

/** Prints it; exit 1 when a recipient could not be reached or the metadata would be refused. */
export async function explainRoute(options: ExplainOptions, setExit: SetExit): Promise<void> {
  await withStore(options, async (store, config) => {
    const now = Date.now();
    const { metadata, faults, message } = await readMetadata(store, options.document, config);
    const urgency = urgencyOf(metadata?.priority ?? 0);
    const codes = [...new Set([...options.to, ...(metadata?.to ?? [])])];
    if (codes.length === 0) {
      throw new CommandError(EXIT.usage, {
        vi: 'Cần --to MÃ, hoặc --document có trường "to".',
        en: 'Give --to CODE, or a --document with the field "to".',
      });
    }
    const agencies = await findAgencies(store.read, codes);
    const listed = await describeCounterparties(store, configuredSystems(config), now);
    const states = new Map(listed.map((state) => [state.system, state]));
    const routes = codes.map((code) => explainOne(code, agencies.get(code), states, urgency));
    const clock = createLegalClock(config);
    const item = { acceptedAt: now, isUrgent: urgency === 'urgent', handedOverAt: null };
    const deadline = sendingDeadline(clock.calendar, clock.settings, item, now);
    const before =
      message === null
        ? undefined
        : await findPackageByKey(
            store.read,
            documentKey(message.from.organId, message.documentId, message.business.businessDocType),
          );
    const { from, sign } = metadata ?? {};
    const signing = from === undefined ? [] : await explainSigning(config, { from, sign: sign ?? [] }, now);
    const limits = {
      packageBytes: config.maxPackageBytes,
      fileBytes: config.maxFileBytes,
      recipients: MOST_RECIPIENTS,
    };
    const latestAt = new Date(deadline.latestAt).toISOString();
    const sentBefore = before === undefined ? null : { packageId: before.id, state: before.state };
    if (options.json === true) printJson({ routes, signing, urgency, latestAt, limits, faults, sentBefore });
    else {
      for (const route of routes) print(route);
      for (const line of signing) printSigning(line);
      printLine(`làn / lane: ${urgency}; phải rời trục trước / must leave by: ${latestAt}`);
      printLine(
        `giới hạn / limits: ${limits.packageBytes} byte một gói / a package, ${limits.fileBytes} byte một tệp ký / a signed file, ${limits.recipients} nơi nhận / recipients`,
      );
      for (const fault of faults)
        printLine(`sẽ bị từ chối / would be refused: ${fault.code} ${fault.vi} / ${fault.en}`);
      if (sentBefore !== null)
        printLine(`đã gửi trước đây / sent before: ${sentBefore.packageId} (${sentBefore.state})`);
    }
    if ([...routes, ...signing].some(({ ok }) => !ok) || faults.length > 0) setExit(EXIT.failed);
  });
}
