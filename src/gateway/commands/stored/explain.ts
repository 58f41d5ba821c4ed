/** `route explain`: what would happen to a document, by which rule, through what, within which limits. Nothing is sent. */
import { countTokensFor, systemsSpeakingFor } from '../../access/index.ts';
import { type Config, counterpartyLimits } from '../../config.ts';
import { createLegalClock, sendingDeadline } from '../../deadlines/index.ts';
import {
  type Compared,
  type CounterpartyState,
  compareBefore,
  describeCounterparties,
  forecast,
  INBOX_SYSTEM,
  MOST_RECIPIENTS,
  type RecipientForecast,
  type Refusal,
  routingKey,
  senderNames,
  type Urgency,
  urgencyOf,
} from '../../exchange/index.ts';
import type { Store } from '../../store/index.ts';
import { CommandError, EXIT, printJson } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { withStore } from './admin.ts';
import { configuredSystems, explainSigning, type SigningLine } from './configured.ts';
import { type Asked, readAsked } from './explain-input.ts';
import { printExplanation } from './explain-print.ts';

interface ExplainOptions {
  data?: string;
  config?: string;
  json?: boolean;
  to: string[];
  attach: string[];
  document?: string;
}

/** One recipient: the way, or why there is none. */
export interface RouteLine {
  readonly to: string;
  readonly ok: boolean;
  readonly outcome: RecipientForecast['outcome'];
  /** The rule that decided, in words. */
  readonly rule: string;
  readonly because?: string;
  readonly name?: string;
  readonly system?: string;
  readonly routingKey?: string | null;
  readonly counterparty?: CounterpartyState | null;
  /** Of its system; null: none is set. */
  readonly perSecond?: number | null;
  readonly atATime?: number;
  /** Other agencies that bear the same code. */
  readonly passedOver?: readonly string[];
  /** It has got the document before, and does not get it twice. */
  readonly hasIt?: boolean;
  /** What happens at the recipient when signatures are not in order. */
  readonly signatures?: RecipientForecast['policy'];
}

/** Who may hand it in. */
export interface SenderLine {
  readonly code: string;
  readonly name: string | null;
  readonly tokens: number;
  readonly systems: readonly string[];
}

/** Everything that is told. */
export interface Explanation {
  /** Whether it would be taken in. */
  readonly ok: boolean;
  readonly refusals: readonly Refusal[];
  readonly routes: readonly RouteLine[];
  readonly sender: SenderLine | null;
  readonly signing: readonly SigningLine[];
  readonly urgency: Urgency;
  readonly latestAt: string;
  readonly limits: { readonly packageBytes: number; readonly fileBytes: number; readonly recipients: number };
  /** Every wrong place of the refusals that are the document's own. */
  readonly faults: Refusal['faults'];
  /** `same` content gets the first answer again, `other` is refused; null: only the files could tell. */
  readonly sentBefore: {
    readonly packageId: string;
    readonly state: string;
    readonly content: Compared['content'];
  } | null;
  readonly warnings: readonly { readonly vi: string; readonly en: string }[];
}

const BECAUSE: Readonly<Record<string, string>> = {
  centre: 'là trung tâm tích hợp, không nhận văn bản / an integration centre takes no documents',
  unknown: 'không có trong danh mục / not in the directory',
};

function lineOf(
  one: RecipientForecast,
  refusals: readonly Refusal[],
  states: ReadonlyMap<string, CounterpartyState>,
  urgency: Urgency,
  config: Config,
): RouteLine {
  const { code: to, agency, outcome, passedOver, policy } = one;
  if (outcome === 'centre')
    return { to, ok: false, outcome, rule: 'mã W00 / code W00', because: BECAUSE['centre'] ?? '' };
  if (agency === null) {
    const said = refusals.flatMap(({ faults }) => faults).find(({ vi }) => vi.includes(to));
    const because = said === undefined ? (BECAUSE['unknown'] ?? '') : `${said.vi} / ${said.en}`;
    return { to, ok: false, outcome, rule: 'danh mục cơ quan / directory', because };
  }
  const { name, system } = agency;
  const way = agency.code === to ? to : `${to} = ${agency.code}`;
  const rule = `danh mục / directory: ${way} → ${system}`;
  const others = passedOver.map(({ code, name: called }) => `${code} (${called})`);
  const base = { to, outcome, rule, name, system, ...(others.length === 0 ? {} : { passedOver: others }) };
  if (outcome === 'unreachable')
    return { ...base, ok: false, because: `hệ thống ${system} chưa được cấu hình / not configured` };
  if (outcome === 'same')
    return { ...base, ok: true, because: `cùng một cơ quan, chỉ gửi một bản / the same agency, one copy` };
  if (system === INBOX_SYSTEM)
    return { ...base, ok: true, routingKey: null, counterparty: null, signatures: policy };
  const { perSecond, concurrency } = counterpartyLimits(config);
  return {
    ...base,
    ok: true,
    routingKey: routingKey(system, urgency, to, 'document'),
    counterparty: states.get(system) ?? null,
    perSecond: perSecond[system] ?? null,
    atATime: concurrency[system] ?? config.deliverConcurrency,
  };
}

async function senderOf(store: Store, { from: code, sign }: Asked): Promise<SenderLine | null> {
  if (code === undefined) return null;
  const { agency, names } = await senderNames({ store }, code, sign.length > 0);
  return {
    code,
    name: agency?.name ?? null,
    tokens: await countTokensFor(store.read, names),
    systems: await systemsSpeakingFor(store.read, names),
  };
}

/** What the request itself and its sender would be refused for. */
function refusalsOf(asked: Asked, signing: readonly SigningLine[], config: Config): Refusal[] {
  const refusals: Refusal[] = [];
  const size = (
    code: 'PACKAGE_TOO_LARGE' | 'BODY_TOO_LARGE',
    name: string,
    bytes: number,
    limit: number,
  ): Refusal => ({
    code,
    vi: `${name}: ${bytes} byte, quá giới hạn ${limit} byte.`,
    en: `${name}: ${bytes} bytes, over the limit of ${limit} bytes.`,
    faults: [],
  });
  if (asked.package !== null && asked.package.sizeBytes > config.maxPackageBytes)
    refusals.push(size('PACKAGE_TOO_LARGE', 'Gói tin', asked.package.sizeBytes, config.maxPackageBytes));
  const mostOfFile =
    asked.sign.length > 0 ? Math.min(config.maxFileBytes, config.maxPackageBytes) : config.maxPackageBytes;
  for (const { name, sizeBytes } of asked.package === null ? asked.files : [])
    if (sizeBytes > mostOfFile) refusals.push(size('BODY_TOO_LARGE', name, sizeBytes, mostOfFile));
  for (const { key, ok, because = '' } of signing)
    if (!ok)
      refusals.push({ code: 'KEY', vi: `Khoá ${key}: ${because}`, en: `Key ${key}: ${because}`, faults: [] });
  return refusals;
}

/** Nobody to hand it in: no fault of the document, and mended in a minute. */
function senderWarnings(sender: SenderLine | null): Explanation['warnings'] {
  if (sender === null || sender.tokens > 0 || sender.systems.length > 0) return [];
  return [
    {
      vi: `Chưa có mã truy cập hay hệ thống nào được gửi thay cho ${sender.code} (lienthong tokens create, systems add).`,
      en: `No token and no system may send in the name of ${sender.code} yet (lienthong tokens create, systems add).`,
    },
  ];
}

/** Base64 takes four characters for three bytes; how far the files shrink by being zipped is known when they are. */
function warningsOf(asked: Asked, config: Config): Explanation['warnings'] {
  const total = asked.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const most = Math.ceil(total / 3) * 4;
  if (asked.package !== null || most <= config.maxPackageBytes) return [];
  return [
    {
      vi: `Gói tin có thể tới ${most} byte nếu các tệp không nén được; giới hạn là ${config.maxPackageBytes} (PACKAGE_TOO_LARGE).`,
      en: `The package may reach ${most} bytes when its files cannot be compressed; the limit is ${config.maxPackageBytes} (PACKAGE_TOO_LARGE).`,
    },
  ];
}

function packageOf({ package: file, parsed }: Asked): Parameters<typeof compareBefore>[2] {
  return file === null ? null : { sha256: file.sha256, message: parsed?.message };
}

async function explain(store: Store, config: Config, options: ExplainOptions): Promise<Explanation> {
  const now = Date.now();
  const asked = await readAsked(store, options.document, options.attach, config);
  const codes = [...asked.to, ...options.to];
  if (codes.length === 0 && asked.refusals.length === 0)
    throw new CommandError(EXIT.usage, {
      vi: 'Cần --to MÃ, hoặc --document có nơi nhận ("to").',
      en: 'Give --to CODE, or a --document with recipients ("to").',
    });
  const urgency = urgencyOf(asked.priority ?? 0);
  const systems = configuredSystems(config);
  const { verifyPackage: packageRule, verifyPolicy: fileRule, verifyThreshold: threshold } = config;
  const x = {
    store,
    now: () => now,
    counterparties: new Set(systems),
    settings: { arrival: { packageRule, fileRule, threshold } },
  };
  const foreseen = await forecast(x, [...new Set(codes)], asked.parsed);
  const states = new Map(
    (await describeCounterparties(store, systems, now)).map((state) => [state.system, state]),
  );
  const { from, sign } = asked;
  const signing = from === undefined ? [] : await explainSigning(config, { from, sign }, now);
  const sender = await senderOf(store, asked);
  const { before } = foreseen;
  const compared =
    before === null ? null : await compareBefore(x, before, packageOf(asked), foreseen.recipients);
  const ofDocument = [
    ...asked.refusals,
    ...foreseen.refusals.filter(({ code }) => code === 'PACKAGE_INVALID'),
  ];
  const refusals = [
    ...asked.refusals,
    ...refusalsOf(asked, signing, config),
    ...foreseen.refusals,
    ...(compared?.refusals ?? []),
  ];
  const clock = createLegalClock(config);
  const item = { acceptedAt: now, isUrgent: urgency === 'urgent', handedOverAt: null };
  return {
    ok: refusals.length === 0,
    refusals,
    routes: foreseen.recipients.map((one) => {
      const line = lineOf(one, foreseen.refusals, states, urgency, config);
      return compared?.holders.has(one.code) === true ? { ...line, hasIt: true } : line;
    }),
    sender,
    signing,
    urgency,
    latestAt: new Date(sendingDeadline(clock.calendar, clock.settings, item, now).latestAt).toISOString(),
    limits: {
      packageBytes: config.maxPackageBytes,
      fileBytes: config.maxFileBytes,
      recipients: MOST_RECIPIENTS,
    },
    faults: ofDocument.flatMap(({ faults }) => faults),
    sentBefore:
      before === null || compared === null
        ? null
        : { packageId: before.id, state: before.state, content: compared.content },
    warnings: [...senderWarnings(sender), ...warningsOf(asked, config)],
  };
}

/** Prints it; exit 1 when the document would not be taken in. */
export async function explainRoute(options: ExplainOptions, setExit: SetExit): Promise<void> {
  await withStore(options, async (store, config) => {
    const explanation = await explain(store, config, options);
    if (options.json === true) printJson(explanation);
    else printExplanation(explanation);
    if (!explanation.ok) setExit(EXIT.failed);
  });
}
