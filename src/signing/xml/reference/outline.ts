/**
 * Where elements stand in the octets of a document that libxml2 has found well-formed and without DOCTYPE: pieces can
 * then be cut out and canonicalised alone, by the same parser, at a cost that follows their size and not the file's.
 */
import { DS, isIdName } from '../document.ts';
import { FaultSignal } from '../faults.ts';

/** One element by its octets. */
export interface Section {
  readonly start: number;
  /** Just after its start tag. */
  readonly openEnd: number;
  /** Just after its end tag. */
  readonly end: number;
  /** Start tags above it, the root's first. */
  readonly above: readonly { readonly start: number; readonly openEnd: number }[];
}

/** What a first walk through a document finds. */
export interface Outline {
  readonly bytes: Buffer;
  /** Elements ds:Signature in document order. */
  readonly signatures: readonly Section[];
  /** Elements called Signature with a SignedInfo inside, in other namespaces. */
  readonly impostors: number;
  /** Offsets of start tags with an attribute called Id in whatever spelling. */
  readonly tagsWithId: readonly number[];
}

const [LESS, GREATER, SLASH, BANG, QUESTION, QUOTE, APOSTROPHE] = [0x3c, 0x3e, 0x2f, 0x21, 0x3f, 0x22, 0x27];

function torn(): FaultSignal {
  return new FaultSignal('XML_CANONICALIZATION', 'the octets do not follow the structure');
}

function after(bytes: Buffer, text: string, from: number): number {
  const at = bytes.indexOf(text, from, 'latin1');
  if (at < 0) throw torn();
  return at + text.length;
}

/** Offset just after the `>` that ends a tag; quoted values may hold others. */
function tagEnd(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at += 1) {
    const octet = bytes[at];
    if (octet === GREATER) return at + 1;
    if (octet === QUOTE || octet === APOSTROPHE) {
      at = bytes.indexOf(octet, at + 1);
      if (at < 0) break;
    }
  }
  throw torn();
}

interface Walker {
  open(start: number, openEnd: number, depth: number): void;
  /** Ends the walk when it gives true. */
  close(start: number, end: number, depth: number): boolean;
}

/** Goes through all tags from `from` on. */
function walk(bytes: Buffer, from: number, walker: Walker): void {
  const starts: number[] = [];
  for (let at = bytes.indexOf(LESS, from); at >= 0; at = bytes.indexOf(LESS, at)) {
    const next = bytes[at + 1];
    if (next === QUESTION) at = after(bytes, '?>', at);
    else if (next === BANG) {
      if (bytes[at + 2] === 0x2d) at = after(bytes, '-->', at + 4);
      else if (bytes[at + 2] === 0x5b) at = after(bytes, ']]>', at);
      else throw torn();
    } else if (next === SLASH) {
      const end = tagEnd(bytes, at);
      const start = starts.pop();
      if (start === undefined) throw torn();
      if (walker.close(start, end, starts.length)) return;
      at = end;
    } else {
      const end = tagEnd(bytes, at);
      walker.open(at, end, starts.length);
      if (bytes[end - 2] === SLASH) {
        if (walker.close(at, end, starts.length)) return;
      } else starts.push(at);
      at = end;
    }
  }
  if (starts.length > 0) throw torn();
}

/** An attribute as written: its name, and the octets of its value without quotes. */
export interface RawAttribute {
  readonly name: string;
  readonly value: string;
}

/** Attributes of a start tag, as text of the file. */
export function attributesOf(bytes: Buffer, start: number, openEnd: number): RawAttribute[] {
  const text = bytes.toString('utf8', start, openEnd);
  return [...text.matchAll(/\s([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map((match) => ({
    name: match[1] ?? '',
    value: match[2] ?? match[3] ?? '',
  }));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The value an attribute stands for (XML 1.0 §3.3.3), references resolved. */
export function attributeValue(raw: string): string {
  return raw
    .replace(/[\t\n\r]/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name as string] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

function localName(bytes: Buffer, start: number): { prefix: string; local: string } {
  let end = start + 1;
  while (end < start + 300 && !/[\s/>]/.test(String.fromCharCode(bytes[end] ?? 0x3e))) end += 1;
  const name = bytes.toString('utf8', start + 1, end);
  const colon = name.indexOf(':');
  return colon < 0
    ? { prefix: '', local: name }
    : { prefix: name.slice(0, colon), local: name.slice(colon + 1) };
}

/** The namespace of a prefix as seen from a tag with those start tags above it. */
function namespaceOf(
  bytes: Buffer,
  prefix: string,
  tags: readonly { start: number; openEnd: number }[],
): string {
  const wanted = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  for (const { start, openEnd } of [...tags].reverse()) {
    const found = attributesOf(bytes, start, openEnd).find((item) => item.name === wanted);
    if (found !== undefined) return attributeValue(found.value);
  }
  return '';
}

/** Whether the name in a start tag ends in `Signature`, without making text of every tag. */
function maySign(bytes: Buffer, start: number): boolean {
  for (let at = start + 1; at < start + 200; at += 1) {
    const octet = bytes[at];
    if (octet === 0x53) return bytes.toString('latin1', at, at + 9) === 'Signature';
    if (octet === 0x20 || octet === GREATER || octet === SLASH) return false;
  }
  return true;
}

/** Whether a start tag may have an attribute called Id, again without making text of it. */
function mayHaveId(bytes: Buffer, start: number, openEnd: number): boolean {
  for (let at = start + 3; at < openEnd; at += 1) {
    const octet = bytes[at];
    if ((octet === 0x64 || octet === 0x44) && ((bytes[at - 1] ?? 0) | 0x20) === 0x69) return true;
  }
  return false;
}

/**
 * Walks through a whole document.
 * @throws FaultSignal when tags nest deeper than `maxDepth`.
 */
export function outlineOf(bytes: Buffer, maxDepth: number): Outline {
  const open: { start: number; openEnd: number }[] = [];
  const pending: { section: Omit<Section, 'end'>; order: number }[] = [];
  const signatures: (Section | undefined)[] = [];
  const tagsWithId: number[] = [];
  let impostors = 0;
  walk(bytes, 0, {
    open: (start, openEnd, depth) => {
      if (depth >= maxDepth) throw new FaultSignal('XML_SIGNATURE_STRUCTURE', 'nested too deeply');
      open.length = depth;
      open.push({ start, openEnd });
      if (mayHaveId(bytes, start, openEnd)) tagsWithId.push(start);
      if (!maySign(bytes, start)) return;
      const { prefix, local } = localName(bytes, start);
      if (local !== 'Signature') return;
      if (namespaceOf(bytes, prefix, open) !== DS) {
        impostors += 1;
        return;
      }
      pending.push({ section: { start, openEnd, above: open.slice(0, -1) }, order: signatures.length });
      signatures.push(undefined);
    },
    close: (start, end) => {
      const last = pending.at(-1);
      if (last?.section.start === start) {
        pending.pop();
        signatures[last.order] = { ...last.section, end };
      }
      return false;
    },
  });
  return { bytes, signatures: signatures.filter((item) => item !== undefined), impostors, tagsWithId };
}

/** The element whose start tag stands at `wanted`. */
function sectionAt(bytes: Buffer, wanted: number): Section {
  const open: { start: number; openEnd: number }[] = [];
  let found: Section | null = null;
  walk(bytes, 0, {
    open: (start, openEnd, depth) => {
      if (found === null && start <= wanted) {
        open.length = depth;
        open.push({ start, openEnd });
      }
    },
    close: (start, end) => {
      if (start !== wanted) return false;
      found = { start, openEnd: open.at(-1)?.openEnd ?? 0, end, above: open.slice(0, -1) };
      return true;
    },
  });
  const section = found as Section | null;
  if (section === null) throw torn();
  return section;
}

/** The elements with an Id, by their octets; the parser's own count must agree before one is used. */
export function sectionsById(outline: Outline, id: string): Section[] {
  const { bytes, tagsWithId } = outline;
  const starts = tagsWithId.filter((start) =>
    attributesOf(bytes, start, tagEnd(bytes, start)).some(
      (item) =>
        isIdName(item.name.slice(item.name.indexOf(':') + 1)) &&
        !item.name.startsWith('xmlns') &&
        attributeValue(item.value) === id,
    ),
  );
  return starts.map((start) => sectionAt(bytes, start));
}

/** Namespace declarations (and `xml:` attributes when asked) that reach an element from above, nearest first. */
function inherited(bytes: Buffer, section: Section, withXml: boolean): string {
  const own = attributesOf(bytes, section.start, section.openEnd);
  const taken = new Set(own.map((item) => item.name));
  const added: string[] = [];
  for (const { start, openEnd } of [...section.above].reverse()) {
    for (const { name, value } of attributesOf(bytes, start, openEnd)) {
      const wanted = name === 'xmlns' || name.startsWith('xmlns:') || (withXml && name.startsWith('xml:'));
      if (!wanted || taken.has(name)) continue;
      taken.add(name);
      if (name === 'xml:id') continue;
      const quote = value.includes('"') ? "'" : '"';
      // An undeclaration from above says nothing at the top of a document of its own.
      if (name !== 'xmlns' || value !== '') added.push(` ${name}=${quote}${value}${quote}`);
    }
  }
  return added.join('');
}

/** Whether `xml:base` reaches the element from above, which Canonical XML 1.1 would have to join. */
export function inheritsBase(outline: Outline, section: Section): boolean {
  return section.above.some(({ start, openEnd }) =>
    attributesOf(outline.bytes, start, openEnd).some((item) => item.name === 'xml:base'),
  );
}

function nameEnd(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && !/[\s/>]/.test(String.fromCharCode(bytes[at] ?? 0x3e))) at += 1;
  return at;
}

/** `[from, to)` without the given sections, which must not overlap. */
function without(bytes: Buffer, from: number, to: number, cut: readonly Section[]): Buffer[] {
  const parts: Buffer[] = [];
  let at = from;
  for (const { start, end } of cut) {
    if (start < at || end > to) continue;
    parts.push(bytes.subarray(at, start));
    at = end;
  }
  parts.push(bytes.subarray(at, to));
  return parts;
}

/** The whole document without some sections of it. */
export function documentWithout(outline: Outline, cut: readonly Section[]): Uint8Array {
  const parts = without(outline.bytes, 0, outline.bytes.length, cut);
  return parts.length === 1 ? outline.bytes : Buffer.concat(parts);
}

/**
 * An element as a document of its own, in which it means what it means in its place: the declarations that reach it
 * from above are written into its start tag.
 * @param withXml whether `xml:` attributes reach it too (inclusive canonicalisation), or not (exclusive).
 */
export function standalone(
  outline: Outline,
  section: Section,
  withXml: boolean,
  cut: readonly Section[] = [],
): Uint8Array {
  const { bytes } = outline;
  const name = nameEnd(bytes, section.start);
  return Buffer.concat([
    bytes.subarray(section.start, name),
    Buffer.from(inherited(bytes, section, withXml)),
    ...without(bytes, name, section.end, cut),
  ]);
}

/** Whether `inner` lies within `outer`. */
export function contains(outer: Section, inner: Section): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Sections that lie in none of the others. */
export function outermost(sections: readonly Section[]): Section[] {
  const kept: Section[] = [];
  for (const section of sections)
    if (!kept.some((other) => other !== section && contains(other, section))) kept.push(section);
  return kept;
}
