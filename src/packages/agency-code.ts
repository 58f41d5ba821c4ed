/**
 * Which rule an agency code follows. `qcvn102`: QCVN 102:2016, right to left, `000.00.13.H53`. `qcvn102-short`: the
 * same with empty levels left out, `28.22.H17`. `qd20`: QĐ 20/2020/QĐ-TTg (amended by QĐ 09/2025/QĐ-TTg), left to
 * right, `H53.13`. `party`: the Party block's old form, `000.A53.000`. `centre`: a province's or ministry's integration
 * centre, `00.53.W00`: an address of a system, never shown as a recipient. `enterprise`: a state enterprise on the axis,
 * `02` and its tax code, `020101234567`, with or without a branch's number.
 */
export type AgencyCodeForm = 'qcvn102' | 'qcvn102-short' | 'qd20' | 'party' | 'centre' | 'enterprise';

export interface AgencyCode {
  form: AgencyCodeForm;
  /** Upper case, as codes are compared. */
  code: string;
  /** Level-1 part, e.g. `H53`; of an enterprise, which stands below no agency, the code itself. */
  root: string;
  /** Levels below the root, top down, without the zero groups that mean "unused". */
  levels: string[];
}

/** QĐ 20/2020: at most 35 characters. The older form never comes near. */
const MAX_LENGTH = 35;

const FORMS: readonly [AgencyCodeForm, RegExp][] = [
  ['centre', /^(?:\d{2,3}\.){1,3}W\d{2}$/],
  ['qcvn102', /^\d{3}\.\d{2,3}\.\d{2,3}\.[A-K]\d{2}$/],
  ['qcvn102-short', /^(?:\d{2,3}\.){1,2}[A-K]\d{2}$/],
  ['party', /^\d{3}\.A\d{2}(?:\.\d{2,3}){1,2}$/],
  ['qd20', /^[A-K]\d{2}(?:\.\d{2,3})*$/],
  ['enterprise', /^02\d{10}(?:-?\d{3})?$/],
];

/** An account of the adapter that the axis shares out to those without one of their own; it stands where a code would. */
const SHARED_ACCOUNT = /^vxp\.saas\.\d{2}$/i;

/**
 * Reads an agency code of either generation; undefined when it is none. Says nothing about whether the agency exists,
 * and does not convert between generations: only the directory can.
 */
export function parseAgencyCode(text: string): AgencyCode | undefined {
  const code = text.trim().toUpperCase();
  if (code.length > MAX_LENGTH) return undefined;
  const form = FORMS.find(([, pattern]) => pattern.test(code))?.[0];
  if (form === undefined) return undefined;
  if (form === 'enterprise') return { form, code, root: code, levels: [] };
  const parts = code.split('.');
  const rootAt = parts.findIndex((part) => /^[A-Z]/.test(part));
  const root = parts[rootAt] ?? '';
  const others = parts.filter((_, index) => index !== rootAt);
  const topDown = form === 'qd20' || form === 'party' ? others : others.reverse();
  return { form, code, root, levels: topDown.filter((part) => !/^0+$/.test(part)) };
}

/** An agency code as codes are compared, in capitals; what is none stays as it is written. */
export function toAgencyCode(text: string): string {
  return parseAgencyCode(text)?.code ?? text;
}

/** True for an agency code of either generation (integration centres included). */
export function isAgencyCode(text: string): boolean {
  return parseAgencyCode(text) !== undefined;
}

/** True for what may stand in `OrganId`: an agency code, or an account of the axis' shared adapter (`vxp.saas.02`). */
export function isOrganId(text: string): boolean {
  return isAgencyCode(text) || SHARED_ACCOUNT.test(text.trim());
}
