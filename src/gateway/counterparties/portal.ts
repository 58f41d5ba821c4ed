/** The National Public Service Portal as a counterparty: dossiers, steps and results, each as the portal wants it. */
import type { NationalPortalClient, PortalDossier, PortalState } from '../../connectors/index.ts';
import { type DossierBody, type DossierMessage, parseDossier } from '../../packages/index.ts';
import type { Counterparty, DeliveryWork, Receipt } from '../exchange/index.ts';
import type { BlobStore } from '../store/index.ts';

/** What the adaptor needs besides the client. */
export interface PortalParts {
  readonly blobs: BlobStore;
  /** A short-lived address from which the portal may fetch a file. */
  fileUrl(sha256: string): string;
  /** The dossier as it was received, for results that must repeat it. */
  dossierOf(code: string): Promise<(DossierMessage & { kind: 'dossier' }) | null>;
}

function asDate(text: string | undefined): { value?: Date } {
  return text === undefined ? {} : { value: new Date(text) };
}

/** Our dossier in the portal client's words; `overrides` for what changed since. */
function portalDossier(
  code: string,
  body: DossierBody,
  parts: PortalParts,
  overrides: Partial<PortalDossier> = {},
): PortalDossier {
  const due = asDate(body.dueAt).value;
  const { applicant } = body;
  return {
    code,
    procedureCode: body.procedureCode,
    procedureName: body.procedureName,
    fieldCode: body.fieldCode,
    fieldName: body.fieldName,
    channel: (body.channel ?? 1) as 1 | 2 | 3,
    owner: {
      name: applicant.name,
      kind: applicant.type as 1 | 2 | 3 | 4,
      ...(applicant.portalId === undefined ? {} : { portalId: applicant.portalId }),
      ...(applicant.identities === undefined
        ? {}
        : { identities: applicant.identities.map(({ type, number }) => ({ kind: type as 1 | 2, number })) }),
      ...(applicant.email === undefined ? {} : { email: applicant.email }),
      ...(applicant.phone === undefined ? {} : { phone: applicant.phone }),
    },
    ...(body.summary === undefined ? {} : { summary: body.summary }),
    receivedAt: new Date(body.receivedAt),
    ...(due === undefined ? {} : { dueAt: due }),
    state: body.state as PortalState,
    deliveryForm: body.submissionForm as 0 | 1,
    processingUnit: body.handlingUnit,
    files: (body.components ?? []).map((component) => ({
      name: component.file?.name ?? component.name,
      ...(component.componentCode === undefined ? {} : { componentCode: component.componentCode }),
      ...(component.file === undefined ? {} : { url: parts.fileUrl(component.file.sha256) }),
      digitized: component.digitised === true,
    })),
    ...(body.fees === undefined
      ? {}
      : {
          fees: body.fees.map((fee) => ({
            name: fee.name,
            code: fee.code,
            collectedAt: fee.collectedAt as 1 | 2 | 4,
            amountVnd: fee.amountVnd,
            kind: fee.feeType as 1 | 2 | 3,
          })),
        }),
    submittedVia: 2,
    hasDigitizedComponents: body.hasDigitisedComponents === true,
    ...overrides,
  };
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

  async function sendResult(message: DossierMessage & { kind: 'result' }): Promise<void> {
    const dossier = await parts.dossierOf(message.dossierCode);
    if (dossier === null) throw new TypeError('a result without its dossier');
    const results = (message.body.results ?? []).map((paper) => ({
      name: paper.file?.name ?? paper.name,
      ...(paper.file === undefined ? {} : { url: parts.fileUrl(paper.file.sha256) }),
      ...(paper.resultCode === undefined ? {} : { resultCode: paper.resultCode }),
    }));
    await client.syncDossier(
      portalDossier(message.dossierCode, dossier.body, parts, {
        state: message.body.state,
        results,
        finishedAt: new Date(message.body.decidedAt),
      }),
      { known: true },
    );
  }

  return {
    system: 'national-portal',
    async deliver(work) {
      const message = await readMessage(parts, work);
      if (message.kind === 'dossier') {
        await client.syncDossier(portalDossier(message.dossierCode, message.body, parts));
        return receiptFor(message.dossierCode, 'DongBoHoSoMC');
      }
      if (message.kind === 'result') {
        await sendResult(message);
        return receiptFor(message.dossierCode, 'DongBoHoSoMC');
      }
      if (message.kind === 'progress') {
        await client.updateProgress(
          message.body.steps.map((step) => ({
            dossierCode: message.dossierCode,
            handler: step.handler,
            ...(step.handlerTitle === undefined ? {} : { handlerPosition: step.handlerTitle }),
            handledAt: new Date(step.handledAt),
            ...(step.department === undefined ? {} : { department: step.department }),
            content: step.content,
            state: step.state as PortalState,
          })),
        );
        return receiptFor(message.dossierCode, 'CapNhatTienDoHoSoMC');
      }
      throw new TypeError(`the portal takes no ${message.kind}`);
    },
    /** The portal keeps no id of ours: holding the dossier in the state this message brings is its word that it came. */
    async find(work) {
      const message = await readMessage(parts, work);
      const held = await client.lookup(message.dossierCode);
      const wanted =
        message.kind === 'progress'
          ? message.body.steps.at(-1)?.state
          : message.kind === 'dossier' || message.kind === 'result'
            ? message.body.state
            : undefined;
      return held !== undefined && held.state === wanted
        ? {
            remoteId: message.dossierCode,
            final: true,
            data: { portalState: held.state, reconciledFrom: 'TraCuuHoSo' },
          }
        : null;
    },
  };
}
