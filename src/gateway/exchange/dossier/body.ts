/** From what a caller sent to the dossier message and its row, without writing anything. */
import { type DossierBody, type DossierMessage, formatVietnamTime } from '../../../packages/index.ts';
import type { DossierRow, PackageRow } from '../../store/index.ts';
import type { DocumentFile } from '../document.ts';
import { ExchangeError } from '../errors.ts';
import type { Exchange } from '../ports.ts';
import type { DossierMetadata } from './requests.ts';

/** The portal as a counterparty. */
export const PORTAL_SYSTEM = 'national-portal';

export function fileRef(
  files: readonly DocumentFile[],
  name: string | undefined,
): { file?: { name: string; contentType: string; sizeBytes: number; sha256: string } } {
  if (name === undefined) return {};
  const found = files.find((file) => file.name === name);
  if (found === undefined) {
    throw new ExchangeError(
      'PACKAGE_INVALID',
      { vi: `Thiếu tệp "${name}".`, en: `The file "${name}" is missing.` },
      {
        faults: [
          {
            code: 'N.components.file',
            path: 'components',
            vi: `Thiếu tệp "${name}".`,
            en: `The file "${name}" is missing.`,
          },
        ],
      },
    );
  }
  return {
    file: { name: found.name, contentType: found.contentType, sizeBytes: found.size, sha256: found.sha256 },
  };
}

export function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

export function dossierBody(
  metadata: DossierMetadata,
  files: readonly DocumentFile[],
  agencyName: string,
  now: number,
): DossierBody {
  return defined({
    procedureCode: metadata.procedureCode,
    procedureName: metadata.procedureName,
    fieldCode: metadata.fieldCode,
    fieldName: metadata.fieldName,
    applicant: defined({ ...metadata.applicant, documentNumber: metadata.applicant.identities?.[0]?.number }),
    summary: metadata.summary,
    channel: metadata.channel,
    submissionForm: metadata.submissionForm,
    submittedVia: 2,
    receivedAt: formatVietnamTime(new Date(metadata.receivedAt ?? now)),
    dueAt: metadata.dueAt === undefined ? undefined : formatVietnamTime(new Date(metadata.dueAt)),
    state: 2 as const,
    handlingUnit: metadata.handlingUnit ?? agencyName,
    otherInfo: metadata.form === undefined ? undefined : JSON.stringify(metadata.form),
    hasDigitisedComponents: metadata.components.some((component) => component.digitised === true),
    components: metadata.components.map((component) =>
      defined({
        name: component.name,
        componentCode: component.componentCode,
        digitised: component.digitised,
        ...fileRef(files, component.file),
      }),
    ),
    fees: metadata.fees,
  }) as DossierBody;
}

export function dossierRow(
  x: Exchange,
  message: DossierMessage & { kind: 'dossier' },
  pkg: PackageRow,
  systems: readonly string[],
  now: number,
): DossierRow {
  const ministry = systems.find((system) => system !== PORTAL_SYSTEM) ?? null;
  return {
    code: message.dossierCode,
    agency: message.from.agencyCode,
    procedure_code: message.body.procedureCode,
    package_id: pkg.id,
    state: message.body.state,
    data_sealed: x.sealDossierData(message.dossierCode, message),
    portal_state: null,
    ministry_system: ministry,
    ministry_state: null,
    result_sha256: null,
    result_verdict: null,
    next_poll_at: ministry === null ? null : now,
    created_at: now,
    updated_at: now,
  };
}

/** Names and digests of the files a message points to: what verification and download need, without personal data. */
export function filesOf(
  message: DossierMessage,
): { name: string; sha256: string; sizeBytes: number; contentType: string }[] {
  if (message.kind === 'dossier')
    return (message.body.components ?? []).flatMap((component) => component.file ?? []);
  if (message.kind === 'result') return (message.body.results ?? []).flatMap((paper) => paper.file ?? []);
  return [];
}
