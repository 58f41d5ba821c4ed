/** Packages written by other makers' tools: the same elements under other prefixes, in another order, layout or way of quoting. */
import type { Random } from './random.ts';
import type { Tokens, XmlChange } from './xml.ts';

const isTag = (token: string): boolean => /^<[^?!]/.test(token);
const isText = (token: string): boolean => !token.startsWith('<');
const isLayout = (token: string): boolean => isText(token) && token.trim() === '';

/** Each top-level piece between `from` and `to`: an element with all it holds, or what stands between two. */
function piecesOf(tokens: Tokens, from: number, to: number): string[][] {
  const pieces: string[][] = [];
  let depth = 0;
  for (const token of tokens.slice(from, to)) {
    if (depth === 0) pieces.push([]);
    pieces.at(-1)?.push(token);
    if (token.startsWith('</')) depth -= 1;
    else if (isTag(token) && !token.endsWith('/>')) depth += 1;
  }
  return pieces;
}

function endOf(tokens: Tokens, from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (token.startsWith('</')) depth -= 1;
    else if (isTag(token) && !token.endsWith('/>')) depth += 1;
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}

/** Start tags of elements that hold something. */
function parentsOf(tokens: Tokens): number[] {
  return tokens.flatMap((token, at) =>
    isTag(token) && !token.startsWith('</') && !token.endsWith('/>') && endOf(tokens, at) > at + 1
      ? [at]
      : [],
  );
}

function onRoot(tokens: Tokens, attribute: string): string[] {
  const root = tokens.findIndex(isTag);
  return tokens.map((token, at) => (at === root ? token.replace(/\s*(\/?)>$/, ` ${attribute}$1>`) : token));
}

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

export const WHOLE_CHANGES: Readonly<Record<string, XmlChange>> = {
  reprefixAll(tokens, random) {
    const prefix = random.one(['ns2', 'q1', 'QCVN', 'ed-XML', '_', 'văn.bản']);
    return tokens.map((token) =>
      isTag(token)
        ? token.replace(/^(<\/?)edXML:/, `$1${prefix}:`).replace(/xmlns:edXML=/, `xmlns:${prefix}=`)
        : token,
    );
  },
  prefixAll(tokens) {
    const all = tokens.map((token) =>
      isTag(token) ? token.replace(/^(<\/?)(?:edXML:)?/, '$1edXML:') : token,
    );
    return onRoot(all, 'xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"');
  },
  unprefixAll: (tokens) =>
    tokens.map((token) => (isTag(token) ? token.replace(/^(<\/?)edXML:/, '$1') : token)),
  shuffle(tokens, random) {
    const parents = parentsOf(tokens);
    if (parents.length === 0) return [...tokens];
    const from = random.one(parents);
    const to = endOf(tokens, from);
    const pieces = piecesOf(tokens, from + 1, to);
    for (let at = pieces.length - 1; at > 0; at -= 1) {
      const other = random.below(at + 1);
      [pieces[at], pieces[other]] = [pieces[other] ?? [], pieces[at] ?? []];
    }
    return [...tokens.slice(0, from + 1), ...pieces.flat(), ...tokens.slice(to)];
  },
  relay(tokens, random) {
    const between = random.one(['', '\n', '\r\n\t', '<!-- a -->', '<?a b?>', '\n<!--\n-->  ']);
    const bare = tokens.filter((token) => !isLayout(token));
    return bare.map((token, at) => (isTag(token) && isTag(bare[at - 1] ?? '') ? between + token : token));
  },
  cdataAll: (tokens) =>
    tokens.map((token) => (isText(token) && !isLayout(token) ? `<![CDATA[${token}]]>` : token)),
  spaceAll(tokens, random) {
    const space = random.one([' ', '\n    ', '\r\n', '\t', '&#13;\n']);
    return tokens.map((token) => (isText(token) && !isLayout(token) ? space + token + space : token));
  },
  nilAll(tokens, random) {
    const value = random.one(['true', '1']);
    const parents = parentsOf(tokens);
    const emptied = parents.length > 0 && random.is(5) ? random.one(parents) : -1;
    const end = emptied === -1 ? -1 : endOf(tokens, emptied);
    const rest = tokens.flatMap((token, at) => {
      if (at === emptied) return [token.replace(/\s*>$/, '/>')];
      return at > emptied && at <= end ? [] : [token];
    });
    const nilled = rest.map((token) =>
      isTag(token) && token.endsWith('/>') ? token.replace(/\s*\/>$/, ` xsi:nil="${value}"/>`) : token,
    );
    return onRoot(nilled, XSI);
  },
  schemaLocation: (tokens, random) =>
    onRoot(
      tokens,
      `${XSI} ${random.one(['xsi:schemaLocation="http://www.mic.gov.vn/TBT/QCVN_102_2016 edxml.xsd"', 'xsi:noNamespaceSchemaLocation="http://127.0.0.1:1/edxml.xsd"', 'xsi:type="edXML"'])}`,
    ),
};

/** One element of `other` put in place of one of `tokens`, or beside it. */
export function crossed(tokens: Tokens, other: Tokens, random: Random): string[] {
  const [places, donors] = [parentsOf(tokens), parentsOf(other)];
  if (places.length === 0 || donors.length === 0) return [...tokens];
  const [at, from] = [random.one(places), random.one(donors)];
  const grafted = other.slice(from, endOf(other, from) + 1);
  const rest = random.is(5) ? at : endOf(tokens, at) + 1;
  return [...tokens.slice(0, at), ...grafted, ...tokens.slice(rest)];
}
