/** Insertion into XML text without touching any other octet: what was signed before stays byte for byte. */

interface Tag {
  readonly start: number;
  readonly end: number;
  readonly kind: 'open' | 'close' | 'empty';
}

/** Constructs that may hold `<` and `>` without being tags, with how each ends. */
const SKIPPED: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

function tagEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return text.length;
}

function* tags(text: string): Generator<Tag> {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const skipped = SKIPPED.find(([opening]) => text.startsWith(opening, at));
    if (skipped !== undefined) {
      at = text.indexOf(skipped[1], at) + skipped[1].length;
      continue;
    }
    const end = tagEnd(text, at + 1);
    const kind = text.charAt(at + 1) === '/' ? 'close' : text.charAt(end - 2) === '/' ? 'empty' : 'open';
    yield { start: at, end, kind };
    at = end;
  }
}

/**
 * Puts `piece` as the last child of element number `ordinal` (document order, root 0).
 * @param text well-formed XML without DOCTYPE: a parser has accepted it before.
 */
export function appendChild(text: string, ordinal: number, piece: string): string {
  let seen = -1;
  let depth = 0;
  let inside = -1;
  for (const tag of tags(text)) {
    if (tag.kind !== 'close') seen += 1;
    if (seen === ordinal && tag.kind === 'empty') {
      const name = /^<([^\s/>]+)/.exec(text.slice(tag.start, tag.end))?.[1] ?? '';
      return `${text.slice(0, tag.end - 2)}>${piece}</${name}>${text.slice(tag.end)}`;
    }
    if (seen === ordinal && inside < 0 && tag.kind === 'open') inside = depth;
    if (tag.kind === 'open') depth += 1;
    if (tag.kind === 'close') {
      depth -= 1;
      if (inside === depth) return text.slice(0, tag.start) + piece + text.slice(tag.start);
    }
  }
  throw new RangeError('no such element');
}
