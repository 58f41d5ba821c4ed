/** Builds one dossier package, checks it, and keeps it with its deliveries. */
import { createHash, randomUUID } from 'node:crypto';
import {
  buildDossier,
  checkDossier,
  DOSSIER_KINDS,
  DOSSIER_STATES,
  type DossierMessage,
  formatVietnamTime,
} from '../../../packages/index.ts';
import { findAgencies } from '../../directory/index.ts';
import type { NewEvent } from '../../evidence/index.ts';
import type { PackageRow, Queries } from '../../store/index.ts';
import type { Submitter } from '../accept.ts';
import { ExchangeError } from '../errors.ts';
import { type Accepted, keepPackage } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { INBOX_SYSTEM, newDelivery } from '../routing.ts';
import { defined, filesOf, PORTAL_SYSTEM } from './body.ts';

export type Idempotency = { scope: string; key: string };

export interface SendOptions {
  readonly submitter: Submitter;
  readonly requestSha256: string;
  readonly idempotency?: Idempotency;
  readonly also?: (tx: Queries, pkg: PackageRow) => Promise<void>;
  readonly key?: string;
}

export function invalid(
  faults: readonly { code: string; path?: string | undefined; vi: string; en: string }[],
): ExchangeError {
  return new ExchangeError(
    'PACKAGE_INVALID',
    {
      vi: `Hồ sơ không hợp lệ: ${faults[0]?.vi ?? ''}`,
      en: `The dossier is not valid: ${faults[0]?.en ?? ''}`,
    },
    { faults },
  );
}

export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

type MessageOf<K extends DossierMessage['kind']> = DossierMessage & { kind: K };

export async function withHeader<K extends DossierMessage['kind']>(
  x: Exchange,
  kind: K,
  body: MessageOf<K>['body'],
  dossierCode: string,
  agency: string,
  agencyName: string | undefined,
  systems: readonly string[],
): Promise<MessageOf<K>> {
  const name = agencyName ?? (await findAgencies(x.store.read, [agency])).get(agency)?.name;
  const message = {
    kind,
    messageId: randomUUID(),
    from: defined({ agencyCode: agency, name }),
    to:
      systems.length === 0
        ? [{ agencyCode: agency }]
        : systems.map((system) => ({ agencyCode: SYSTEM_CODES[system] ?? agency, name: system })),
    createdAt: formatVietnamTime(new Date(x.now())),
    dossierCode,
    body,
  } as MessageOf<K>;
  const { errors } = checkDossier(message, { now: new Date(x.now()) });
  if (errors.length > 0) throw invalid(errors);
  return message;
}

/** Agency codes of systems that are no agency of a directory: the Government Office runs the portal, the MoJ the records. */
const SYSTEM_CODES: Readonly<Record<string, string>> = { [PORTAL_SYSTEM]: 'G22', 'judicial-records': 'G15' };

export interface KeepOptions extends SendOptions {
  readonly systems: readonly string[];
  readonly key: string;
  readonly events?: readonly NewEvent[];
  /** The message as another system wrote it; absent: written, and signed where that is asked for, here. */
  readonly bytes?: Uint8Array;
  /** Agency whose inbox a result goes into; default the sender's own. */
  readonly inbox?: string;
}

function subjectOf(message: DossierMessage): string {
  if (message.kind === 'dossier') return message.body.procedureName;
  if (message.kind === 'progress') return DOSSIER_STATES[message.body.steps[0]?.state ?? 4].vi;
  if (message.kind === 'result') return DOSSIER_STATES[message.body.state].vi;
  return DOSSIER_KINDS[message.kind].vi;
}

export async function keepDossierPackage(
  x: Exchange,
  message: DossierMessage,
  options: KeepOptions,
): Promise<Accepted> {
  const xml = options.bytes ?? (await x.signDossier(message.from.agencyCode, buildDossier(message)));
  const blob = await x.blobs.put(xml);
  const now = x.now();
  const { kind, dossierCode, from } = message;
  return keepPackage(x, {
    kind,
    sender: from.agencyCode,
    senderName: from.name ?? from.agencyCode,
    origin: options.submitter.origin,
    actor: options.submitter.actor,
    documentId: dossierCode,
    documentKey: createHash('sha256').update(options.key).digest('hex'),
    requestSha256: options.requestSha256,
    payloadSha256: blob.sha256,
    size: blob.size,
    subject: subjectOf(message),
    code: dossierCode,
    priority: 0,
    urgency: 'normal',
    metadata: { kind, files: filesOf(message) },
    dossierCode,
    deliveries: (pkg) => [
      ...options.systems.map((system) =>
        newDelivery(
          pkg,
          { code: SYSTEM_CODES[system] ?? system, name: system, system },
          `dossier:${dossierCode}`,
          now,
        ),
      ),
      ...(kind === 'result'
        ? [
            newDelivery(
              pkg,
              {
                code: options.inbox ?? from.agencyCode,
                name: options.inbox ?? from.name ?? from.agencyCode,
                system: INBOX_SYSTEM,
              },
              `dossier:${dossierCode}`,
              now,
            ),
          ]
        : []),
    ],
    ...(options.idempotency === undefined ? {} : { idempotency: options.idempotency }),
    ...(options.events === undefined ? {} : { events: options.events }),
    ...(options.also === undefined ? {} : { also: options.also }),
  });
}
