/** The Ministry of Justice's judicial-records system (LLTP) as a counterparty. */
import { z } from 'zod';
import { ConnectorError, type JudicialRecordsClient, type JudicialRequest } from '../../connectors/index.ts';
import { parseDossier } from '../../packages/index.ts';
import type { Counterparty } from '../exchange/index.ts';
import type { BlobStore } from '../store/index.ts';

/** The e-form of the procedure, carried in the dossier's otherInfo. */
const judicialForm = z.object({
  form: z.union([z.literal(1), z.literal(2)]).default(1),
  purpose: z.string().min(1),
  copies: z.int().min(1).max(50).default(1),
  gender: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  birthDate: z.iso.date(),
});

/** Identity papers by the portal's codes. */
const IDENTITY_NAMES: Readonly<Record<number, string>> = { 1: 'Căn cước công dân', 2: 'Chứng minh nhân dân' };
/** LLTPMCDT: through the province's one-stop system. */
const SOURCE = { code: 3, name: 'LLTPMCDT' } as const;

function formOf(otherInfo: string | undefined): z.infer<typeof judicialForm> {
  let value: unknown = null;
  try {
    value = JSON.parse(otherInfo ?? 'null');
  } catch {
    // reported below with the other missing fields
  }
  const parsed = judicialForm.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConnectorError('CONNECTOR_INVALID_DOCUMENT', {
    system: 'judicial-records',
    operation: 'submit',
    remoteMessage: `tờ khai thiếu hoặc sai / form: ${parsed.error.issues.map((issue) => issue.path.join('.') || 'otherInfo').join(', ')}`,
  });
}

/** Wires the LLTP client to the exchange. */
export function judicialCounterparty(client: JudicialRecordsClient, blobs: BlobStore): Counterparty {
  async function requestOf(payloadSha256: string): Promise<JudicialRequest> {
    const { message } = await parseDossier(await blobs.read(payloadSha256));
    if (message.kind !== 'dossier')
      throw new TypeError(`the judicial records system takes no ${message.kind}`);
    const { body } = message;
    const form = formOf(body.otherInfo);
    const identity = body.applicant.identities?.[0];
    const files = (body.components ?? []).flatMap((component) =>
      component.file === undefined ? [] : [{ kind: component.name, ...component.file }],
    );
    return {
      dossierCode: message.dossierCode,
      receivedAt: new Date(body.receivedAt),
      source: SOURCE.code,
      sourceName: SOURCE.name,
      form: form.form,
      purpose: form.purpose,
      copies: form.copies,
      applicant: {
        fullName: body.applicant.name,
        gender: form.gender,
        birthDate: form.birthDate,
        identity: {
          kind: identity?.type ?? 1,
          kindName: IDENTITY_NAMES[identity?.type ?? 1] ?? '',
          number: identity?.number ?? '',
        },
        ...(body.applicant.address === undefined
          ? {}
          : { permanentAddress: { detail: body.applicant.address } }),
        ...(body.applicant.phone === undefined ? {} : { phone: body.applicant.phone }),
        ...(body.applicant.email === undefined ? {} : { email: body.applicant.email }),
      },
      files: await Promise.all(
        files.map(async (file) => ({
          kind: file.kind,
          name: file.name,
          content: await blobs.read(file.sha256),
        })),
      ),
    };
  }

  return {
    system: 'judicial-records',
    async deliver(work) {
      const { existed } = await client.submit(await requestOf(work.package.payload_sha256));
      return { remoteId: work.package.dossier_code ?? '', final: true, data: { existed } };
    },
    async find(work) {
      const held = await client.pullStatus(work.package.dossier_code ?? '');
      return held === undefined
        ? null
        : { remoteId: held.dossierCode, final: true, data: { reconciledFrom: 'layTrangThaiHoSoLLTP' } };
    },
    async followDossier(dossier) {
      const status = await client.pullStatus(dossier.code);
      if (status === undefined) return null;
      const { result } = status;
      return {
        state: status.state,
        ...(status.reason === undefined ? {} : { note: status.reason }),
        ...(result === undefined
          ? {}
          : {
              result: {
                name: `Phieu-LLTP-${dossier.code}.pdf`,
                number: result.number,
                issuedOn: result.date.slice(0, 10),
                file: result.pdf,
              },
            }),
      };
    },
  };
}
