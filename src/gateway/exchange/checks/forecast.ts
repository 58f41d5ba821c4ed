/** What would become of a document that is not sent: the same rules, directory and records that judge one that is. */
import {
  documentKey,
  type EdxmlDocument,
  type EdxmlMessage,
  type ParsedEdxml,
} from '../../../packages/index.ts';
import { namesakes } from '../../directory/index.ts';
import { type AgencyRow, findArrivalPolicies, findPackageByKey, type PackageRow } from '../../store/index.ts';
import { findFaults } from '../accept.ts';
import { ExchangeError, type ExchangeErrorCode, type Fault } from '../errors.ts';
import { recognise } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import {
  decideRecipients,
  type Reach,
  type RecipientDecision,
  recipientOf,
  resolveRecipients,
} from '../recipients.ts';
import { INBOX_SYSTEM } from '../routing.ts';
import { type ArrivalPolicy, arrivalPolicyOf } from './arrival.ts';
import { findHolders } from './others.ts';

/** Where a document handed in at the API comes from. */
const ORIGIN = { origin: 'api' } as const;

/** Why it would not be taken in. */
export interface Refusal {
  /** Code of the problem the API would answer. */
  readonly code: ExchangeErrorCode | 'BAD_REQUEST' | 'BODY_TOO_LARGE' | 'KEY';
  readonly vi: string;
  readonly en: string;
  readonly faults: readonly Fault[];
}

/** One recipient of a {@link Forecast}. */
export interface RecipientForecast extends RecipientDecision {
  /** Other agencies in force that bear the same code; the one that has it for its own comes first. */
  readonly passedOver: readonly AgencyRow[];
  /** What its agency does with signatures that are not in order; null: it gets its mail over an axis and says so there. */
  readonly policy: (ArrivalPolicy & { readonly by: 'agency' | 'settings' }) | null;
}

/** A document as a parser gives it. */
export type ReadDocument = ParsedEdxml & { readonly message: EdxmlDocument };

export interface Forecast {
  readonly recipients: readonly RecipientForecast[];
  readonly refusals: readonly Refusal[];
  /** The package that bears this sender, DocumentId and business type already. */
  readonly before: PackageRow | null;
}

/**
 * @param codes recipients; they are looked up also where the message is missing or faulty.
 * @param parsed the whole document, when there is one.
 */
export async function forecast(
  x: Reach & Pick<Exchange, 'now'> & { readonly settings: Pick<Exchange['settings'], 'arrival'> },
  codes: readonly string[],
  parsed: ReadDocument | null,
): Promise<Forecast> {
  const decisions = await decideRecipients(x, codes, ORIGIN.origin);
  const policies = await findArrivalPolicies(
    x.store.read,
    decisions.flatMap(({ agency }) => (agency?.system === INBOX_SYSTEM ? [agency.code] : [])),
  );
  const recipients: RecipientForecast[] = [];
  for (const decision of decisions) {
    const { agency } = decision;
    const shared = agency === null ? [] : await namesakes(x.store.read, decision.code);
    const own = agency === null ? undefined : policies.get(agency.code);
    recipients.push({
      ...decision,
      passedOver: shared.filter(({ code }) => code !== agency?.code),
      policy: agency?.system === INBOX_SYSTEM ? policyOf(x, own) : null,
    });
  }
  const refusals = [...(await faultsOf(x, parsed)), ...(await unreachable(x, codes))];
  return { recipients, refusals, before: parsed === null ? null : await kept(x, parsed.message) };
}

function policyOf(
  x: { readonly settings: Pick<Exchange['settings'], 'arrival'> },
  own: Parameters<typeof arrivalPolicyOf>[0] | undefined,
): RecipientForecast['policy'] {
  return own === undefined
    ? { ...x.settings.arrival, by: 'settings' }
    : { ...arrivalPolicyOf(own), by: 'agency' };
}

async function faultsOf(x: Reach & Pick<Exchange, 'now'>, parsed: ReadDocument | null): Promise<Refusal[]> {
  if (parsed === null) return [];
  const { errors } = await findFaults(x, parsed, ORIGIN);
  const first = errors[0];
  if (first === undefined) return [];
  const vi = `Thông tin văn bản không hợp lệ: ${first.vi}`;
  return [{ code: 'PACKAGE_INVALID', vi, en: `The document is not valid: ${first.en}`, faults: errors }];
}

/** What is asked is what sending asks: there is no second set of rules to differ from it. */
async function unreachable(x: Reach, codes: readonly string[]): Promise<Refusal[]> {
  if (codes.length === 0) return [];
  try {
    await resolveRecipients(x, { to: codes.map((organId) => ({ organId, organName: '' })) }, ORIGIN.origin);
    return [];
  } catch (cause) {
    return [refusalOf(cause)];
  }
}

async function kept(x: Reach, message: EdxmlDocument): Promise<PackageRow | null> {
  const { documentId, business, from } = message;
  const key = documentKey(from.organId, documentId, business.businessDocType);
  return (await findPackageByKey(x.store.read, key)) ?? null;
}

/** How what was sent before compares with it. */
export interface Compared {
  /** `further`: the same, to agencies of which some have not got it; null: it can only be known of a package. */
  readonly content: 'same' | 'further' | 'other' | null;
  readonly refusals: readonly Refusal[];
  /** Codes, as written, of those who have it. */
  readonly holders: ReadonlySet<string>;
}

/** Whether what was sent before is the same, as far as this can be known. @param asked the package; null: there are metadata only */
export async function compareBefore(
  x: Reach,
  before: PackageRow,
  asked: { readonly sha256: string; readonly message: EdxmlMessage | undefined } | null,
  recipients: readonly RecipientForecast[],
): Promise<Compared> {
  const nobody = new Set<string>();
  // Taken back, it is refused whatever its files are.
  if (asked === null) return { content: null, refusals: repeatRefusals(before), holders: nobody };
  const { sha256, message } = asked;
  try {
    recognise(before, { requestSha256: sha256, kind: message?.kind ?? '', metadata: message });
    return { content: 'same', refusals: [], holders: nobody };
  } catch (cause) {
    if (!(cause instanceof ExchangeError)) throw cause;
    try {
      const { sender, document_key: documentKey } = before;
      const name = { origin: 'api', sender, documentId: before.document_id, documentKey, metadata: message };
      const sent = recipients.flatMap((decision) => {
        const recipient = recipientOf(decision);
        return recipient === null ? [] : [{ written: decision.code, ...recipient }];
      });
      const had = await findHolders(x, name, sent);
      if (had === null) throw cause;
      const without = new Set(had.without.map(({ code }) => code));
      const holders = sent.filter(({ code }) => !without.has(code)).map(({ written }) => written);
      const content = without.size === 0 ? 'same' : 'further';
      return { content, refusals: [], holders: content === 'same' ? nobody : new Set(holders) };
    } catch (refused) {
      return { content: 'other', refusals: [refusalOf(refused)], holders: nobody };
    }
  }
}

/** Why the very same as `before` would be refused. */
function repeatRefusals(before: PackageRow): Refusal[] {
  try {
    recognise(before, { requestSha256: before.request_sha256 });
    return [];
  } catch (cause) {
    return [refusalOf(cause)];
  }
}

/** @throws `cause` when it is no refusal */
function refusalOf(cause: unknown): Refusal {
  if (!(cause instanceof ExchangeError)) throw cause;
  const { code, vi, message: en, faults } = cause;
  return { code, vi, en, faults };
}
