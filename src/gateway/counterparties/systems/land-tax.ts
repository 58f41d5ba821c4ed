/** The land register (VBDLIS, iLIS) as a counterparty: dossiers with their parcel, and proof of paid tax notices. */
import { z } from 'zod';
import { ConnectorError, type LandTaxClient } from '../../../connectors/index.ts';
import { type DossierBodies, type DossierMessage, parseDossier } from '../../../packages/index.ts';
import type { Counterparty } from '../../exchange/index.ts';
import type { LinkedParts } from './linked-service.ts';

/** What the register wants to know, in the dossier's `form`; areas in m². */
const landForm = z.object({
  receiptNumber: z.string().min(1).optional(),
  isProvincial: z.boolean().default(true),
  districtId: z.string().optional(),
  wardId: z.string().min(1),
  parcel: z.object({
    number: z.string().min(1),
    mapSheet: z.string().min(1),
    areaSquareMetres: z.number().positive(),
  }),
});
/** A dossier without its own date: the register wants one (Luật Đất đai: most procedures take up to 30 days). */
const DEFAULT_DUE_MS = 30 * 86_400_000;
/** Where the tax notice route writes the payer's tax code (http/routes/dossiers/tax-notices.ts). */
const TAX_CODE = /^Thông báo thuế .*\(MST ([^)]+)\)$/s;

/** Wires the client; `provinceId` is the register's own number of the province. */
export function landTaxCounterparty(
  client: LandTaxClient,
  provinceId: string,
  parts: LinkedParts,
): Counterparty {
  async function submit(message: DossierMessage & { kind: 'dossier' }): Promise<{ existed: boolean }> {
    const { body } = message;
    const form = formOf(body.otherInfo);
    const receivedAt = new Date(body.receivedAt);
    const papers = await Promise.all(
      (body.components ?? []).map(async ({ name, file }) => ({
        name,
        originals: 1,
        copies: 0,
        ...(file === undefined
          ? {}
          : { file: { name: file.name, content: await parts.blobs.read(file.sha256) } }),
      })),
    );
    return client.submit({
      dossierCode: message.dossierCode,
      receiptNumber: form.receiptNumber ?? message.dossierCode,
      isProvincial: form.isProvincial,
      provinceId,
      ...(form.districtId === undefined ? {} : { districtId: form.districtId }),
      wardId: form.wardId,
      receivedAt,
      dueAt: new Date(body.dueAt ?? receivedAt.getTime() + DEFAULT_DUE_MS),
      applicant: applicantOf(body),
      procedureCode: body.procedureCode,
      procedureName: body.procedureName,
      parcel: form.parcel,
      papers,
    });
  }

  /** One voucher per notice that was asked for and not told of before. */
  async function tellPaid(
    history: readonly DossierMessage[],
    paid: DossierBodies['payment'],
  ): Promise<number> {
    const first = history[0];
    if (first?.kind !== 'dossier') throw new TypeError('a payment without its dossier');
    const notices = history.flatMap((message) => (message.kind === 'fee' ? noticesOf(message.body) : []));
    const wanted =
      paid.fees === undefined
        ? notices
        : notices.filter(({ code }) => paid.fees?.some((fee) => fee.code === code));
    const applicant = applicantOf(first.body);
    for (const { code, name, amountVnd, taxCode } of wanted)
      await client.tellPaid({
        dossierCode: first.dossierCode,
        taxCode,
        payer: {
          name: paid.payerName ?? applicant.name,
          idNumber: paid.payerIdNumber ?? applicant.idNumber,
          address: applicant.address,
        },
        description: name,
        paidAt: new Date(paid.paidAt),
        noticeNumber: code,
        amountVnd,
      });
    return wanted.length;
  }

  return {
    system: 'land-tax',
    hears: new Set(['payment']),
    async deliver(work) {
      const { message } = await parseDossier(await parts.blobs.read(work.package.payload_sha256));
      const remoteId = message.dossierCode;
      if (message.kind === 'dossier') return { remoteId, final: true, data: await submit(message) };
      if (message.kind !== 'payment') throw new TypeError(`the land register takes no ${message.kind}`);
      const history = await parts.historyOf(remoteId, work.package.id);
      const vouchers = message.body.outcome === 1 ? await tellPaid(history, message.body) : 0;
      return { remoteId, final: true, data: { vouchers } };
    },
  };
}

function noticesOf(body: DossierBodies['fee']) {
  const taxCode = TAX_CODE.exec(body.reason ?? '')?.[1];
  return taxCode === undefined ? [] : body.fees.map((fee) => ({ ...fee, taxCode }));
}

function applicantOf({ applicant }: DossierBodies['dossier']) {
  return {
    name: applicant.name,
    idNumber: applicant.identities?.[0]?.number ?? '',
    address: applicant.address ?? '',
  };
}

function formOf(otherInfo: string | undefined): z.infer<typeof landForm> {
  let value: unknown = null;
  try {
    value = JSON.parse(otherInfo ?? 'null');
  } catch {
    // told below
  }
  const parsed = landForm.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => `form.${issue.path.join('.')}`);
  throw new ConnectorError('CONNECTOR_INVALID_DOCUMENT', {
    system: 'land-tax',
    operation: 'TiepNhanHoSo',
    fields,
    remoteMessage: `tờ khai thiếu hoặc sai / form: ${fields.join(', ')}`,
  });
}
