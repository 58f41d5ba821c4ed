/** What a check of an installation found, with what to do about it. */

/** One finding. `fail`: the gateway cannot do its work; `warn`: it will not for long, or not safely. */
export interface Finding {
  /** e.g. `disk`, `trust.anchors`, `counterparty.vxp`. */
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly vi: string;
  readonly en: string;
}

/** Findings one by one; a check that breaks is a finding itself. */
export type Check = () => Promise<readonly Finding[]>;

/** All is well with `check`. */
export function ok(check: string, vi: string, en: string): Finding {
  return { check, level: 'ok', vi, en };
}

/** Something to look after. */
export function warn(check: string, vi: string, en: string): Finding {
  return { check, level: 'warn', vi, en };
}

/** Something that does not work. */
export function fail(check: string, vi: string, en: string): Finding {
  return { check, level: 'fail', vi, en };
}
