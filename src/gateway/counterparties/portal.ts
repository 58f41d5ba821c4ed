/** The National Public Service Portal as a counterparty: dossiers, steps and everything after, each as the portal wants it. */
import type {
  NationalPortalClient,
  NationalPortalClientB,
  PortalDossier,
  PortalState,
} from '../../connectors/index.ts';
import {
  type DossierBody,
  type DossierMessage,
  type FileRef,
  parseDossier,
  type SupplementBody,
} from '../../packages/index.ts';
import type { CitizenQuestion, Counterparty, DeliveryWork, Receipt } from '../exchange/index.ts';
import type { BlobStore } from '../store/index.ts';
import { foldDossier } from './portal-fold.ts';

/** What the adaptor needs besides the client. */
export interface PortalParts {
  readonly blobs: BlobStore;
  /** A short-lived address from which the portal may fetch a file. */
  fileUrl(sha256: string): string;
  /** All messages of a dossier up to and with the package, oldest first. */
  historyOf(code: string, packageId: string): Promise<DossierMessage[]>;
}

/** Keeps what is there; the portal's types name absent fields by leaving them out. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

function date(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

function fileOf(parts: PortalParts, file: FileRef | undefined) {
  if (file === undefined) return {};
  return {
    url: parts.fileUrl(file.sha256),
    contentType: file.contentType,
    content: () => parts.blobs.read(file.sha256),
  };
}

/** The portal numbers supplements itself; ours are counted in the order they were asked for. */
function supplementOf(body: SupplementBody, index: number) {
  return given({
    id: index + 1,
    requestedBy: body.requestedBy,
    content: body.content,
    requestedAt: new Date(body.requestedAt),
    receivedBy: body.receivedBy,
    receivedInfo: body.receivedInfo,
    receivedAt: date(body.receivedAt),
    complete: body.completed,
    previousDueAt: date(body.previousDueAt),
    newDueAt: date(body.newDueAt),
    papers: body.papers?.map((paper) => paper.name),
  });
}

/** Our dossier in the portal client's words. */
export function portalDossier(code: string, body: DossierBody, parts: PortalParts): PortalDossier {
  const { applicant } = body;
  return given({
    code,
    procedureCode: body.procedureCode,
    procedureName: body.procedureName,
    fieldCode: body.fieldCode,
    fieldName: body.fieldName,
    channel: (body.channel ?? 1) as 1 | 2 | 3,
    owner: given({
      name: applicant.name,
      kind: applicant.type as 1 | 2 | 3 | 4,
      portalId: applicant.portalId,
      identities: applicant.identities?.map(({ type, number }) => ({ kind: type as 1 | 2, number })),
      email: applicant.email,
      fax: applicant.fax,
      phone: applicant.phone,
      verifiedByVneid: body.verifiedByVneid,
    }),
    summary: body.summary,
    note: body.note,
    submittedAt: date(body.submittedAt),
    receivedAt: new Date(body.receivedAt),
    dueAt: date(body.dueAt),
    refusedAt: date(body.rejectedAt),
    finishedAt: date(body.finishedAt),
    returnedAt: date(body.returnedAt),
    returnInfo: body.returnInfo,
    state: body.state as PortalState,
    deliveryForm: body.submissionForm as 0 | 1,
    processingUnit: body.handlingUnit,
    files: (body.components ?? []).map((component) =>
      given({
        id: component.id,
        name: component.file?.name ?? component.name,
        componentCode: component.componentCode,
        digitized: component.digitised === true,
        reused: component.reused as 0 | 1 | 2 | undefined,
        fromNationalStore: component.fromNationalStore,
        replacesResultCode: component.substituteResultCode,
        deleted: component.deleted,
        ...fileOf(parts, component.file),
      }),
    ),
    fees: body.fees?.map((fee) => ({
      name: fee.name,
      code: fee.code,
      collectedAt: fee.collectedAt as 1 | 2 | 4,
      amountVnd: fee.amountVnd,
      kind: fee.feeType as 1 | 2 | 3,
    })),
    otherPapers: body.otherPapers?.map(({ name, quantity, paperType }) => ({
      name,
      copies: quantity,
      kind: paperType ?? 1,
    })),
    supplements: body.supplements?.map(supplementOf),
    results: body.results?.map((paper) =>
      given({
        id: paper.id,
        name: paper.file?.name ?? paper.name,
        componentCode: paper.componentCode,
        resultCode: paper.resultCode,
        ...fileOf(parts, paper.file),
      }),
    ),
    submittedVia: (body.submittedVia ?? 2) as 1 | 2,
    hasDigitizedComponents: body.hasDigitisedComponents === true,
    // 2 is no code of the portal's.
    onlinePayment: (body.onlinePayment === 2 ? 3 : (body.onlinePayment ?? 0)) as 0 | 1 | 3,
    connectedDatabases: body.connectedDatabases,
  }) as PortalDossier;
}

async function readMessage(parts: PortalParts, work: DeliveryWork): Promise<DossierMessage> {
  return (await parseDossier(await parts.blobs.read(work.package.payload_sha256))).message;
}

/** Wires the portal client to the exchange. */
export function portalCounterparty(client: NationalPortalClient, parts: PortalParts): Counterparty {
  async function receiptFor(code: string, call: string): Promise<Receipt> {
    // The portal's own word on the state is the receipt that counts.
    const held = await client.lookup(code);
    return { remoteId: code, final: true, data: { call, portalState: held?.state ?? null } };
  }

  /** The dossier as it stood with this message. */
  async function wholeOf(work: DeliveryWork, code: string): Promise<DossierBody> {
    const whole = foldDossier(await parts.historyOf(code, work.package.id));
    if (whole === null) throw new TypeError('a message without its dossier');
    return whole;
  }

  return {
    system: 'national-portal',
    async deliver(work) {
      const message = await readMessage(parts, work);
      const code = message.dossierCode;
      if (message.kind === 'progress') {
        await client.updateProgress(
          message.body.steps.map((step) =>
            given({
              dossierCode: code,
              handler: step.handler,
              handlerPosition: step.handlerTitle,
              handledAt: new Date(step.handledAt),
              department: step.department,
              content: step.content,
              state: step.state as PortalState,
              startedAt: date(step.startedAt),
              dueAt: date(step.dueAt),
            }),
          ),
        );
        return receiptFor(code, 'CapNhatTienDoHoSoMC');
      }
      if (!['dossier', 'supplement', 'fee', 'payment', 'result'].includes(message.kind))
        throw new TypeError(`the portal takes no ${message.kind}`);
      const known = message.kind !== 'dossier';
      const body = message.kind === 'dossier' ? message.body : await wholeOf(work, code);
      await client.syncDossier(portalDossier(code, body, parts), { known });
      return receiptFor(code, 'DongBoHoSoMC');
    },
    /** The portal keeps no id of ours: holding the dossier in the state this message brings is its word that it came. */
    async find(work) {
      const message = await readMessage(parts, work);
      const held = await client.lookup(message.dossierCode);
      if (held === undefined) return null;
      const wanted = message.kind === 'progress' ? message.body.steps.at(-1)?.state : stateOf(message);
      if (held.state !== wanted) return null;
      const data = { reconciledFrom: 'TraCuuHoSo', portalState: held.state };
      return { remoteId: message.dossierCode, final: true, data };
    },
    // Generation B has no call for questions.
    ...('nextCode' in client
      ? { nextCode: (procedureCode: string) => (client as NationalPortalClientB).nextCode(procedureCode) }
      : {}),
    ...('nextCode' in client ? {} : { questions: () => questionsOf(client) }),
    async lookAt(code) {
      const held = await client.lookup(code);
      return held === undefined ? null : { state: held.state, ...held.moves };
    },
  };
}

/** The state only this message brings; a payment or an answer to a supplement brings none of its own. */
function stateOf(message: DossierMessage): number | undefined {
  if (message.kind === 'dossier' || message.kind === 'result') return message.body.state;
  if (message.kind === 'fee') return 6;
  return message.kind === 'supplement' && !message.body.completed ? 5 : undefined;
}

async function questionsOf(client: NationalPortalClient): Promise<CitizenQuestion[]> {
  const found: CitizenQuestion[] = [];
  for (const { id, title, content, askedBy } of await client.questions('portal')) {
    const answer = await client.answer(id);
    found.push({ id, title, content, askedBy, answer });
  }
  return found;
}
