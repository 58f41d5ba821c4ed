/**
 * One thing wrong, or worth telling, about a message that could be read. The code's letter says what:
 * `N.` missing, `R.` out of range or too long, `M.` does not match or is badly formed, `T.` wrong type, `U.` not known
 * to us (kept); then the path of the field in wire names, e.g. `N.MessageHeader.To.OrganId`.
 */
export interface Finding {
  code: string;
  /** Path with positions when a field repeats, e.g. `MessageHeader.To[2].OrganId` (1-based). */
  path?: string;
  vi: string;
  en: string;
  /** 1-based; present when the finding comes from reading a file. */
  line?: number;
  column?: number;
}

/** What a finding says, by the letter its code starts with. */
export type FindingLetter = 'N' | 'R' | 'M' | 'T' | 'U';

/** Makes a finding; `path` may carry positions, the code never does. */
export function finding(
  letter: FindingLetter,
  path: string,
  texts: { vi: string; en: string },
  at?: { line: number; column: number },
): Finding {
  return {
    code: `${letter}.${path.replace(/\[\d+\]/g, '')}`,
    path,
    vi: texts.vi,
    en: texts.en,
    ...(at === undefined ? {} : { line: at.line, column: at.column }),
  };
}
