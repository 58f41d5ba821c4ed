/**
 * Insertion into XML without touching any other octet: what was signed before stays byte for byte. Positions are octets:
 * the text is looked at as Latin-1, where every octet is one character and markup is what it is in UTF-8.
 */

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

/** Where the document element begins and ends, octets. @param text well-formed XML as Latin-1. */
export function rootRange(text: string): { start: number; end: number } {
  let start = 0;
  for (const tag of tags(text)) {
    start = tag.start;
    break;
  }
  const last = lastEndTag(text);
  if (last !== null) return { start, end: text.indexOf('>', last) + 1 };
  let end = start;
  for (const tag of tags(text)) end = tag.end;
  return { start, end };
}

/** Start of the end tag of the document element, found from the end of the file; null when it takes a look at all tags. */
function lastEndTag(text: string): number | null {
  let end = text.length;
  for (;;) {
    while (end > 0 && /\s/.test(text.charAt(end - 1))) end -= 1;
    // A comment cannot hold another one’s opening, since it cannot hold two hyphens (XML 1.0 §2.5).
    if (!text.startsWith('-->', end - 3)) break;
    end = text.lastIndexOf('<!--', end - 4);
    if (end < 0) return null;
  }
  const start = text.lastIndexOf('</', end);
  return start >= 0 && /^<\/[^\s<>]+\s*>$/.test(text.slice(start, end)) ? start : null;
}

function insertion(text: string, ordinal: number): { at: number; cut: number; close: string } {
  const quick = ordinal === 0 ? lastEndTag(text) : null;
  if (quick !== null) return { at: quick, cut: quick, close: '' };
  let seen = -1;
  let depth = 0;
  let inside = -1;
  for (const tag of tags(text)) {
    if (tag.kind !== 'close') seen += 1;
    if (seen === ordinal && tag.kind === 'empty') {
      const name = /^<([^\s/>]+)/.exec(text.slice(tag.start, tag.end))?.[1] ?? '';
      return { at: tag.end - 2, cut: tag.end, close: name };
    }
    if (seen === ordinal && inside < 0 && tag.kind === 'open') inside = depth;
    if (tag.kind === 'open') depth += 1;
    if (tag.kind === 'close') {
      depth -= 1;
      if (inside === depth) return { at: tag.start, cut: tag.start, close: '' };
    }
  }
  throw new RangeError('no such element');
}

/**
 * Puts `piece` as the last child of element number `ordinal` (document order, root 0).
 * @param xml well-formed UTF-8 without DOCTYPE: a parser has accepted it before.
 */
export function appendChild(xml: Uint8Array, ordinal: number, piece: string): Uint8Array {
  const bytes = Buffer.from(xml.buffer, xml.byteOffset, xml.length);
  const { at, cut, close } = insertion(bytes.toString('latin1'), ordinal);
  const name = Buffer.from(close, 'latin1');
  const [opened, closed] =
    close === ''
      ? [Buffer.alloc(0), name]
      : [Buffer.from('>'), Buffer.concat([Buffer.from('</'), name, Buffer.from('>')])];
  return new Uint8Array(
    Buffer.concat([bytes.subarray(0, at), opened, Buffer.from(piece, 'utf8'), closed, bytes.subarray(cut)]),
  );
}
