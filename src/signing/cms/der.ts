/**
 * Reader for ASN.1 in DER, and in BER as older signature makers write it (X.690 §8). It keeps the exact octets of
 * every value, because digests and signatures are computed over octets, never over re-encoded trees.
 */

/** One decoded value; `children` is present for constructed encodings. */
export interface DerNode {
  /** The identifier octet, e.g. 0x30 for SEQUENCE, 0xa0 for [0] constructed. */
  readonly tag: number;
  /** Identifier, length and content octets exactly as in the input. */
  readonly bytes: Uint8Array;
  /** Content octets (for an indefinite length, without the end-of-contents octets). */
  readonly content: Uint8Array;
  readonly children: readonly DerNode[];
  /** True when any part of it uses BER freedoms that DER forbids (indefinite length, long-form lengths, constructed strings). */
  readonly ber: boolean;
}

/** Bounds for hostile input. */
export interface DerLimits {
  /** Nesting depth; default 48. */
  readonly maxDepth: number;
  /** Values in the whole tree; default 4 000 000. */
  readonly maxNodes: number;
}

/** The octets are not ASN.1 within the limits. Wrapped into a coded error by the callers. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

const DEFAULT_LIMITS: DerLimits = { maxDepth: 48, maxNodes: 4_000_000 };
const NO_CHILDREN: readonly DerNode[] = [];

interface Header {
  readonly tag: number;
  readonly start: number;
  /** -1 for the indefinite form. */
  readonly length: number;
  readonly ber: boolean;
}

function readHeader(bytes: Uint8Array, offset: number, end: number): Header {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined || offset + 2 > end) throw new DerError('value is cut short');
  if ((tag & 0x1f) === 0x1f) throw new DerError('high tag numbers are not used here');
  if (first < 0x80) return { tag, start: offset + 2, length: first, ber: false };
  const count = first & 0x7f;
  if (count === 0) return { tag, start: offset + 2, length: -1, ber: true };
  if (count > 5 || offset + 2 + count > end) throw new DerError('length is not usable');
  let length = 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[offset + 2 + index] ?? 0);
  const minimal = length >= 0x80 && bytes[offset + 2] !== 0;
  return { tag, start: offset + 2 + count, length, ber: !minimal };
}

/** X.690 §8.3.2 holds for BER too: no empty INTEGER, and no nine equal leading bits. */
function checkInteger(bytes: Uint8Array, start: number, stop: number): void {
  const [first, second] = [bytes[start], bytes[start + 1] ?? 0];
  if (stop === start) throw new DerError('integer is empty');
  if (stop - start > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerError('integer is not minimal');
}

/** The walk over a whole value that finds every fault in it, before any of it is made into nodes. */
interface Scan {
  readonly bytes: Uint8Array;
  readonly limits: DerLimits;
  nodes: number;
  /** Ends of values of indefinite length, by their offset. */
  readonly ends: Map<number, number>;
}

/** Checks the value at `offset` and all below it. @returns the offset after it. */
function scanValue(scan: Scan, offset: number, end: number, depth: number): number {
  scan.nodes += 1;
  if (scan.nodes > scan.limits.maxNodes) throw new DerError('too many values');
  if (depth > scan.limits.maxDepth) throw new DerError('nested too deeply');
  const { bytes } = scan;
  const { tag, start, length } = readHeader(bytes, offset, end);
  if (length < 0) return scanIndefinite(scan, tag, offset, start, end, depth);
  const stop = start + length;
  if (stop > end) throw new DerError('value is cut short');
  if (tag === 0x02) checkInteger(bytes, start, stop);
  if ((tag & 0x20) !== 0) for (let at = start; at < stop; ) at = scanValue(scan, at, stop, depth + 1);
  return stop;
}

function scanIndefinite(
  scan: Scan,
  tag: number,
  offset: number,
  start: number,
  end: number,
  depth: number,
): number {
  if ((tag & 0x20) === 0) throw new DerError('indefinite length on a primitive value');
  for (let at = start; ; at = scanValue(scan, at, end, depth + 1)) {
    if (at + 2 > end) throw new DerError('end of contents is missing');
    if (scan.bytes[at] !== 0 || scan.bytes[at + 1] !== 0) continue;
    scan.ends.set(offset, at);
    return at + 2;
  }
}

/**
 * A value that `scanValue` found sound: octets and children are cut out when they are first asked for. A class, because an
 * object literal with accessors of its own costs a hidden class each.
 */
class ScannedNode implements DerNode {
  readonly tag: number;
  readonly #scan: Scan;
  readonly #offset: number;
  readonly #start: number;
  readonly #stop: number;
  /** After the value, end-of-contents octets included. */
  readonly end: number;
  readonly #berHeader: boolean;
  #bytes: Uint8Array | undefined;
  #content: Uint8Array | undefined;
  #children: readonly DerNode[] | undefined;

  constructor(scan: Scan, offset: number, end: number) {
    const header = readHeader(scan.bytes, offset, end);
    const definite = header.length >= 0;
    this.tag = header.tag;
    this.#scan = scan;
    this.#offset = offset;
    this.#start = header.start;
    this.#stop = definite ? header.start + header.length : (scan.ends.get(offset) ?? end);
    this.end = definite ? this.#stop : this.#stop + 2;
    this.#berHeader = header.ber;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.#scan.bytes.subarray(this.#offset, this.end);
    return this.#bytes;
  }

  get content(): Uint8Array {
    this.#content ??= this.#scan.bytes.subarray(this.#start, this.#stop);
    return this.#content;
  }

  get children(): readonly DerNode[] {
    this.#children ??= this.#isConstructed() ? childrenOf(this.#scan, this.#start, this.#stop) : NO_CHILDREN;
    return this.#children;
  }

  get ber(): boolean {
    const { tag } = this;
    const string =
      this.#isConstructed() && (tag & 0xc0) === 0 && (tag & 0x1f) !== 0x10 && (tag & 0x1f) !== 0x11;
    return this.#berHeader || string || this.children.some((part) => part.ber);
  }

  #isConstructed(): boolean {
    return (this.tag & 0x20) !== 0;
  }
}

function childrenOf(scan: Scan, start: number, stop: number): DerNode[] {
  const children: DerNode[] = [];
  for (let at = start; at < stop; ) {
    const child = new ScannedNode(scan, at, stop);
    children.push(child);
    at = child.end;
  }
  return children;
}

/**
 * Decodes one value at the start of `bytes`. All of it is checked at once; the tree is built as far as it is looked at,
 * so that a list of a hundred thousand revoked certificates inside a message costs no memory.
 * @param options.trailing octets after the value are an error unless this is true (PDF /Contents is padded with zeros).
 * @throws DerError
 */
export function readDer(
  bytes: Uint8Array,
  options: { limits?: Partial<DerLimits>; trailing?: boolean } = {},
): DerNode {
  const scan: Scan = { bytes, limits: { ...DEFAULT_LIMITS, ...options.limits }, nodes: 0, ends: new Map() };
  const stop = scanValue(scan, 0, bytes.length, 0);
  if (options.trailing !== true && stop !== bytes.length) throw new DerError('octets after the value');
  return new ScannedNode(scan, 0, bytes.length);
}

/** The same value read under another tag (implicit tagging), or as the only child of one. Nodes are of a class: spreading one loses its parts. */
export function retagged(node: DerNode, tag: number, children: readonly DerNode[] = node.children): DerNode {
  const { bytes, content, ber } = node;
  return { tag, bytes, content, children, ber };
}

/** The child at `index`, checked for its tag when one is given. @throws DerError */
export function child(node: DerNode, index: number, tag?: number): DerNode {
  const found = node.children[index];
  if (found === undefined) throw new DerError('a value is missing');
  if (tag !== undefined && found.tag !== tag)
    throw new DerError(`tag 0x${found.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  return found;
}

/** Asserts the tag of a node and gives it back. @throws DerError */
export function expectTag(node: DerNode, tag: number): DerNode {
  if (node.tag !== tag)
    throw new DerError(`tag 0x${node.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  return node;
}

/** Dotted form of an OBJECT IDENTIFIER; arcs beyond 2^53 and identifiers over 128 octets are refused. @throws DerError */
export function readOid(node: DerNode): string {
  const { content } = expectTag(node, 0x06);
  if (content.length === 0 || content.length > 128 || (content.at(-1) ?? 0) >= 0x80)
    throw new DerError('bad object identifier');
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerError('object identifier arc is too large');
    if (octet >= 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** A small non-negative INTEGER (up to 2^31). @throws DerError */
export function readSmallInteger(node: DerNode): number {
  const { content } = expectTag(node, 0x02);
  if (content.length === 0 || content.length > 5 || (content[0] ?? 0) >= 0x80)
    throw new DerError('integer out of range');
  let value = 0;
  for (const octet of content) value = value * 256 + octet;
  return value;
}

/** Octets of an OCTET STRING (or `[n] IMPLICIT` one), joining the segments of a constructed BER string. @throws DerError */
export function readOctets(node: DerNode): Uint8Array {
  if ((node.tag & 0x20) === 0) return node.content;
  return Uint8Array.from(Buffer.concat(node.children.map((part) => readOctets(expectTagOctets(part)))));
}

function expectTagOctets(node: DerNode): DerNode {
  if ((node.tag & 0xdf) !== 0x04) throw new DerError('a string segment is of another type');
  return node;
}

/** Years of two digits are UTCTime's, of four GeneralizedTime's; seconds left out and fractions are met outside certificates. */
const TIME_FORMS: Readonly<Record<number, RegExp>> = {
  23: /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?Z$/,
  24: /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.\d+)?Z$/,
};

/** UTCTime or GeneralizedTime with `Z` (RFC 5280 §4.1.2.5), or null when it is neither. */
export function readTime(node: DerNode): Date | null {
  const text = Buffer.from(node.content).toString('latin1');
  const form = TIME_FORMS[node.tag];
  const match = form?.exec(text) ?? null;
  if (match === null) return null;
  const [, year = '', month, day, hour, minute, second = '00'] = match;
  const full = year.length === 4 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`;
  const time = new Date(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) return null;
  // Date takes the 30th of February for a day in March, and 24 o'clock for the next day.
  return time.getUTCDate() === Number(day) ? time : null;
}
