/** Who gets a document, and through which counterparty. */
import type { EdxmlDocument } from '../../packages/index.ts';
import { isIntegrationCentre, recentAgencies } from '../directory/index.ts';
import { ExchangeError, type Fault } from './errors.ts';
import type { Exchange } from './ports.ts';
import { INBOX_SYSTEM } from './routing.ts';

/** One recipient and the counterparty that reaches it. */
export interface Recipient {
  readonly code: string;
  readonly name: string;
  readonly system: string;
}

/**
 * Recipients of a document with the counterparty that reaches each, every agency once.
 * @throws ExchangeError RECIPIENT_UNKNOWN, SYSTEM_UNKNOWN: all faults at once.
 */
export async function resolveRecipients(
  x: Exchange,
  message: EdxmlDocument,
  origin: string,
): Promise<Recipient[]> {
  const agencies = await recentAgencies(
    x.store,
    message.to.map((organ) => organ.organId),
  );
  const resolved = new Map<string, Recipient>();
  const unknown: Fault[] = [];
  const unreachable: Fault[] = [];
  for (const [index, organ] of message.to.entries()) {
    const agency = agencies.get(organ.organId);
    if (agency === undefined || isIntegrationCentre(organ.organId))
      unknown.push(unknownRecipient(organ.organId, index));
    else if (agency.system !== INBOX_SYSTEM && !x.counterparties.has(agency.system)) {
      unreachable.push(unreachableRecipient(organ.organId, agency.system, index));
    } else if (agency.system !== origin && !resolved.has(agency.code)) {
      // An inbox is found by the directory's code; an axis wants the code as the package has it.
      const code = agency.system === INBOX_SYSTEM ? agency.code : organ.organId;
      resolved.set(agency.code, { code, name: agency.name, system: agency.system });
    }
  }
  assertNotTooMany(resolved.size);
  assertReachable(x, origin, [...resolved.values()], unknown, unreachable);
  return [...resolved.values()];
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
function assertReachable(
  x: Exchange,
  origin: string,
  resolved: readonly Recipient[],
  unknown: readonly Fault[],
  unreachable: readonly Fault[],
): void {
  const fromAxis = x.counterparties.has(origin);
  if (unreachable.length > 0 && unknown.length === 0 && (!fromAxis || resolved.length === 0)) {
    throw new ExchangeError(
      'SYSTEM_UNKNOWN',
      {
        vi: 'Có cơ quan nhận nằm sau một hệ thống chưa được cấu hình; chưa gửi cho cơ quan nào.',
        en: 'A recipient sits behind a system that is not configured; nothing was sent to anyone.',
      },
      { faults: unreachable },
    );
  }
  if (resolved.length === 0 || (unknown.length > 0 && !fromAxis)) {
    throw new ExchangeError(
      'RECIPIENT_UNKNOWN',
      {
        vi: 'Có cơ quan nhận không tồn tại trong danh mục; chưa gửi cho cơ quan nào.',
        en: 'A recipient is not in the directory; nothing was sent to anyone.',
      },
      { faults: [...unknown, ...unreachable] },
    );
  }
}

function unknownRecipient(code: string, index: number): Fault {
  return {
    code: 'R.MessageHeader.To.OrganId',
    path: `to[${index}].organId`,
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
