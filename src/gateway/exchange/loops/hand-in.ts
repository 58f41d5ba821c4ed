/**
 * Hand in: a system that takes its mail from the broker publishes its packages to our own queue (contracts.md AMQP). The broker
 * says which account published a message, the settings say which system that is, the directory says for whom it may speak.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Received } from '../../bus/index.ts';
import { findKey, findPackage, UNREADABLE } from '../../store/index.ts';
import { acceptEdxml } from '../accept.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { keepUnreadable } from './unreadable.ts';

/**
 * Whether a message of our own queue was published by somebody else. One whose publisher is not named is ours when it says what
 * ours say: processing what it names again changes nothing.
 */
export function isHandedIn({ headers, submittedBy }: Received): boolean {
  if (submittedBy === null) return false;
  return submittedBy !== '' || (headers['kind'] !== 'process' && headers['delivery-id'] === undefined);
}

/**
 * Takes in one package. Its publisher is answered where it waits for an answer; where it does not, what is refused is kept for
 * a person. Rejects for faults of our own: the message comes again.
 */
export async function takeHandedIn(x: Exchange, message: Received): Promise<void> {
  const system = systemOf(x, message);
  if (system instanceof ExchangeError) {
    await answer(x, message, refusalOf(system));
    return message.park(system.code);
  }
  const inboxKey = `arrival:${system}:amqp:${nameOf(message)}`;
  const kept = await findKey(x.store.read, inboxKey);
  if (kept !== undefined) return answerAgain(x, message, kept);
  try {
    assertInline(message);
    const accepted = await acceptEdxml(
      x,
      Readable.from([message.body]),
      { origin: system, actor: `system:${system}`, maySendFor: (_code, agency) => agency?.system === system },
      { inboxKey },
    );
    await answer(x, message, accepted);
  } catch (cause) {
    if (!(cause instanceof ExchangeError)) throw cause;
    await refuse(x, message, system, inboxKey, cause);
  }
}

/** Which system an account is. */
function systemOf(x: Exchange, { submittedBy }: Received): string | ExchangeError {
  for (const [system, user] of x.settings.amqpSystems) if (user === submittedBy) return system;
  return new ExchangeError('SENDER_NOT_ALLOWED', {
    vi:
      submittedBy === ''
        ? 'Thông điệp không nêu tài khoản gửi; hãy đặt thuộc tính user-id của AMQP.'
        : `Tài khoản ${submittedBy} của máy chủ hàng đợi không thuộc hệ thống nào trong LIENTHONG_AMQP_SYSTEMS.`,
    en:
      submittedBy === ''
        ? 'The message does not say whose it is; set the AMQP property user-id.'
        : `Broker account ${submittedBy} belongs to no system of LIENTHONG_AMQP_SYSTEMS.`,
  });
}

/** By what a message is known when it comes twice. */
function nameOf({ messageId, body }: Received): string {
  return messageId === '' ? createHash('sha256').update(body).digest('hex') : messageId;
}

/** A message is in memory whole, sixteen of them at a time. */
const MOST_BYTES = 16 * 1024 * 1024;

/** @throws ExchangeError PACKAGE_TOO_LARGE; PACKAGE_INVALID: nothing is fetched from an address that a message names. */
function assertInline({ contentType, body }: Received): void {
  if (body.byteLength > MOST_BYTES)
    throw new ExchangeError('PACKAGE_TOO_LARGE', {
      vi: 'Thông điệp lớn hơn 16 MB; gói lớn hãy nộp qua HTTP (POST /api/v1/packages).',
      en: 'The message is larger than 16 MB; hand in large packages by HTTP (POST /api/v1/packages).',
    });
  if (!contentType.toLowerCase().includes('claim+json')) return;
  throw new ExchangeError('PACKAGE_INVALID', {
    vi: 'Chỉ nhận gói tin nằm trong thông điệp; gói lớn hãy nộp qua HTTP (POST /api/v1/packages).',
    en: 'Only packages inside the message are taken; hand in large ones by HTTP (POST /api/v1/packages).',
  });
}

/** A message that came again gets the answer it got. */
async function answerAgain(x: Exchange, message: Received, kept: string | null): Promise<void> {
  const pkg = kept === null ? undefined : await findPackage(x.store.read, kept);
  if (pkg === undefined || pkg.kind === UNREADABLE) return;
  await answer(x, message, {
    packageId: pkg.id,
    documentId: pkg.document_id,
    state: pkg.state,
    repeated: true,
  });
}

async function refuse(
  x: Exchange,
  message: Received,
  system: string,
  inboxKey: string,
  cause: ExchangeError,
): Promise<void> {
  if (message.replyTo !== null && (await answer(x, message, refusalOf(cause)))) return;
  const remoteId = nameOf(message).slice(0, 200);
  const content = cause.code === 'PACKAGE_TOO_LARGE' ? new Uint8Array() : message.body;
  await keepUnreadable(x, { system, remoteId, inboxKey }, content, cause);
}

function refusalOf({ code, vi, message, faults }: ExchangeError): object {
  return { code, detail: vi, detailEn: message, errors: faults };
}

/** @returns whether its publisher has it, or can have it. */
async function answer(x: Exchange, { replyTo }: Received, said: Accepted | object): Promise<boolean> {
  if (replyTo === null) return false;
  const isThere = await x.bus.reply(replyTo, Buffer.from(JSON.stringify(said)));
  if (!isThere) x.log.warn({}, 'nobody waits any more for the answer to a package handed in at the broker');
  return isThere;
}
