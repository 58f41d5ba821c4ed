/** The civil-status system of the Ministry of Justice as a counterparty: birth, death and marriage registrations. */
import { type CivilStatusClient, type CivilStatusModule, ConnectorError } from '../../../connectors/index.ts';
import { parseDossier } from '../../../packages/index.ts';
import type { Counterparty, DossierNews } from '../../exchange/index.ts';
import type { BlobStore } from '../../store/index.ts';

/** Its states as ours: 2 → more papers, 4 → finished, 6 → stopped (refused after it was taken in); others are work under way. */
const STATES: Readonly<Record<number, number>> = { 2: 5, 4: 9, 6: 8 };

function refused(fields: string): ConnectorError {
  return new ConnectorError('CONNECTOR_INVALID_DOCUMENT', {
    system: 'civil-status',
    operation: 'NhanDKHT',
    remoteMessage: `tờ khai thiếu hoặc sai / form: ${fields}`,
  });
}

/** Wires the client; `modules` says which registration a procedure is. */
export function civilStatusCounterparty(
  client: CivilStatusClient,
  blobs: BlobStore,
  modules: Readonly<Record<string, CivilStatusModule>>,
): Counterparty {
  return {
    system: 'civil-status',
    async deliver(work) {
      const { message } = await parseDossier(await blobs.read(work.package.payload_sha256));
      if (message.kind !== 'dossier') throw new TypeError(`the civil-status system takes no ${message.kind}`);
      const { body } = message;
      const module = modules[body.procedureCode];
      const form = formOf(body.otherInfo);
      if (module === undefined) throw refused('procedureCode');
      const files = (body.components ?? []).flatMap((paper) =>
        paper.file === undefined ? [] : [{ title: paper.name, ...paper.file }],
      );
      const { existed } = await client.submit({
        module,
        placeCode: typeof form['noiDangKy'] === 'string' ? form['noiDangKy'] : message.from.agencyCode,
        dossierCode: message.dossierCode,
        receivedAt: new Date(body.receivedAt),
        form: { nycHoTen: body.applicant.name, ...form },
        files: await Promise.all(
          files.map(async (file, index) => ({
            id: index + 1,
            kind: 1,
            title: file.title,
            name: file.name,
            content: await blobs.read(file.sha256),
          })),
        ),
      });
      return { remoteId: message.dossierCode, final: true, data: { existed, module } };
    },
    async followDossier(dossier): Promise<DossierNews | null> {
      const module = modules[dossier.procedure_code];
      const found = module === undefined ? undefined : await client.result(module, dossier.code);
      if (found === undefined) return null;
      const news = {
        state: STATES[found.state] ?? 4,
        ...(found.note === undefined ? {} : { note: found.note }),
      };
      const { registered } = found;
      if (registered?.certificate === undefined) return news;
      return {
        ...news,
        result: {
          name: `Ho-tich-${dossier.code}.pdf`,
          number: registered.number,
          issuedOn: registered.registeredOn,
          file: registered.certificate,
        },
      };
    },
  };
}

function formOf(otherInfo: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(otherInfo ?? '');
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw refused('form');
}
