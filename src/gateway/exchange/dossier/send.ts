/** What is said about a dossier: each message moves it by the table and goes out as a package, in one transaction. */
import {
  DOSSIER_STATES,
  type DossierMessage,
  type DossierState,
  formatVietnamTime,
  isDossierMoveAllowed,
} from '../../../packages/index.ts';
import {
  type DossierRow,
  findDossier,
  lockDossier,
  type Queries,
  tellNews,
  updateDossier,
} from '../../store/index.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { defined, PORTAL_SYSTEM } from './body.ts';
import { type KeepOptions, keepDossierPackage, type SendOptions, withHeader } from './keep.ts';

type MessageOf<K extends DossierMessage['kind']> = DossierMessage & { kind: K };

/** What a message does to its dossier besides going out. */
export interface Effect {
  /** State it moves to; undefined: it stays. */
  readonly to?: DossierState | undefined;
  /** Refuses, with the reason, what the present state does not allow. */
  allow?(dossier: DossierRow): { vi: string; en: string } | null;
  change?(dossier: DossierRow): Partial<DossierRow>;
  /** Facts for the feed, free of personal data. */
  readonly news?: Readonly<Record<string, unknown>>;
  /** Systems that are told. Default: the portal. */
  readonly systems?: readonly string[];
}

/** States that end the work; the first of them reached is when the dossier was finished. */
const ENDS: ReadonlySet<number> = new Set([3, 8, 9, 10]);

/**
 * Keeps one message about a dossier, applies its effect and tells the feed, all or nothing.
 * @throws ExchangeError DOSSIER_UNKNOWN, DOSSIER_MOVE_NOT_ALLOWED, DOSSIER_ACT_NOT_ALLOWED, PACKAGE_INVALID, DOCUMENT_CONFLICT, IDEMPOTENCY_CONFLICT.
 */
export async function sendAct<K extends DossierMessage['kind']>(
  x: Exchange,
  dossier: Pick<DossierRow, 'code' | 'agency'>,
  kind: K,
  body: MessageOf<K>['body'],
  effect: Effect,
  options: SendOptions,
): Promise<Accepted> {
  const systems = (effect.systems ?? [PORTAL_SYSTEM]).filter((system) => x.counterparties.has(system));
  const message = await withHeader(x, kind, body as never, dossier.code, dossier.agency, undefined, systems);
  return keepAct(x, message, effect, {
    ...options,
    key: options.key ?? `${kind}|${dossier.code}|${options.idempotency?.key ?? message.messageId}`,
  });
}

/** The same for a message that is there already; `bytes`: as another system wrote and signed it. */
export async function keepAct(
  x: Exchange,
  message: DossierMessage,
  effect: Effect,
  options: Omit<KeepOptions, 'systems'>,
): Promise<Accepted> {
  const ministry = (await findDossier(x.store.read, message.dossierCode))?.ministry_system ?? '';
  // The system that decides on a dossier hears what others say about it, where it has a call for that; never its own words.
  const hears =
    options.submitter.origin !== ministry &&
    x.counterparties.get(ministry)?.hears?.has(message.kind) === true;
  const systems = [...(effect.systems ?? [PORTAL_SYSTEM]), ...(hears ? [ministry] : [])];
  return keepDossierPackage(x, message, {
    ...options,
    systems: systems.filter((system) => x.counterparties.has(system)),
    also: async (tx, pkg) => {
      await applyEffect(tx, message.dossierCode, message.kind, effect, x.now());
      await options.also?.(tx, pkg);
    },
  });
}

async function applyEffect(
  tx: Queries,
  code: string,
  kind: string,
  effect: Effect,
  now: number,
): Promise<void> {
  const current = await lockDossier(tx, code);
  if (current === undefined) throw unknownDossier(code);
  const refusal = effect.allow?.(current) ?? null;
  if (refusal !== null) throw new ExchangeError('DOSSIER_ACT_NOT_ALLOWED', refusal);
  if (effect.to !== undefined) assertMove(current, effect.to);
  const to = effect.to ?? current.state;
  await updateDossier(tx, code, {
    ...effect.change?.(current),
    state: to,
    ...(ENDS.has(to) && current.finished_at === null ? { finished_at: now } : {}),
    updated_at: now,
  });
  await tellNews(
    tx,
    {
      agency: current.agency,
      code,
      type: `dossier.${kind}`,
      data: { from: current.state, state: to, ...effect.news },
    },
    now,
  );
}

/** The table of allowed moves decides between two systems that change one dossier at once; the loser is told why. */
function assertMove(current: DossierRow, to: DossierState): void {
  if (isDossierMoveAllowed(current.state, to)) return;
  const from = DOSSIER_STATES[current.state as DossierState];
  throw new ExchangeError('DOSSIER_MOVE_NOT_ALLOWED', {
    vi: `Hồ sơ ${current.code} đang ở trạng thái "${from.vi}"; không thể chuyển sang "${DOSSIER_STATES[to].vi}".`,
    en: `Dossier ${current.code} is in state "${from.en}"; it may not move to "${DOSSIER_STATES[to].en}".`,
  });
}

/** Sends one step to the portal and moves the dossier, in one transaction. */
export async function sendProgress(
  x: Exchange,
  dossier: DossierRow,
  step: { handler: string; content: string; state: DossierState; handledAt: string },
  options: SendOptions,
): Promise<Accepted> {
  return sendAct(
    x,
    dossier,
    'progress',
    { steps: [step] },
    { to: step.state, news: { by: options.submitter.actor } },
    options,
  );
}

/** A result as it is told: state, papers and what a person should know. */
export interface ResultFacts {
  readonly state: DossierState;
  readonly note?: string | undefined;
  readonly returnInfo?: string | undefined;
  readonly papers: {
    name: string;
    paperNumber?: string;
    file?: { name: string; contentType: string; sizeBytes: number; sha256: string };
  }[];
}

/** Sends a result to the portal and into the agency's inbox, and moves the dossier. */
export async function sendResult(
  x: Exchange,
  dossier: DossierRow,
  result: ResultFacts,
  options: SendOptions,
): Promise<Accepted> {
  const now = formatVietnamTime(new Date(x.now()));
  const body = defined({
    state: result.state,
    decidedAt: now,
    returnedAt: result.state === 10 ? now : undefined,
    returnInfo: result.returnInfo,
    note: result.note,
    results: result.papers,
  });
  const withFile = result.papers.filter((paper) => paper.file !== undefined).length;
  const effect: Effect = {
    to: result.state,
    change: (current) => ({
      results: current.results + result.papers.length,
      e_results: current.e_results + withFile,
    }),
    news: { by: options.submitter.actor, papers: result.papers.length },
  };
  return sendAct(x, dossier, 'result', body, effect, options);
}

export function unknownDossier(code: string): ExchangeError {
  return new ExchangeError('DOSSIER_UNKNOWN', {
    vi: `Không có hồ sơ ${code}.`,
    en: `There is no dossier ${code}.`,
  });
}
