/** Accept: stream an edXML package to a durable blob while reading it, check it, then keep it in one transaction. */
import { createHash } from 'node:crypto';
import {
  checkEdxml,
  documentKey,
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
  PackageError,
  parseEdxml,
} from '../../packages/index.ts';
import { findAgencies, isIntegrationCentre } from '../directory/index.ts';
import type { NewEvent } from '../evidence/index.ts';
import { type Blob, StoreError } from '../store/index.ts';
import { ExchangeError, type Fault } from './errors.ts';
import { type Accepted, keepPackage } from './intake.ts';
import type { Exchange } from './ports.ts';
import { INBOX_SYSTEM, newDelivery, urgencyOf } from './routing.ts';

/** Who hands a package in. */
export interface Submitter {
  /** `api`, `vxp-server` or a counterparty's name. */
  readonly origin: string;
  /** Shown on the timeline: agency code or `system:<name>`. */
  readonly actor: string;
  /** Whether it may send in the name of this agency code. */
  maySendFor(code: string): boolean;
}

export interface AcceptOptions {
  readonly idempotency?: { readonly scope: string; readonly key: string };
  readonly inboxKey?: string;
  /** Digest of the request when it is not the package itself (documents built by us). */
  readonly requestSha256?: string;
  readonly events?: readonly NewEvent[];
  readonly correlates?: string;
  /** Called when the blob is durable, with the parsed message; may refuse by throwing. */
  inspect?(message: EdxmlMessage, blob: Blob): Promise<void>;
}

/**
 * Takes in one edXML package.
 * @throws ExchangeError PACKAGE_INVALID (every fault at once), PACKAGE_TOO_LARGE, SENDER_NOT_ALLOWED, RECIPIENT_UNKNOWN,
 * HUB_LOOP, DOCUMENT_CONFLICT. Nothing is kept then.
 */
export async function acceptEdxml(
  x: Exchange,
  source: AsyncIterable<Uint8Array>,
  submitter: Submitter,
  options: AcceptOptions = {},
): Promise<Accepted> {
  const { message, errors, blob } = await receive(x, source);
  await options.inspect?.(message, blob);
  const faults = [...errors, ...checkEdxml(message, { now: new Date(x.now()) }).errors];
  if (faults.length > 0) throw invalidPackage(faults);
  if (!submitter.maySendFor(message.from.organId)) {
    throw new ExchangeError('SENDER_NOT_ALLOWED', {
      vi: `Không được gửi thay cho cơ quan ${message.from.organId}.`,
      en: `You may not send in the name of agency ${message.from.organId}.`,
    });
  }
  return message.kind === 'document'
    ? keepDocument(x, message, blob, submitter, options)
    : keepStatus(x, message, blob, submitter, options);
}

/** Streams the source into a blob and the parser at once; the blob is durable when this resolves. */
async function receive(
  x: Exchange,
  source: AsyncIterable<Uint8Array>,
): Promise<{ message: EdxmlMessage; errors: Fault[]; blob: Blob }> {
  const writer = await x.blobs.create(x.settings.maxPackageBytes);
  async function* tee(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      await writer.write(chunk);
      yield chunk;
    }
  }
  try {
    const { message, errors } = await parseEdxml(tee());
    return { message, errors, blob: await writer.finish() };
  } catch (cause) {
    await writer.abort();
    throw asExchangeError(cause);
  }
}

function asExchangeError(cause: unknown): unknown {
  if (cause instanceof StoreError && cause.code === 'BLOB_TOO_LARGE') {
    return new ExchangeError(
      'PACKAGE_TOO_LARGE',
      { vi: 'Gói tin lớn hơn giới hạn cho phép.', en: 'The package is larger than the limit.' },
      { cause },
    );
  }
  if (!(cause instanceof PackageError)) return cause;
  const { code, vi, en, details } = cause;
  return invalidPackage(
    [{ code, vi, en, path: details.path, line: details.line, column: details.column }],
    cause,
  );
}

function invalidPackage(faults: readonly Fault[], cause?: unknown): ExchangeError {
  const first = faults[0];
  return new ExchangeError(
    'PACKAGE_INVALID',
    { vi: `Gói tin không hợp lệ: ${first?.vi ?? ''}`, en: `The package is not valid: ${first?.en ?? ''}` },
    {
      cause,
      faults: faults.map(({ code, path, vi, en, line, column }) => ({ code, path, vi, en, line, column })),
    },
  );
}

/** Recipients of a document with the counterparty that reaches each; all unknown ones are named at once. */
async function resolveRecipients(
  x: Exchange,
  message: EdxmlDocument,
  origin: string,
): Promise<{ code: string; name: string; system: string }[]> {
  const agencies = await findAgencies(
    x.store.read,
    message.to.map((organ) => organ.organId),
  );
  const resolved: { code: string; name: string; system: string }[] = [];
  const faults: Fault[] = [];
  for (const [index, organ] of message.to.entries()) {
    const agency = agencies.get(organ.organId);
    if (agency === undefined || isIntegrationCentre(organ.organId)) {
      faults.push({
        code: 'R.MessageHeader.To.OrganId',
        path: `to[${index}].organId`,
        vi: `Không có cơ quan nhận ${organ.organId} trong danh mục liên thông.`,
        en: `Recipient ${organ.organId} is not in the directory.`,
      });
    } else if (agency.system !== origin) {
      resolved.push({ code: organ.organId, name: agency.name, system: agency.system });
    }
  }
  // A package arriving from an axis names recipients of others too; only those not reached through that axis are ours.
  if (resolved.length === 0 || (faults.length > 0 && !x.counterparties.has(origin))) {
    throw new ExchangeError(
      'RECIPIENT_UNKNOWN',
      {
        vi: 'Có cơ quan nhận không tồn tại trong danh mục; chưa gửi cho cơ quan nào.',
        en: 'A recipient is not in the directory; nothing was sent to anyone.',
      },
      { faults },
    );
  }
  return resolved;
}

async function keepDocument(
  x: Exchange,
  message: EdxmlDocument,
  blob: Blob,
  submitter: Submitter,
  options: AcceptOptions,
): Promise<Accepted> {
  if (
    x.counterparties.has(submitter.origin) &&
    message.traceHeaders.some((hop) => hop.organId === x.settings.centreCode)
  ) {
    throw new ExchangeError('HUB_LOOP', {
      vi: 'Gói tin đã đi qua trung tâm này; không gửi vòng lại.',
      en: 'The package has already passed this centre; it is not sent round again.',
    });
  }
  const recipients = await resolveRecipients(x, message, submitter.origin);
  const key = documentKey(message.from.organId, message.documentId, message.business.businessDocType);
  const priority = message.otherInfo?.priority ?? 0;
  const now = x.now();
  return keepPackage(x, {
    kind: 'document',
    sender: message.from.organId,
    senderName: message.from.organName,
    origin: submitter.origin,
    actor: submitter.actor,
    documentId: message.documentId,
    // An axis may deliver what one of our own agencies sent out through another one: its own key space.
    documentKey: x.counterparties.has(submitter.origin) ? `in:${submitter.origin}:${key}` : key,
    requestSha256: options.requestSha256 ?? blob.sha256,
    payloadSha256: blob.sha256,
    size: blob.size,
    subject: message.subject,
    code: `${message.code.codeNumber}/${message.code.codeNotation}`,
    priority,
    urgency: urgencyOf(priority),
    metadata: message,
    ...(options.correlates === undefined ? {} : { correlates: options.correlates }),
    ...(options.events === undefined ? {} : { events: options.events }),
    ...(options.inboxKey === undefined ? {} : { inboxKey: options.inboxKey }),
    ...(options.idempotency === undefined ? {} : { idempotency: options.idempotency }),
    deliveries: (pkg) =>
      recipients.map((to) =>
        newDelivery(pkg, to, `${message.from.organId}|${message.documentId}|${to.code}`, now),
      ),
  });
}

/** A status goes to the sender of the document it answers. */
async function keepStatus(
  x: Exchange,
  message: EdxmlStatus,
  blob: Blob,
  submitter: Submitter,
  options: AcceptOptions,
): Promise<Accepted> {
  const responseFor = {
    ...message.responseFor,
    organId: message.responseFor.organId ?? '',
    documentId: answeredDocumentId(message),
  };
  const target = (await findAgencies(x.store.read, [responseFor.organId])).get(responseFor.organId);
  if (target === undefined) {
    throw new ExchangeError(
      'RECIPIENT_UNKNOWN',
      {
        vi: `Không có cơ quan ${responseFor.organId} trong danh mục.`,
        en: `Agency ${responseFor.organId} is not in the directory.`,
      },
      {
        faults: [
          {
            code: 'R.MessageHeader.ResponseFor.OrganId',
            path: 'responseFor.organId',
            vi: 'Không có trong danh mục.',
            en: 'Not in the directory.',
          },
        ],
      },
    );
  }
  const now = x.now();
  const identity = `status|${message.from.organId}|${responseFor.organId}|${responseFor.documentId}|${message.statusCode}|${message.timestamp}`;
  return keepPackage(x, {
    kind: 'status',
    sender: message.from.organId,
    senderName: message.from.organName,
    origin: submitter.origin,
    actor: submitter.actor,
    documentId: responseFor.documentId,
    documentKey: `${x.counterparties.has(submitter.origin) ? `in:${submitter.origin}:` : ''}${createHash('sha256').update(identity).digest('hex')}`,
    requestSha256: options.requestSha256 ?? blob.sha256,
    payloadSha256: blob.sha256,
    size: blob.size,
    subject: message.description ?? '',
    code: message.statusCode,
    priority: 0,
    urgency: 'normal',
    metadata: message,
    ...(options.correlates === undefined ? {} : { correlates: options.correlates }),
    ...(options.inboxKey === undefined ? {} : { inboxKey: options.inboxKey }),
    ...(options.idempotency === undefined ? {} : { idempotency: options.idempotency }),
    deliveries: (pkg) =>
      target.system === submitter.origin
        ? []
        : [
            newDelivery(
              pkg,
              { code: responseFor.organId, name: target.name, system: target.system || INBOX_SYSTEM },
              `${responseFor.organId}|${responseFor.documentId}|${message.from.organId}`,
              now,
            ),
          ],
  });
}

/** The DocumentId a status answers; senders that leave it out are matched by agency, date and number (§1.4). */
export function answeredDocumentId(status: EdxmlStatus): string {
  const { documentId, organId = '', promulgationDate = '', code = '' } = status.responseFor;
  return documentId ?? `${organId},${promulgationDate.replaceAll('-', '/')},${code}`;
}
