/** Who gets a document, and through which counterparty. */
import type { EdxmlDocument } from '../../packages/index.ts';
import { formerAgencies, isIntegrationCentre, recentAgencies } from '../directory/index.ts';
import type { AgencyRow, Store } from '../store/index.ts';
import { ExchangeError, type Fault } from './errors.ts';
import { INBOX_SYSTEM } from './routing.ts';

/** One recipient and the counterparty that reaches it. */
export interface Recipient {
  readonly code: string;
  readonly name: string;
  readonly system: string;
}

/** Where a document may go: the directory, and the systems that are set up. */
export interface Reach {
  readonly store: Store;
  readonly counterparties: Pick<ReadonlyMap<string, unknown>, 'has'>;
}

/** What becomes of one code a document names. */
export interface RecipientDecision {
  readonly code: string;
  readonly agency: AgencyRow | null;
  /**
   * `send`; `same`: the agency of a code before it, which gets one copy; `behind`: the axis the document came from reaches it
   * itself. The rest get nothing: `unknown` to the directory, a `centre`, `unreachable` behind a system that is not set up.
   */
  readonly outcome: 'send' | 'same' | 'behind' | 'unknown' | 'centre' | 'unreachable';
}

/** Decides on each of `codes` in their order. */
export async function decideRecipients(
  x: Reach,
  codes: readonly string[],
  origin: string,
): Promise<RecipientDecision[]> {
  const agencies = await recentAgencies(x.store, codes);
  const taken = new Set<string>();
  return codes.map((code) => {
    const agency = agencies.get(code) ?? null;
    const outcome = outcomeOf(x, code, agency, origin, taken);
    if (agency !== null && outcome === 'send') taken.add(agency.code);
    return { code, agency, outcome };
  });
}

function outcomeOf(
  x: Reach,
  code: string,
  agency: AgencyRow | null,
  origin: string,
  taken: ReadonlySet<string>,
): RecipientDecision['outcome'] {
  if (isIntegrationCentre(code)) return 'centre';
  if (agency === null) return 'unknown';
  if (agency.system !== INBOX_SYSTEM && !x.counterparties.has(agency.system)) return 'unreachable';
  if (agency.system === origin) return 'behind';
  return taken.has(agency.code) ? 'same' : 'send';
}

/**
 * Recipients of a document with the counterparty that reaches each, every agency once.
 * @throws ExchangeError RECIPIENT_UNKNOWN, SYSTEM_UNKNOWN: all faults at once.
 */
export async function resolveRecipients(
  x: Reach,
  message: Pick<EdxmlDocument, 'to'>,
  origin: string,
): Promise<Recipient[]> {
  const codes = message.to.map(({ organId }) => organId);
  const decisions = await decideRecipients(x, codes, origin);
  const resolved = decisions.flatMap((decision) => recipientOf(decision) ?? []);
  assertNotTooMany(resolved.length);
  if (decisions.some(({ outcome }) => outcome !== 'send') || resolved.length === 0)
    await assertReachable(x, origin, resolved, decisions);
  return resolved;
}

/** The recipient a decision makes; null: nothing is sent for this code. */
export function recipientOf({ code, agency, outcome }: RecipientDecision): Recipient | null {
  if (agency === null || outcome !== 'send') return null;
  const { name, system } = agency;
  // An inbox is found by the directory's code; an axis wants the code as the package has it.
  return { code: system === INBOX_SYSTEM ? agency.code : code, name, system };
}

/** Recipients of one document; what one transaction and a VXP header of 40 KiB carry. */
export const MOST_RECIPIENTS = 1_000;

/** @throws ExchangeError PACKAGE_INVALID */
function assertNotTooMany(count: number): void {
  if (count <= MOST_RECIPIENTS) return;
  const text = {
    vi: `Một văn bản gửi tối đa 1.000 cơ quan nhận; gói tin này có ${count}. Hãy chia thành nhiều văn bản.`,
    en: `A document goes to at most 1,000 agencies; this package has ${count}. Split it.`,
  };
  throw new ExchangeError('PACKAGE_INVALID', text, {
    faults: [{ code: 'R.MessageHeader.To', path: 'to', ...text }],
  });
}

/** A package arriving from an axis names recipients of others too; only those not reached through that axis are ours. */
async function assertReachable(
  x: Reach,
  origin: string,
  resolved: readonly Recipient[],
  decisions: readonly RecipientDecision[],
): Promise<void> {
  const fromAxis = x.counterparties.has(origin);
  const isUnknown = ({ outcome }: RecipientDecision): boolean => ['unknown', 'centre'].includes(outcome);
  const hasUnknown = decisions.some(isUnknown);
  const unreachable = decisions.flatMap(({ code, agency, outcome }, index) =>
    outcome === 'unreachable' ? [unreachableRecipient(code, agency?.system ?? '', index)] : [],
  );
  if (unreachable.length > 0 && !hasUnknown && (!fromAxis || resolved.length === 0)) {
    throw new ExchangeError(
      'SYSTEM_UNKNOWN',
      {
        vi: 'Có cơ quan nhận nằm sau một hệ thống chưa được cấu hình; chưa gửi cho cơ quan nào.',
        en: 'A recipient sits behind a system that is not configured; nothing was sent to anyone.',
      },
      { faults: unreachable },
    );
  }
  if (resolved.length > 0 && (!hasUnknown || fromAxis)) return;
  const former = await formerAgencies(
    x.store.read,
    decisions.filter(isUnknown).map(({ code }) => code),
  );
  const unknown = decisions.flatMap((decision, index) =>
    isUnknown(decision) ? [unknownRecipient(decision, index, former)] : [],
  );
  throw new ExchangeError(
    'RECIPIENT_UNKNOWN',
    {
      vi: 'Có cơ quan nhận không tồn tại trong danh mục; chưa gửi cho cơ quan nào.',
      en: 'A recipient is not in the directory; nothing was sent to anyone.',
    },
    { faults: [...unknown, ...unreachable] },
  );
}

function unknownRecipient(
  { code, outcome }: RecipientDecision,
  index: number,
  former: ReadonlyMap<string, AgencyRow>,
): Fault {
  const place = { code: 'R.MessageHeader.To.OrganId', path: `to[${index}].organId` };
  if (outcome === 'centre')
    return {
      ...place,
      vi: `${code} là trung tâm tích hợp, không nhận văn bản; hãy gửi cho cơ quan phía sau.`,
      en: `${code} is an integration centre and takes no documents; send to the agency behind it.`,
    };
  const old = former.get(code);
  if (old !== undefined)
    return {
      ...place,
      vi: `Mã ${code} (${old.name}) đã hết hiệu lực trong danh mục liên thông.`,
      en: `Code ${code} (${old.name}) is no longer in force in the directory.`,
    };
  return {
    ...place,
    vi: `Không có cơ quan nhận ${code} trong danh mục liên thông.`,
    en: `Recipient ${code} is not in the directory.`,
  };
}

function unreachableRecipient(code: string, system: string, index: number): Fault {
  return {
    code: 'R.MessageHeader.To.OrganId',
    path: `to[${index}].organId`,
    vi: `Cơ quan ${code} đi qua hệ thống ${system}, hệ thống này chưa được cấu hình.`,
    en: `Recipient ${code} is reached through ${system}, which is not configured.`,
  };
}
