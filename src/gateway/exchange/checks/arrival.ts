/**
 * What becomes of a document whose signatures are not in order: each receiving agency says, for the signature of the
 * package and for those of its files, whether that is accepted, flagged, held for a person, or refused with status 02.
 */
import type { VerificationReport } from '../../../signing/index.ts';
import type { NewEvent } from '../../evidence/index.ts';
import {
  type ArrivalPolicyRow,
  findArrivalPolicies,
  type NewDelivery,
  type PackageRow,
  type Queries,
} from '../../store/index.ts';
import type { Exchange } from '../ports.ts';
import { DELIVERY_REASONS, type ReasonCode } from '../reasons.ts';
import { INBOX_SYSTEM } from '../routing.ts';
import type { Checked } from './verify.ts';

/** From the mildest to the strictest. */
export const ARRIVAL_RULES = ['accept', 'flag', 'hold', 'refuse'] as const;
export type ArrivalRule = (typeof ARRIVAL_RULES)[number];
/** From which fault on a rule takes effect: only a failed signature; or one that is not proved good; or none at all. */
export const ARRIVAL_THRESHOLDS = ['failed', 'unproven', 'unsigned'] as const;
export type ArrivalThreshold = (typeof ARRIVAL_THRESHOLDS)[number];

/** An agency's policy, or that of the settings. */
export interface ArrivalPolicy {
  readonly packageRule: ArrivalRule;
  readonly fileRule: ArrivalRule;
  readonly threshold: ArrivalThreshold;
}

/** Why deliveries are not handed on. */
export interface Hold {
  readonly code: ReasonCode;
  readonly vi: string;
}

/** What happens to one delivery, and what its timeline says about that. */
export interface Fate {
  readonly hold: Hold | null;
  readonly events: readonly NewEvent[];
}

/** The code of a delivery that is being refused: status 02 goes out next (`refuse.ts`). */
export const SIGNATURE_REFUSED = 'SIGNATURE_REFUSED';

/** One thing that is not in order. */
interface ArrivalFault {
  readonly part: 'package' | 'file';
  readonly name: string;
  readonly verdict: string;
  readonly subIndication: string | null;
  readonly degree: ArrivalThreshold;
  /** False where only evidence could not be had, or the file is too large for us: no reason to send anything back. */
  readonly isDefinite: boolean;
  readonly vi: string;
  readonly en: string;
}

const VERDICT_WORDS = {
  failed: { vi: 'chữ ký không hợp lệ', en: 'the signature is not valid' },
  unproven: { vi: 'chưa kết luận được chữ ký là hợp lệ', en: 'the signature could not be proved valid' },
  unsigned: { vi: 'không có chữ ký số nào', en: 'there is no digital signature' },
} as const;

function fault(item: Checked, degree: 'failed' | 'unproven', isDefinite: boolean, why: Why): ArrivalFault {
  const place = item.part === 'package' ? { vi: 'Gói tin', en: 'The package' } : named(item.name);
  const words = VERDICT_WORDS[degree];
  const tail = (text: string): string => (text === '' ? '' : `: ${text}`);
  return {
    part: item.part ?? 'file',
    name: item.name,
    verdict: item.report?.verdict ?? 'NOT-VERIFIED',
    subIndication: why.subIndication,
    degree,
    isDefinite,
    vi: `${place.vi}: ${words.vi}${why.subIndication === null ? '' : ` (${why.subIndication})`}${tail(why.vi)}`,
    en: `${place.en}: ${words.en}${why.subIndication === null ? '' : ` (${why.subIndication})`}${tail(why.en)}`,
  };
}

function named(name: string): { vi: string; en: string } {
  return { vi: `Tệp “${name}”`, en: `File “${name}”` };
}

interface Why {
  readonly subIndication: string | null;
  readonly vi: string;
  readonly en: string;
}

/** The signature that decided the verdict, and its first error. */
function whyOf(report: VerificationReport): Why {
  const deciding = report.signatures.find(({ indication }) => indication === report.verdict);
  const first = deciding?.messages.find(({ level }) => level === 'error');
  return {
    subIndication: deciding?.subIndication ?? null,
    vi: first?.vi ?? '',
    en: first?.en ?? '',
  };
}

/** Whether a signature of the package speaks for all of it; one over a part says nothing about the rest. */
function coversPackage(report: VerificationReport): boolean {
  return report.signatures.some(({ coverage }) => coverage === 'whole-document');
}

function faultOf(item: Checked): ArrivalFault | null {
  const { report, skipped } = item;
  if (report === null)
    return fault(item, 'unproven', !['TOO_LARGE', 'VERIFIER_FAULT'].includes(skipped ?? ''), {
      subIndication: skipped ?? null,
      vi: '',
      en: '',
    });
  if (report.verdict === 'TOTAL-FAILED') return fault(item, 'failed', true, whyOf(report));
  if (report.verdict === 'INDETERMINATE') {
    const isDefinite = report.signatures.some(
      ({ indication, subIndication }) => indication === 'INDETERMINATE' && subIndication !== 'TRY_LATER',
    );
    return fault(item, 'unproven', isDefinite, whyOf(report));
  }
  if (item.part === 'package' && report.verdict === 'TOTAL-PASSED' && !coversPackage(report))
    return fault(item, 'unproven', true, {
      subIndication: null,
      vi: 'chữ ký chỉ phủ một phần gói tin',
      en: 'it covers only a part of the package',
    });
  return null;
}

/** Everything about the signatures of a package that is not in order, the worst first. */
function faultsOf(checked: readonly Checked[]): ArrivalFault[] {
  const found = checked.flatMap((item) => faultOf(item) ?? []);
  const isSigned = checked.some(({ report }) => report === null || report.signatures.length > 0);
  if (!isSigned)
    found.push({
      part: 'file',
      name: '',
      verdict: 'NO-SIGNATURE',
      subIndication: null,
      degree: 'unsigned',
      isDefinite: true,
      vi: `Văn bản: ${VERDICT_WORDS.unsigned.vi}`,
      en: `The document: ${VERDICT_WORDS.unsigned.en}`,
    });
  return found.sort((a, b) => ARRIVAL_THRESHOLDS.indexOf(a.degree) - ARRIVAL_THRESHOLDS.indexOf(b.degree));
}

function wordOf<T extends string>(words: readonly T[], value: string, otherwise: T): T {
  return words.find((word) => word === value) ?? otherwise;
}

/** A stored policy; a word this version does not know counts as the strictest that asks a person. */
export function arrivalPolicyOf(row: ArrivalPolicyRow): ArrivalPolicy {
  return {
    packageRule: wordOf(ARRIVAL_RULES, row.package_rule, 'hold'),
    fileRule: wordOf(ARRIVAL_RULES, row.file_rule, 'hold'),
    threshold: wordOf(ARRIVAL_THRESHOLDS, row.threshold, 'unproven'),
  };
}

/** The fate of a delivery nobody has anything against. */
export const NO_FATE: Fate = { hold: null, events: [] };
/** Room for the reasons in a status, whose Description holds 500 characters (NĐ 30/2020 App. VI). */
const REASON_LENGTH = 440;

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= REASON_LENGTH ? text : `${characters.slice(0, REASON_LENGTH - 1).join('')}…`;
}

/** Decides about the deliveries of one package. */
export type Arbiter = (
  pkg: Pick<PackageRow, 'kind' | 'origin'>,
  delivery: Pick<NewDelivery, 'id' | 'recipient' | 'system'>,
  checked: readonly Checked[],
) => Fate;

/** Nobody would ever come to fetch it. */
const NOT_CONFIGURED: Hold = { code: 'SYSTEM_NOT_CONFIGURED', vi: DELIVERY_REASONS.SYSTEM_NOT_CONFIGURED.vi };

/** Whether anything reaches what is behind `system`. */
export function isConfigured(
  { counterparties }: { readonly counterparties: Pick<Exchange['counterparties'], 'has'> },
  system: string,
): boolean {
  return system === INBOX_SYSTEM || counterparties.has(system);
}

/**
 * Reads the policies of `recipients` once. An agency's own policy holds for whatever reaches its inbox; the settings
 * hold for the rest: what came from outside may be held or refused by them, what our own agencies send is flagged at most.
 */
export async function arbiterFor(
  x: Pick<Exchange, 'settings' | 'counterparties'>,
  tx: Queries,
  recipients: readonly string[],
): Promise<Arbiter> {
  const own = recipients.length === 0 ? new Map() : await findArrivalPolicies(tx, recipients);
  return (pkg, delivery, checked) => {
    if (!isConfigured(x, delivery.system)) return { hold: NOT_CONFIGURED, events: [] };
    const row = delivery.system === INBOX_SYSTEM ? own.get(delivery.recipient) : undefined;
    const policy = row === undefined ? x.settings.arrival : arrivalPolicyOf(row);
    const limit = ARRIVAL_THRESHOLDS.indexOf(policy.threshold);
    const counted = faultsOf(checked).filter(({ degree }) => ARRIVAL_THRESHOLDS.indexOf(degree) <= limit);
    const ruled = counted.map((one) => ({
      one,
      rule: one.part === 'package' ? policy.packageRule : policy.fileRule,
    }));
    const heeded = ruled.filter(({ rule }) => rule !== 'accept');
    if (heeded.length === 0) return NO_FATE;
    const isOutside = x.counterparties.has(pkg.origin);
    let rule = strictest(heeded);
    if (row === undefined && !isOutside) rule = 'flag';
    const mayRefuse = pkg.kind === 'document' && delivery.system === INBOX_SYSTEM;
    if (rule === 'refuse' && !mayRefuse) rule = 'hold';
    return fateOf(
      rule,
      heeded.map(({ one }) => one),
      delivery,
      row === undefined ? 'settings' : 'agency',
    );
  };
}

/** A rule to refuse is carried out only for a fault that is the document's own; else a person looks. */
function strictest(heeded: readonly { one: ArrivalFault; rule: ArrivalRule }[]): ArrivalRule {
  const rules = heeded.map(({ one, rule }) => (rule === 'refuse' && !one.isDefinite ? 'hold' : rule));
  return ARRIVAL_RULES[Math.max(...rules.map((rule) => ARRIVAL_RULES.indexOf(rule)))] ?? 'hold';
}

function fateOf(
  rule: ArrivalRule,
  faults: readonly ArrivalFault[],
  delivery: Pick<NewDelivery, 'id' | 'recipient'>,
  by: 'agency' | 'settings',
): Fate {
  const said = (words: readonly string[]): string =>
    cut(words.map((one) => one.replace(/\.$/, '')).join('; '));
  const vi = said(faults.map((one) => one.vi));
  const en = said(faults.map((one) => one.en));
  const flagged: NewEvent = {
    type: 'flagged',
    actor: 'gateway',
    deliveryId: delivery.id,
    data: {
      recipient: delivery.recipient,
      rule,
      by,
      reason: vi,
      reasonEn: en,
      faults: faults
        .slice(0, 20)
        .map(({ part, name, verdict, subIndication }) => ({ part, name, verdict, subIndication })),
    },
  };
  if (rule === 'flag') return { hold: null, events: [flagged] };
  if (rule === 'refuse') return { hold: { code: SIGNATURE_REFUSED, vi: `${vi}.` }, events: [flagged] };
  const hold: Hold = {
    code: 'SIGNATURE_FAILED',
    vi: `${vi}. Theo chính sách, văn bản chờ người có thẩm quyền quyết định.`,
  };
  return { hold, events: [flagged] };
}
