/** The linked services (DVCLT: birth, residence and insurance card; death) as a counterparty: its dossiers come in, their states go back. */
import type { LinkedDossier, LinkedServiceClient, LinkedStatus } from '../../../connectors/index.ts';
import { ConnectorError } from '../../../connectors/index.ts';
import { type DossierMessage, parseDossier, readXmlTree } from '../../../packages/index.ts';
import type { Counterparty, NewDossier } from '../../exchange/index.ts';
import { dossierMetadata } from '../../exchange/index.ts';
import type { BlobStore } from '../../store/index.ts';

/** Our states as the service knows them; the rest is work under way. */
const STATES: Readonly<Record<number, LinkedStatus['state']>> = { 3: 6, 5: 2, 8: 6, 9: 4, 10: 5 };
const UNDER_WAY = 3;
const NAMES = {
  KS: 'Liên thông đăng ký khai sinh, thường trú, cấp thẻ bảo hiểm y tế cho trẻ em dưới 6 tuổi',
  KT: 'Liên thông đăng ký khai tử, xoá thường trú, trợ cấp mai táng phí',
} as const;
/** Largest form: some fields of a few hundred characters. */
const MAX_FORM_BYTES = 1024 * 1024;

/** What a dossier is taken in as. */
export interface LinkedIntake {
  /** Agency that handles them. */
  readonly agency: string;
  readonly fieldCode: string;
  readonly fieldName: string;
}

/** What the adaptor needs besides the client. */
export interface LinkedParts {
  readonly blobs: BlobStore;
  /** All messages of a dossier up to and with the package, oldest first. */
  historyOf(code: string, packageId: string): Promise<DossierMessage[]>;
}

function broken(field: string): ConnectorError {
  return new ConnectorError('CONNECTOR_INVALID_DOCUMENT', {
    system: 'linked-service',
    operation: 'chiTiet',
    fields: [field],
    remoteMessage: field,
  });
}

/** The node `hoTich` of the service's XML as a record; fields keep their names (`nks…` child, `nyc…` who asks). */
async function formOf(dossier: LinkedDossier): Promise<Record<string, unknown>> {
  const root = await readXmlTree(Buffer.from(dossier.payload ?? '', 'utf8'), MAX_FORM_BYTES).catch(
    (cause: unknown) => {
      throw Object.assign(broken('duLieu'), { cause });
    },
  );
  const form = (root.name === 'hoTich' ? root : root.all('hoTich')[0])?.value();
  if (typeof form !== 'object' || form === null) throw broken('duLieu.hoTich');
  return form as Record<string, unknown>;
}

function text(form: Record<string, unknown>, ...names: string[]): string {
  const found = names.map((name) => form[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : '';
}

async function toMetadata(intake: LinkedIntake, dossier: LinkedDossier) {
  const form = await formOf(dossier);
  const applicant = text(form, 'nycHoTen', 'meHoTen', 'chaHoTen', 'nksHoTen', 'nktHoTen');
  if (applicant === '') throw broken('hoTich.nycHoTen');
  const number = text(form, 'nycSoGiayToTuyThan', 'nycSoDinhDanh').replace(/\D/g, '');
  return dossierMetadata.parse({
    agency: intake.agency,
    procedureCode: dossier.procedureCode,
    procedureName: NAMES[dossier.module],
    fieldCode: intake.fieldCode,
    fieldName: intake.fieldName,
    applicant: {
      name: applicant,
      ...(/^\d{9}(\d{3})?$/.test(number)
        ? { identities: [{ type: number.length === 12 ? 1 : 2, number }] }
        : {}),
    },
    channel: 2,
    submittedVia: 1,
    form: { ...form, soHoSoLT: dossier.linkedCode },
  });
}

/** Wires the client. */
export function linkedServiceCounterparty(
  client: LinkedServiceClient,
  intake: LinkedIntake,
  parts: LinkedParts,
): Counterparty {
  /** Number and procedure a dossier has at the service; null: it did not come from there. */
  async function originOf(code: string, packageId: string) {
    const [first] = await parts.historyOf(code, packageId);
    if (first?.kind !== 'dossier') return null;
    const form = JSON.parse(first.body.otherInfo ?? '{}') as { soHoSoLT?: unknown };
    return typeof form.soHoSoLT === 'string'
      ? { linkedCode: form.soHoSoLT, procedureCode: first.body.procedureCode }
      : null;
  }

  return {
    system: 'linked-service',
    hears: new Set(['progress', 'supplement', 'result']),
    async *newDossiers(): AsyncIterable<NewDossier> {
      for (const module of ['KS', 'KT'] as const)
        for (const { linkedCode } of await client.list(module))
          yield {
            key: linkedCode,
            read: async () => toMetadata(intake, await client.detail(module, linkedCode)),
          };
    },
    async deliver(work) {
      const { message } = await parseDossier(await parts.blobs.read(work.package.payload_sha256));
      const code = message.dossierCode;
      const origin = await originOf(code, work.package.id);
      // Handed in at a counter of ours: the service knows nothing of it, so there is nothing to tell.
      if (origin === null) return { remoteId: code, final: true, data: { skipped: 'soHoSoLT' } };
      if (message.kind === 'dossier') await client.markReceived(origin.linkedCode);
      else
        await client.tellStatus({
          ...origin,
          agency: message.from.agencyCode,
          dossierCode: code,
          ...statusOf(message),
        });
      return { remoteId: origin.linkedCode, final: true, data: { linkedCode: origin.linkedCode } };
    },
  };
}

function statusOf(
  message: DossierMessage,
): Pick<LinkedStatus, 'state' | 'at' | 'handler' | 'content' | 'note' | 'handlerTitle' | 'department'> {
  const stateOf = (state: number): LinkedStatus['state'] => STATES[state] ?? UNDER_WAY;
  if (message.kind === 'progress') {
    const step = message.body.steps.at(-1);
    if (step === undefined) throw new TypeError('a progress message without a step');
    return {
      state: stateOf(step.state),
      at: new Date(step.handledAt),
      handler: step.handler,
      content: step.content,
      ...(step.handlerTitle === undefined ? {} : { handlerTitle: step.handlerTitle }),
      ...(step.department === undefined ? {} : { department: step.department }),
    };
  }
  if (message.kind === 'supplement') {
    const { body } = message;
    const at = new Date((body.completed ? body.receivedAt : body.requestedAt) ?? message.createdAt);
    return { state: body.completed ? UNDER_WAY : 2, at, handler: body.requestedBy, content: body.content };
  }
  if (message.kind === 'result') {
    const { body } = message;
    const content = body.note ?? body.results?.map((paper) => paper.name).join(', ') ?? '';
    return {
      state: stateOf(body.state),
      at: new Date(body.decidedAt ?? message.createdAt),
      handler: message.from.name ?? message.from.agencyCode,
      content: content === '' ? 'Kết quả giải quyết' : content,
    };
  }
  throw new TypeError(`the linked services take no ${message.kind}`);
}
