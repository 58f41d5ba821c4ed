import { SaxesParser, type SaxesTagNS } from 'saxes';
import { PackageError, type PackageErrorDetails, type PackageFamily, type XmlProblem } from '../errors.ts';
import { AmpersandWatch, type Place, placeAfter } from './ampersand.ts';
import { asUtf8, type Utf8Source } from './encoding.ts';
import { reasonOfStart } from './foreign.ts';
import { FORBIDDEN, RawTextScanner } from './raw-text.ts';
import { TagCutter } from './tag-cutter.ts';
import type { XmlElement } from './tree.ts';

/** Bounds of one XML file. See `EdxmlLimits` for the units. */
export interface XmlLimits {
  maxPackageBytes: number;
  maxDepth: number;
  maxElements: number;
  maxAttributes: number;
  maxFieldChars: number;
  maxTextChars: number;
}

/** Takes over the character data of one element, as bytes, in order; awaited, so a slow taker slows the reader. */
export interface RawTextTaker {
  write(bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** What the caller wants to see while the tree grows. */
export interface XmlHooks {
  /** Local name of the only element whose text may be streamed. */
  streamed?: string;
  /** The parser meets a start tag. For a {@link streamed} element, return a taker to have the element's text streamed instead of kept. */
  open?(element: XmlElement, ancestors: readonly XmlElement[]): RawTextTaker | undefined;
  /** The element is complete. */
  close?(element: XmlElement, ancestors: readonly XmlElement[]): Promise<void> | void;
}

const KNOWN_ENCODING = /^(?:utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii)$/i;

/** By the rules of XML 1.0 whatever the declaration says: 1.1 allows control characters, which .NET and libxml2 then refuse. */
const PARSING = { xmlns: true, position: true, forceXMLVersion: true, defaultXMLVersion: '1.0' } as const;

const NOT_ASCII = /[^\0-\x7f]/;

/** A file longer than this is fed to the parser in pieces of this many bytes. */
const PIECE_BYTES = 64 * 1024;

/**
 * Reads an XML file into a tree, streaming the text of the elements the hooks ask for. No DTD, no entities but the
 * five of XML itself, every size bounded. Throws {@link PackageError} with `*_NOT_WELL_FORMED`, `*_BAD_ENCODING`,
 * `*_DTD_REFUSED`, `*_TOO_DEEP`, `*_TOO_MANY_ELEMENTS`, `*_TOO_MANY_ATTRIBUTES`, `*_FIELD_TOO_LONG`, `*_TOO_LARGE`, with
 * line and column; errors of the source and of the hooks pass through unchanged.
 */
export async function readXml(
  source: AsyncIterable<Uint8Array>,
  options: { family: PackageFamily; limits: XmlLimits; hooks?: XmlHooks },
): Promise<XmlElement> {
  const { bytes, writtenIn } = asUtf8(source, options.family, options.limits.maxPackageBytes);
  const reader = new XmlReader(options.family, options.limits, options.hooks ?? {}, writtenIn);
  try {
    for await (const chunk of bytes)
      await reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  } catch (error) {
    throw reader.placed(error);
  }
  return reader.finish();
}

class XmlReader {
  readonly #parser = new SaxesParser(PARSING);
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #family: PackageFamily;
  readonly #limits: XmlLimits;
  readonly #hooks: XmlHooks;
  readonly #writtenIn: Utf8Source['writtenIn'];
  /** Declared so: another reader of the file takes no other character. */
  #isAscii = false;
  readonly #stack: XmlElement[] = [];
  #root: XmlElement | undefined;
  #lastClosed: XmlElement | undefined;
  #started = false;
  #prolog = '';
  #elements = 0;
  #attributes = 0;
  #fedChars = 0;
  readonly #cutter: TagCutter | undefined;
  /** What the parser is reading. */
  #feeding = '';
  /** Characters fed since the parser last reported anything: bounds what it holds inside. */
  #pending = 0;
  #events = 0;
  #tagStart = { line: 1, column: 1 };
  #raw: { scanner: RawTextScanner; taker: RawTextTaker } | undefined;
  /** Taker of an empty streamed element, still to be told that it ended. */
  #emptyTaker: RawTextTaker | undefined;
  readonly #ampersands = new AmpersandWatch();
  /** Where the next character to feed stands: between two pieces the parser's own position is no place. */
  #next: Place = { line: 1, column: 1 };
  /** Characters the parser had read when it last told of anything. */
  #seenAt = 0;
  #closed: { element: XmlElement; ancestors: readonly XmlElement[] }[] = [];
  /** Correction of the parser's position by the bytes it never saw. */
  #skipped = { lines: 0, anchorLine: -1, columns: 0 };

  constructor(family: PackageFamily, limits: XmlLimits, hooks: XmlHooks, writtenIn: Utf8Source['writtenIn']) {
    this.#family = family;
    this.#limits = limits;
    this.#hooks = hooks;
    this.#writtenIn = writtenIn;
    this.#cutter = hooks.streamed === undefined ? undefined : new TagCutter(hooks.streamed);
    this.#listen();
  }

  async push(chunk: Buffer): Promise<void> {
    let at = 0;
    if (!this.#started && chunk.length > 0) this.#checkFirst(chunk);
    while (at < chunk.length) {
      if (this.#raw !== undefined) {
        at += await this.#pushRaw(chunk.subarray(at, at + PIECE_BYTES), this.#raw);
        continue;
      }
      const limit = Math.min(chunk.length, at + PIECE_BYTES);
      const end = this.#cutter?.next(chunk, at, limit) ?? limit;
      const { maxElements } = this.#limits;
      if ((this.#cutter?.cuts ?? 0) > maxElements)
        throw this.#error('TOO_MANY_ELEMENTS', { limit: maxElements });
      this.#feed(chunk.subarray(at, end));
      this.#cutter?.fed(chunk.subarray(at, end), this.#events);
      at = end;
      if (this.#closed.length > 0) await this.#runCloseHooks();
    }
  }

  /** Bytes of another encoding fail before they come here: then what was read so far is the place. */
  placed(error: unknown): unknown {
    const isLost = error instanceof PackageError && error.code.endsWith('_BAD_ENCODING');
    if (!isLost || error.details.line !== undefined) return error;
    return this.#error('BAD_ENCODING', error.details, error);
  }

  finish(): XmlElement {
    try {
      this.#feedText(this.#decoder.decode());
    } catch (error) {
      if (error instanceof PackageError) throw error;
      throw this.#error('BAD_ENCODING', {}, error);
    }
    if (this.#raw !== undefined) throw this.#error('NOT_WELL_FORMED', { reason: 'unexpected end of file' });
    if (this.#stack.length > 0 || this.#root === undefined) {
      const reason = this.#started ? 'unexpected end of file' : 'the file is empty';
      throw this.#malformed(reason, undefined, this.#next);
    }
    this.#guard(() => this.#parser.close());
    return this.#root;
  }

  #checkFirst(chunk: Buffer): void {
    this.#started = true;
    const first = chunk[0] ?? 0;
    if (first === 0x3c || first === 0x20 || (first >= 0x09 && first <= 0x0d)) return;
    throw this.#error('NOT_WELL_FORMED', { line: 1, column: 1, reason: reasonOfStart(chunk) });
  }

  async #pushRaw(piece: Buffer, raw: { scanner: RawTextScanner; taker: RawTextTaker }): Promise<number> {
    const runs: Buffer[] = [];
    const step = raw.scanner.push(
      piece,
      (bytes) => runs.push(bytes),
      (reason) => {
        throw this.#error('NOT_WELL_FORMED', { reason });
      },
    );
    for (const run of runs.length > 64 ? [Buffer.concat(runs)] : runs) await raw.taker.write(run);
    if (step.ended) {
      this.#resume(raw.scanner);
      await raw.taker.end();
    }
    return step.used;
  }

  #resume(scanner: RawTextScanner): void {
    this.#raw = undefined;
    const { line, columnIndex } = this.#parser;
    const before = this.#skipped.anchorLine === line ? this.#skipped.columns : 0;
    const columns =
      scanner.newlines === 0 ? before + scanner.sinceNewline : scanner.sinceNewline - columnIndex;
    const end = scanner.sinceNewline - 2;
    this.#next =
      scanner.newlines === 0
        ? { ...this.#next, column: this.#next.column + end }
        : { line: this.#next.line + scanner.newlines, column: end + 1 };
    // The two characters of `</` were counted by the scanner and are now fed to the parser.
    this.#skipped = { lines: this.#skipped.lines + scanner.newlines, anchorLine: line, columns: columns - 2 };
    this.#feedText('</');
  }

  #feed(piece: Buffer): void {
    let text: string;
    try {
      text = this.#decoder.decode(piece, { stream: true });
    } catch (cause) {
      // What stands before it may say which encoding is meant, or be at fault itself.
      this.#feedText(beforeForeign(piece));
      throw this.#error('BAD_ENCODING', this.#next, cause);
    }
    this.#feedText(text);
  }

  #feedText(text: string): void {
    this.#pending += text.length;
    this.#fedChars += text.length;
    const { maxTextChars } = this.#limits;
    if (this.#fedChars > maxTextChars) throw this.#error('TOO_LARGE', { limit: maxTextChars });
    if (this.#root === undefined && this.#prolog.length < this.#limits.maxFieldChars) this.#prolog += text;
    this.#ampersands.look(text, this.#fedChars - text.length, this.#next, this.#seenAt);
    this.#feeding = text;
    this.#guard(() => this.#parser.write(text));
    this.#next = placeAfter(this.#next, text);
    // After it: the declaration may stand in this very piece.
    if (this.#isAscii && NOT_ASCII.test(text)) throw this.#error('BAD_ENCODING');
    if (this.#pending <= this.#limits.maxFieldChars) return;
    if (this.#root === undefined && /<!DOCTYPE/.test(this.#prolog)) throw this.#error('DTD_REFUSED');
    throw this.#tooLong();
  }

  /** At the element that is open, which is what its sender looks for: where the text grew too long says nothing. */
  #tooLong(): PackageError {
    const limit = this.#limits.maxFieldChars;
    const top = this.#stack.at(-1);
    if (top === undefined) return this.#error('FIELD_TOO_LONG', { limit });
    const { name, line, column } = top;
    return this.#error('FIELD_TOO_LONG', { limit, line, column, reason: `in <${name.slice(0, 60)}>` });
  }

  /** An error of the XML, at the place a person has to mend. */
  #malformed(said: string, cause?: unknown, place: Partial<Place> = {}): PackageError {
    const bare = this.#ampersands.blame(said, this.#seenAt);
    const details =
      bare === undefined ? { ...place, reason: said } : { ...bare, reason: 'an & that is not written &amp;' };
    return this.#error('NOT_WELL_FORMED', details, cause);
  }

  /** A character nobody sees has to be named: its place alone shows nothing. */
  #exact(said: string): string {
    const code = FORBIDDEN.exec(this.#feeding)?.[0].codePointAt(0);
    if (said !== 'disallowed character.' || code === undefined) return said;
    return `disallowed character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof PackageError) throw error;
      throw this.#error('NOT_WELL_FORMED', {}, error);
    }
  }

  async #runCloseHooks(): Promise<void> {
    const empty = this.#emptyTaker;
    this.#emptyTaker = undefined;
    await empty?.end();
    const closed = this.#closed;
    this.#closed = [];
    for (const { element, ancestors } of closed) await this.#hooks.close?.(element, ancestors);
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on('error', (error) => {
      const said = error.message.replace(/^\d+:\d+: /, '').slice(0, 200);
      // The parser closes the innermost element first and tells no name; who looks for the fault needs that element.
      const open = this.#lastClosed;
      const mismatch = said === 'unexpected close tag.' && open !== undefined;
      const reason = mismatch
        ? `the end tag does not close <${open.name}> of line ${open.line}`
        : this.#exact(said);
      throw this.#malformed(reason, error);
    });
    parser.on('doctype', () => {
      throw this.#error('DTD_REFUSED');
    });
    parser.on('xmldecl', ({ encoding }) => {
      this.#seen();
      if (encoding === undefined) return;
      const written = this.#writtenIn();
      this.#isAscii = written === 'utf-8' && /^(us-)?ascii$/i.test(encoding);
      // Any other reader believes the declaration, and stops where the bytes are not so (XML 1.0 §4.3.3).
      const isTrue =
        written === 'utf-8'
          ? this.#isAscii || /^utf-?8$/i.test(encoding)
          : /^utf-?16$/i.test(encoding) || encoding.toLowerCase() === written;
      const said = `the declaration says ${encoding.slice(0, 40)}`;
      const reason = KNOWN_ENCODING.test(encoding)
        ? `${said}, the file is ${written}: correct one of them`
        : `${said}: write the file and its declaration in UTF-8`;
      if (!isTrue) throw this.#error('BAD_ENCODING', { reason });
    });
    parser.on('opentagstart', ({ name }) => {
      const { line, column } = this.#position();
      this.#attributes = 0;
      this.#tagStart = { line, column: Math.max(1, column - name.length - 1) };
    });
    parser.on('attribute', ({ value }) => {
      this.#attributes += 1;
      const { maxAttributes: limit, maxFieldChars } = this.#limits;
      if (value.length > maxFieldChars) throw this.#error('FIELD_TOO_LONG', { limit: maxFieldChars });
      if (this.#attributes > limit) throw this.#error('TOO_MANY_ATTRIBUTES', { limit });
    });
    parser.on('opentag', (tag) => this.#onOpen(tag));
    parser.on('closetag', () => this.#onClose());
    parser.on('text', (text) => this.#onText(text));
    parser.on('cdata', (text) => this.#onText(text));
    parser.on('comment', () => this.#seen());
    parser.on('processinginstruction', () => this.#seen());
  }

  /** The parser let go of what it was gathering. */
  #seen(): void {
    this.#pending = 0;
    this.#events += 1;
    this.#seenAt = this.#parser.position;
  }

  #onOpen(tag: SaxesTagNS): void {
    this.#seen();
    this.#elements += 1;
    const { maxDepth, maxElements } = this.#limits;
    if (this.#stack.length >= maxDepth) throw this.#error('TOO_DEEP', { limit: maxDepth });
    if (this.#elements > maxElements) throw this.#error('TOO_MANY_ELEMENTS', { limit: maxElements });
    const { name, prefix, local, uri } = tag;
    const attributes = Object.values(tag.attributes).map((a) => ({ ...a }));
    const element: XmlElement = { name, prefix, local, uri, attributes, content: [], ...this.#tagStart };
    const parent = this.#stack.at(-1);
    const taker = this.#hooks.open?.(element, this.#stack);
    if (parent === undefined) this.#root = element;
    else parent.content.push(element);
    this.#stack.push(element);
    if (taker === undefined) return;
    if (tag.local !== this.#hooks.streamed) throw new TypeError(`${tag.local} is not the streamed element`);
    if (tag.isSelfClosing) this.#emptyTaker = taker;
    else this.#raw = { scanner: new RawTextScanner(), taker };
  }

  #onClose(): void {
    this.#seen();
    const element = this.#stack.pop();
    this.#lastClosed = element;
    if (element !== undefined) this.#closed.push({ element, ancestors: [...this.#stack] });
  }

  #onText(text: string): void {
    this.#seen();
    const top = this.#stack.at(-1);
    if (top === undefined) return;
    const { maxFieldChars } = this.#limits;
    const last = top.content.at(-1);
    const before = typeof last === 'string' ? last : '';
    if (before.length + text.length > maxFieldChars) throw this.#tooLong();
    if (typeof last === 'string') top.content[top.content.length - 1] = before + text;
    else top.content.push(text);
  }

  #position(): { line: number; column: number } {
    const { line, columnIndex } = this.#parser;
    const { lines, anchorLine, columns } = this.#skipped;
    if (this.#raw !== undefined) {
      const { newlines, sinceNewline } = this.#raw.scanner;
      const before = newlines > 0 ? 0 : columnIndex + (line === anchorLine ? columns : 0);
      return { line: line + lines + newlines, column: Math.max(1, before + sinceNewline) };
    }
    return { line: line + lines, column: Math.max(1, columnIndex + (line === anchorLine ? columns : 0)) };
  }

  #error(problem: XmlProblem, details: PackageErrorDetails = {}, cause?: unknown): PackageError {
    return new PackageError(`${this.#family}_${problem}`, { ...this.#position(), ...details }, cause);
  }
}

/** The text before the first byte that is no UTF-8: a decoder that passes over it shows it as U+FFFD, which hardly anybody writes. */
function beforeForeign(piece: Buffer): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(piece).split('\ufffd', 1)[0] ?? '';
}
