import { isAgencyCode } from './agency-code.ts';

/** The parts of a dossier code (mã số hồ sơ): agency, day received, ordinal of that day. NĐ 61/2018 and after. */
export interface DossierCode {
  code: string;
  agencyCode: string;
  /** Day received, yyyy-MM-dd. Two-digit years are of this century. */
  receivedDate: string;
  /** Kept as text: ministries write 6 or 7 digits, the first two their own number. */
  sequence: string;
}

/** `1.000894`, `2.002622.H56`, `1.000894.000.00.00.H56`: the national number, then whose variant it is. */
export interface ProcedureCode {
  code: string;
  /** The national part, e.g. `1.000894`. */
  nationalCode: string;
  /** The agency whose variant it is. */
  agencyCode?: string;
}

const DOSSIER = /^(?<agency>[0-9A-Z.]{3,35})-(?<date>\d{6})-(?<sequence>\d{4,7})$/;
const PROCEDURE = /^(?<national>\d\.\d{6})(?:\.(?<agency>[0-9A-Z.]{3,35}))?$/;

/** Reads a dossier code, e.g. `000.00.19.H26-200918-0001` or `H15.50.05.13-261008-0975`; undefined when it is none. */
export function parseDossierCode(text: string): DossierCode | undefined {
  const code = text.trim().toUpperCase();
  const { agency = '', date = '', sequence = '' } = DOSSIER.exec(code)?.groups ?? {};
  if (!isAgencyCode(agency)) return undefined;
  const [year, month, day] = [
    2000 + Number(date.slice(0, 2)),
    Number(date.slice(2, 4)),
    Number(date.slice(4)),
  ];
  const real = new Date(Date.UTC(year, month - 1, day));
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day) return undefined;
  return { code, agencyCode: agency, receivedDate: real.toISOString().slice(0, 10), sequence };
}

/** True for a dossier code. */
export function isDossierCode(text: string): boolean {
  return parseDossierCode(text) !== undefined;
}

/** Reads an administrative procedure code (mã TTHC); undefined when it is none. */
export function parseProcedureCode(text: string): ProcedureCode | undefined {
  const code = text.trim().toUpperCase();
  const { national, agency } = PROCEDURE.exec(code)?.groups ?? {};
  if (national === undefined) return undefined;
  if (agency === undefined) return { code, nationalCode: national };
  return isAgencyCode(agency) ? { code, nationalCode: national, agencyCode: agency } : undefined;
}

/** True for an administrative procedure code. */
export function isProcedureCode(text: string): boolean {
  return parseProcedureCode(text) !== undefined;
}
