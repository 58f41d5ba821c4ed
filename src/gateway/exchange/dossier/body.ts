/** From what a caller sent to the dossier message and its row, without writing anything. */
import {
  type DossierBody,
  type DossierMessage,
  type FileRef,
  formatVietnamTime,
} from '../../../packages/index.ts';
import { type DossierRow, findUploads, type PackageRow } from '../../store/index.ts';
import type { DocumentFile } from '../document.ts';
import { ExchangeError } from '../errors.ts';
import type { Exchange } from '../ports.ts';
import type { DossierMetadata } from './requests.ts';

/** The portal as a counterparty. */
export const PORTAL_SYSTEM = 'national-portal';

/** A file as a message names it: by name among those of the request, or by the digest of one uploaded before. */
export interface FileNamed {
  readonly file?: string | undefined;
  readonly ref?: { readonly sha256: string; readonly name: string } | undefined;
}

/** Finds a file. @throws ExchangeError PACKAGE_INVALID when it is neither in the request nor uploaded before. */
export type FileOf = (named: FileNamed) => { file?: FileRef };

/** All digests a request names. */
export function digestsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(digestsIn);
  return Object.entries(value).flatMap(([key, part]) =>
    key === 'ref' && typeof (part as { sha256?: unknown } | null)?.sha256 === 'string'
      ? [(part as { sha256: string }).sha256]
      : digestsIn(part),
  );
}

/** Looks files up in a request and among the agency's own uploads: a digest alone gives no right to another's file. */
export async function fileFinder(
  x: Exchange,
  agency: string,
  request: unknown,
  files: readonly DocumentFile[],
): Promise<FileOf> {
  const uploads = await findUploads(x.store.read, agency, [...new Set(digestsIn(request))]);
  return ({ file, ref }) => {
    if (file !== undefined) {
      const found = files.find((candidate) => candidate.name === file);
      if (found === undefined) throw missingFile(file);
      const { name, contentType, size, sha256 } = found;
      return { file: { name, contentType, sizeBytes: size, sha256 } };
    }
    if (ref === undefined) return {};
    const known = uploads.find((candidate) => candidate.sha256 === ref.sha256);
    if (known === undefined) throw missingFile(ref.name);
    const { sha256, size, content_type } = known;
    return { file: { name: ref.name, contentType: content_type, sizeBytes: size, sha256 } };
  };
}

function missingFile(name: string): ExchangeError {
  const text = {
    vi: `Thiếu tệp "${name}": không có trong yêu cầu và cơ quan chưa tải lên.`,
    en: `The file "${name}" is missing: it is not in the request and the agency has not uploaded it.`,
  };
  return new ExchangeError('PACKAGE_INVALID', text, {
    faults: [{ code: 'N.components.file', path: 'components', ...text }],
  });
}

export function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

export function dossierBody(
  metadata: DossierMetadata,
  fileOf: FileOf,
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
    submittedVia: metadata.submittedVia,
    submittedAt:
      metadata.submittedAt === undefined ? undefined : formatVietnamTime(new Date(metadata.submittedAt)),
    receivedAt: formatVietnamTime(new Date(metadata.receivedAt ?? now)),
    dueAt: metadata.dueAt === undefined ? undefined : formatVietnamTime(new Date(metadata.dueAt)),
    state: metadata.state,
    note: metadata.note,
    verifiedByVneid: metadata.verifiedByVneid,
    onlinePayment: metadata.onlinePayment,
    connectedDatabases: metadata.connectedDatabases,
    otherPapers: metadata.otherPapers?.map((paper) => defined(paper)),
    handlingUnit: metadata.handlingUnit ?? agencyName,
    otherInfo: metadata.form === undefined ? undefined : JSON.stringify(metadata.form),
    hasDigitisedComponents: metadata.components.some((component) => component.digitised === true),
    components: metadata.components.map(({ file, ref, ...component }) =>
      defined({ ...component, ...fileOf({ file, ref }) }),
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
  const { portalLookMs } = x.settings;
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
    portal_look_at: systems.includes(PORTAL_SYSTEM) && portalLookMs > 0 ? now + portalLookMs : null,
    portal_seen: null,
    created_at: now,
    updated_at: now,
    ...countsOf(message.body),
  };
}

/** What indicators count about a dossier; nothing of a person. */
function countsOf(body: DossierBody) {
  const components = body.components ?? [];
  const fees = (body.fees ?? []).reduce((total, fee) => total + fee.amountVnd, 0);
  return {
    procedure_name: body.procedureName,
    received_at: Date.parse(body.receivedAt),
    due_at: body.dueAt === undefined ? null : Date.parse(body.dueAt),
    finished_at: null,
    channel: body.channel ?? 1,
    components: components.length,
    digitised: components.filter((component) => component.digitised === true).length,
    reused: components.filter((component) => (component.reused ?? 0) > 0).length,
    results: 0,
    e_results: 0,
    fee_vnd: fees,
    paid_vnd: 0,
    paid_online: body.onlinePayment === 1 ? 1 : 0,
    rating: null,
  };
}

/** Names and digests of the files a message points to: what verification and download need, without personal data. */
export function filesOf(
  message: DossierMessage,
): { name: string; sha256: string; sizeBytes: number; contentType: string }[] {
  if (message.kind === 'dossier')
    return (message.body.components ?? []).flatMap((component) => component.file ?? []);
  if (message.kind === 'result') return (message.body.results ?? []).flatMap((paper) => paper.file ?? []);
  if (message.kind === 'supplement') return (message.body.papers ?? []).flatMap((paper) => paper.file ?? []);
  return message.kind === 'payment' && message.body.receipt !== undefined ? [message.body.receipt] : [];
}
