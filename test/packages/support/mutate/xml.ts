/** Packages changed as XML: elements moved, doubled, emptied, renamed, put in other namespaces; texts and attributes rewritten. */
import type { Random } from './random.ts';

/** Text and tags in turn; a change makes a new list. */
export type Tokens = readonly string[];
export type XmlChange = (tokens: Tokens, random: Random) => string[];

/** The samples hold no comments, CDATA or `>` in attributes, so that this cut is enough. */
export function tokensOf(xml: string): string[] {
  return xml.match(/<[^>]*>|[^<]+/g) ?? [];
}

interface Span {
  /** Of the start tag. */
  from: number;
  /** Of the end tag; of the start tag too where the element is empty. */
  to: number;
}

const isStart = (token: string): boolean => /^<[^?!/]/.test(token);

function spansOf(tokens: Tokens): Span[] {
  const open: number[] = [];
  const spans: Span[] = [];
  for (const [at, token] of tokens.entries()) {
    if (isStart(token) && token.endsWith('/>')) spans.push({ from: at, to: at });
    else if (isStart(token)) open.push(at);
    else if (token.startsWith('</')) spans.push({ from: open.pop() ?? at, to: at });
  }
  return spans;
}

/** Small elements are changed more often than the envelope that holds all. */
function spanOf(tokens: Tokens, random: Random): Span {
  const spans = spansOf(tokens);
  const picked = [random.one(spans), random.one(spans)].filter((span) => span !== undefined);
  const [a, b = a] = picked.sort((x, y) => x.to - x.from - (y.to - y.from));
  if (a === undefined) return { from: 0, to: 0 };
  return (random.is(8) ? a : b) ?? a;
}

function leafOf(tokens: Tokens, random: Random): Span {
  const leaves = spansOf(tokens).filter(({ from, to }) => to - from === 2);
  return leaves.length === 0 ? spanOf(tokens, random) : random.one(leaves);
}

const nameOf = (tag: string): string => /^<\/?([^\s/>]+)/.exec(tag)?.[1] ?? 'x';
const cut = (tokens: Tokens, from: number, to: number, put: readonly string[] = []): string[] => [
  ...tokens.slice(0, from),
  ...put,
  ...tokens.slice(to + 1),
];

/** Where an element may be put: before any start or end tag but the root's own. */
function placeOf(tokens: Tokens, random: Random): number {
  const places = tokens.flatMap((token, at) => (token.startsWith('<') && at > 2 ? [at] : []));
  return places.length === 0 ? 0 : random.one(places);
}

function renamed(tokens: Tokens, { from, to }: Span, rename: (name: string) => string): string[] {
  return tokens.map((token, at) =>
    at === from || at === to ? token.replace(nameOf(token), rename(nameOf(token))) : token,
  );
}

function attributed(tokens: Tokens, at: number, attribute: string): string[] {
  return tokens.map((token, index) =>
    index === at ? token.replace(/\s*(\/?)>$/, ` ${attribute}$1>`) : token,
  );
}

function retexted(tokens: Tokens, random: Random, rewrite: (text: string) => string): string[] {
  const { from, to } = leafOf(tokens, random);
  if (to - from !== 2) return [...tokens];
  return tokens.map((token, at) => (at === from + 1 ? rewrite(token) : token));
}

const NAMES = [
  'OrganId',
  'DocumentId',
  'Code',
  'CodeNumber',
  'Type',
  'Subject',
  'StatusCode',
  'From',
  'To',
  'Place',
];
const MORE_NAMES = [
  'BussinessDocType',
  'ContentId',
  'ContentTransferEncoded',
  'Attachment',
  'Signature',
  'edXML',
  'x',
];
const URIS = [
  '',
  'urn:x',
  'not a uri',
  '../a',
  'http://www.mic.gov.vn/TBT/QCVN_102_2016',
  'http://www.mic.gov.vn/TBT/QCVN_102_2016/',
];
const MORE_URIS = [
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.e-doc.vn/Schema/',
  'http://a b',
  'é:é',
  '%',
  '\u1ea1',
  '1:2',
];
const ATTRIBUTES = [
  'a="1"',
  'a="1" a="2"',
  'xml:space="preserve"',
  'xml:lang="vi"',
  'xsi:nil="true"',
  "a='&lt;'",
  'a="<"',
  'a',
  'a=1',
];
const MORE_ATTRIBUTES = [
  'xmlns:p="urn:p" p:a="1" p:a="2"',
  'xmlns:p="urn:p" xmlns:q="urn:p" p:a="1" q:a="1"',
  'xml:id="1"',
  'id="a" Id="a"',
  'a="&#10;&#9;"',
  'xmlns:xml="urn:x"',
  'xmlns:xmlns="urn:x"',
  'xmlns:p=""',
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"',
];
const TEXTS = [
  '',
  ' ',
  '\r\n',
  '0',
  '-1',
  '01',
  '1e3',
  'null',
  'true',
  '1',
  '2',
  '3',
  '13',
  '２',
  '٣',
  '000.00.00.H53',
  'H53',
  'cid:f1',
  'cid:cid:f1',
];
const MORE_TEXTS = [
  '2026/02/30',
  '30/10/2026',
  '2026-10-30T08:00:00.000+07:00',
  '1793322000000',
  '\u0000',
  '\u0001',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\uffff',
  '\u202e cba',
  '&#0;',
  '&#1;',
  '&#xD;',
  '&#xD800;',
  '&#x1F600;',
  '&#x110000;',
  '&nbsp;',
  '&amp;amp;',
  '&',
  ']]>',
  '<![CDATA[]]>',
  '<![CDATA[<b>]]>',
  '<!-- -- -->',
  '<!---->',
  '<?xml version="1.0"?>',
  '<?a?>',
  '<?a b?>',
  '<b/>',
  '</b>',
  'x'.repeat(70_000),
];

/** Changes that keep XML whole, or nearly. */
export const XML_CHANGES: Readonly<Record<string, XmlChange>> = {
  move(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    const rest = cut(tokens, from, to);
    const at = placeOf(rest, random);
    return [...rest.slice(0, at), ...tokens.slice(from, to + 1), ...rest.slice(at)];
  },
  double(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    const at = random.is(7) ? to + 1 : placeOf(tokens, random);
    return [...tokens.slice(0, at), ...tokens.slice(from, to + 1), ...tokens.slice(at)];
  },
  doubleWithOther(tokens, random) {
    const { from, to } = leafOf(tokens, random);
    const copy = tokens
      .slice(from, to + 1)
      .map((token) => (token.startsWith('<') ? token : random.one(TEXTS)));
    const at = random.is(5) ? from : to + 1;
    return [...tokens.slice(0, at), ...copy, ...tokens.slice(at)];
  },
  remove(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    return cut(tokens, from, to);
  },
  empty(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    return from === to ? [...tokens] : cut(tokens, from + 1, to - 1);
  },
  selfClose(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    return cut(tokens, from, to, [(tokens[from] ?? '').replace(/\s*\/?>$/, random.is(5) ? '/>' : ' / >')]);
  },
  unwrap(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    return from === to ? [...tokens] : cut(tokens, from, to, tokens.slice(from + 1, to));
  },
  nest(tokens, random) {
    const { from, to } = spanOf(tokens, random);
    const tag = tokens[from] ?? '';
    return cut(tokens, from, to, [`<${nameOf(tag)}>`, ...tokens.slice(from, to + 1), `</${nameOf(tag)}>`]);
  },
  rename(tokens, random) {
    const name = random.one([...NAMES, ...MORE_NAMES]);
    return renamed(tokens, spanOf(tokens, random), (old) => old.replace(/[^:]+$/, name));
  },
  recase(tokens, random) {
    const upper = random.is(5);
    return renamed(tokens, spanOf(tokens, random), (old) => (upper ? old.toUpperCase() : old.toLowerCase()));
  },
  prefix(tokens, random) {
    const prefix = random.one(['', 'edXML:', 'p:', 'xml:', 'xmlns:', ':', 'a:b:', 'é:']);
    return renamed(tokens, spanOf(tokens, random), (old) => prefix + old.replace(/^.*:/, ''));
  },
  namespace(tokens, random) {
    const { from } = spanOf(tokens, random);
    const name = random.one(['xmlns', 'xmlns:edXML', 'xmlns:p', 'xmlns:xml']);
    return attributed(tokens, from, `${name}="${random.one([...URIS, ...MORE_URIS])}"`);
  },
  renamespace(tokens, random) {
    const uri = random.one([...URIS, ...MORE_URIS]);
    const which = random.below(3);
    let seen = 0;
    return tokens.map((token) =>
      token.replace(/(xmlns(?::\w+)?=")[^"]*"/g, (whole, start: string) =>
        seen++ === which ? `${start}${uri}"` : whole,
      ),
    );
  },
  foreignTwin(tokens, random) {
    const { from, to } = leafOf(tokens, random);
    const name = nameOf(tokens[from] ?? '').replace(/^.*:/, '');
    const twin = [`<${name} xmlns="urn:x">`, random.one(TEXTS), `</${name}>`];
    const at = random.is(5) ? from : to + 1;
    return [...tokens.slice(0, at), ...twin, ...tokens.slice(at)];
  },
  attribute(tokens, random) {
    return attributed(tokens, spanOf(tokens, random).from, random.one([...ATTRIBUTES, ...MORE_ATTRIBUTES]));
  },
  text(tokens, random) {
    return retexted(tokens, random, () => random.one([...TEXTS, ...MORE_TEXTS]));
  },
  textAround(tokens, random) {
    const put = random.one([...TEXTS, ...MORE_TEXTS]);
    return retexted(tokens, random, (text) => (random.is(5) ? put + text : text + put));
  },
  textInside(tokens, random) {
    const put = random.one([
      '<!-- x -->',
      '<?x y?>',
      '<![CDATA[y]]>',
      '<b/>',
      '<b>y</b>',
      '&#49;',
      '\u0301',
      '\n',
      '\ud83d\ude00',
    ]);
    return retexted(tokens, random, (text) => {
      const at = random.below(text.length + 1);
      return text.slice(0, at) + put + text.slice(at);
    });
  },
  cdata: (tokens, random) => retexted(tokens, random, (text) => `<![CDATA[${text}]]>`),
  references: (tokens, random) =>
    retexted(tokens, random, (text) =>
      [...text].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join(''),
    ),
  decomposed: (tokens, random) => retexted(tokens, random, (text) => text.normalize('NFD')),
  stray(tokens, random) {
    const put = random.one([
      '<!-- a -->',
      '<?a b?>',
      'abc',
      '<![CDATA[abc]]>',
      '\u00a0',
      '<b/>',
      '<!DOCTYPE a>',
      '<?xml version="1.0"?>',
    ]);
    const at = random.below(tokens.length + 1);
    return [...tokens.slice(0, at), put, ...tokens.slice(at)];
  },
  wrapAll(tokens, random) {
    const [before, after] = random.one([
      [
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>',
        '</soap:Body></soap:Envelope>',
      ],
      ['<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">', '</edXML>'],
      ['<a>', '</a>'],
    ]);
    const at = (tokens[0] ?? '').startsWith('<?') ? 1 : 0;
    return [...tokens.slice(0, at), before, ...tokens.slice(at), after];
  },
  swapTags(tokens, random) {
    const a = random.below(tokens.length);
    const b = random.below(tokens.length);
    return tokens.map((token, at) => (at === a ? (tokens[b] ?? '') : at === b ? (tokens[a] ?? '') : token));
  },
  declaration(tokens, random) {
    const put = random.one([
      '',
      '<?xml version="1.1"?>',
      '<?xml version="1.0"?>',
      "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
      '<?xml version="1.0" standalone="maybe"?>',
      '<?xml encoding="UTF-8" version="1.0"?>',
      '<?xml version="2.0" encoding="UTF-8"?>',
      '<?xml version="1.0" encoding="UTF8"?>',
      '<?xml version="1.0" encoding=""?>',
      '<?xml version="1.0" encoding="UTF-16"?>',
      '<?xml version="1.0" encoding="UTF-16LE"?>',
      '<?xml version="1.0" encoding="us-ascii"?>',
      '<?xml version="1.0" encoding="windows-1258"?>',
      '<?xml version="1.0" encoding="ISO-8859-1"?>',
      '<?XML version="1.0"?>',
      ' <?xml version="1.0" encoding="UTF-8"?>',
    ]);
    return [put, ...((tokens[0] ?? '').startsWith('<?') ? tokens.slice(1) : tokens)];
  },
};

/** The whole file as bytes, in the ways senders and editors write it, and in some they should not. */
export const ENCODINGS: Readonly<Record<string, (xml: string) => Buffer>> = {
  utf8: (xml) => Buffer.from(xml, 'utf8'),
  utf8Marked: (xml) => Buffer.from(`\ufeff${xml}`, 'utf8'),
  utf8TwiceMarked: (xml) => Buffer.from(`\ufeff\ufeff${xml}`, 'utf8'),
  utf16le: (xml) => Buffer.from(xml, 'utf16le'),
  utf16leMarked: (xml) => Buffer.from(`\ufeff${xml}`, 'utf16le'),
  utf16be: (xml) => Buffer.from(xml, 'utf16le').swap16(),
  utf16beMarked: (xml) => Buffer.from(`\ufeff${xml}`, 'utf16le').swap16(),
  utf16Declared: (xml) =>
    Buffer.from(`\ufeff${xml.replace(/encoding="[^"]*"/, 'encoding="UTF-16"')}`, 'utf16le'),
  utf16Half: (xml) => Buffer.from(`\ufeff${xml}`, 'utf16le').subarray(0, -1),
  // What .NET writes of a text in memory.
  utf16DeclaredOnly: (xml) => Buffer.from(xml.replace(/encoding="[^"]*"/, 'encoding="utf-16"')),
  cp1258Declared: (xml) => Buffer.from(xml.replace(/encoding="[^"]*"/, 'encoding="windows-1258"')),
  latin1: (xml) => Buffer.from(xml, 'latin1'),
  latin1Declared: (xml) => Buffer.from(xml.replace(/encoding="[^"]*"/, 'encoding="ISO-8859-1"'), 'latin1'),
  crlf: (xml) => Buffer.from(xml.replace(/\r?\n/g, '\r\n')),
  cr: (xml) => Buffer.from(xml.replace(/\r?\n/g, '\r')),
  spaceBefore: (xml) => Buffer.from(`\n${xml}`),
  zerosAfter: (xml) => Buffer.from(`${xml}\u0000\u0000`),
  textAfter: (xml) => Buffer.from(`${xml}abc`),
  twice: (xml) => Buffer.from(xml + xml),
};
