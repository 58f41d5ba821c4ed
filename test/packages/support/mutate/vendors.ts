/** What systems of the field write: codes laid out over lines, identifiers of mail, local dates, words for numbers, one agency twice. */
import type { Random } from './random.ts';
import type { Tokens, XmlChange } from './xml.ts';

const nameOf = (tag: string): string => /^<\/?(?:[^\s:/>]+:)?([^\s/>]+)/.exec(tag)?.[1] ?? '';

/** Rewrites the text of every element named `names`, or of one of them. */
function rewritten(
  tokens: Tokens,
  random: Random,
  names: readonly string[],
  rewrite: (text: string, at: number) => string,
): string[] {
  const places = tokens.flatMap((token, at) =>
    !token.startsWith('<') &&
    names.includes(nameOf(tokens[at - 1] ?? '')) &&
    nameOf(tokens[at + 1] ?? '') !== ''
      ? [at]
      : [],
  );
  const chosen = random.is(5) || places.length === 0 ? places : [random.one(places)];
  return tokens.map((token, at) => (chosen.includes(at) ? rewrite(token, chosen.indexOf(at)) : token));
}

const CODES = [
  'OrganId',
  'CodeNumber',
  'CodeNotation',
  'Code',
  'StatusCode',
  'DocumentId',
  'Type',
  'Priority',
];
const DATES = ['PromulgationDate', 'DueDate', 'Timestamp'];
const BREAKS = ['\r\n', '\n      ', '\t', '&#13;&#10;', ' ', '\u00a0', '\u200b', '\u2028'];
const LOCAL_DATES = [
  '30/10/2026',
  '30.10.2026 08:15:00',
  '2026-10-30T00:00:00',
  '2026-10-30T00:00:00.000+0700',
  '2026-10-29T17:00:00Z',
  '30/10/2026 08:15:00 SA',
  '1/1/0001 12:00:00 AM',
  '0001-01-01T00:00:00',
  '20261030',
  '/Date(1793293200000)/',
  'Fri Oct 30 00:00:00 ICT 2026',
  '2026/10/30 24:00:00',
  'ngày 30 tháng 10 năm 2026',
];
const PRIORITIES = ['Khẩn', 'HỎA TỐC', 'hoả tốc hẹn giờ', 'Thường', '5', '-1', '1.0', '１', 'true', 'URGENT'];

export const VENDOR_CHANGES: Readonly<Record<string, XmlChange>> = {
  breakCodes: (tokens, random) =>
    rewritten(tokens, random, CODES, (text) => {
      const [put, at] = [random.one(BREAKS), random.below(text.length + 1)];
      return /[&;]/.test(text) ? put + text + put : text.slice(0, at) + put + text.slice(at);
    }),
  mailIds: (tokens, random) =>
    rewritten(tokens, random, ['ContentId'], (text) => {
      const bare = text.replace(/^cid:/, '');
      return random.one([
        bare,
        `&lt;${bare}&gt;`,
        `cid:&lt;${bare}&gt;`,
        `&lt;cid:${bare}&gt;`,
        `CID:${bare}`,
        `cid%3A${bare}`,
        `cid: ${bare}`,
        `cid:${encodeURIComponent(`${bare}@vnpt.vn`)}`,
      ]);
    }),
  localDates: (tokens, random) => rewritten(tokens, random, DATES, () => random.one(LOCAL_DATES)),
  wordsForNumbers: (tokens, random) => rewritten(tokens, random, ['Priority'], () => random.one(PRIORITIES)),
  agencyTwice(tokens, random) {
    const from = tokens.findIndex((token) => /^<(?:[^\s:/>]+:)?To[\s>]/.test(token));
    const to = tokens.findIndex((token, at) => at > from && /^<\/(?:[^\s:/>]+:)?To\s*>/.test(token));
    if (from === -1 || to === -1) return [...tokens];
    const again = tokens.slice(from, to + 1).map((token, at, all) => {
      if (nameOf(all[at - 1] ?? '') !== 'OrganId' || token.startsWith('<')) return token;
      return random.one([
        token,
        token.toLowerCase(),
        token.replaceAll('.', ''),
        token.replaceAll('.', ' . '),
        token.replaceAll('.', '．'),
        token.replace('H', 'Н'),
        ` ${token} `,
        `${token}.`,
      ]);
    });
    return [...tokens.slice(0, to + 1), ...again, ...tokens.slice(to + 1)];
  },
  longTrace(tokens, random) {
    const from = tokens.findIndex((token) => /^<(?:[^\s:/>]+:)?TraceHeader[\s>]/.test(token));
    const to = tokens.findIndex((token, at) => at > from && /^<\/(?:[^\s:/>]+:)?TraceHeader\s*>/.test(token));
    if (from === -1 || to === -1) return [...tokens];
    const hops = Array.from({ length: random.one([0, 40, 400]) }, () => tokens.slice(from, to + 1)).flat();
    return [...tokens.slice(0, from), ...hops, ...tokens.slice(to + 1)];
  },
  namesAlike: (tokens, random) =>
    rewritten(
      tokens,
      random,
      ['AttachmentName'],
      (_, at) =>
        random.one([
          ['A.pdf', 'a.PDF'],
          ['Ấ.pdf', 'Ấ.pdf'.normalize('NFD')],
          ['../../a.pdf', '..\\..\\a.pdf'],
          ['a&#10;b.pdf', 'a\u202efdp.exe'],
          [`${'ấ'.repeat(250)}.pdf`, '.pdf'],
        ])[at % 2] ?? 'a.pdf',
    ),
  decomposed: (tokens) => tokens.map((token) => (token.startsWith('<') ? token : token.normalize('NFD'))),
};
