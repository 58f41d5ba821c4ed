import { isUtf8 } from 'node:buffer';

/** What {@link RawTextScanner.push} found in a chunk. */
export interface RawTextStep {
  /** Bytes of the chunk used up. Less than its length only when the text ended. */
  used: number;
  /** True when `</` was met: the bytes from there belong to the parser, `</` itself was used up. */
  ended: boolean;
}

const LT = 0x3c;
const AMP = 0x26;
const CDATA_OPEN = '<![CDATA[';
const COMMENT_OPEN = '<!--';
/** Of a comment or instruction; nothing honest puts more of them into base64. */
const MOST_IN_MARKUP = 4_096;
/** Characters that stand in no XML 1.0 (§2.2), lone surrogates aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
export const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads the character data of one element straight from bytes, since the parser would gather all of it in one string
 * before handing it on. Understands what XML allows there: references, CDATA, comments and processing instructions. Elements are
 * refused: nothing honest puts them inside base64.
 */
export class RawTextScanner {
  #state: 'text' | 'cdata' = 'text';
  /** Bytes that can't be judged yet: a started reference, markup or CDATA end. */
  #held = '';
  /** Where the next '<' of this chunk is; its length when there is none. */
  #nextLt = -1;
  /** Newlines passed, and bytes since the last of them (or since the start). */
  newlines = 0;
  sinceNewline = 0;

  /** Reads on; every run of text bytes goes to `emit`. `fail` must throw. */
  push(chunk: Buffer, emit: (bytes: Buffer) => void, fail: (reason: string) => never): RawTextStep {
    let at = 0;
    this.#nextLt = -1;
    while (at < chunk.length) {
      const before = at;
      if (this.#state === 'cdata') at = this.#cdata(chunk, at, emit);
      else if (this.#held === '') at = this.#plain(chunk, at, emit);
      else {
        at = this.#markup(chunk, at, emit, fail);
        if (this.#held === '</') {
          this.#track(chunk, before, at);
          return { used: at, ended: true };
        }
      }
      this.#track(chunk, before, at);
    }
    return { used: at, ended: false };
  }

  #track(chunk: Buffer, from: number, to: number): void {
    const part = chunk.subarray(from, to);
    let newline = part.indexOf(0x0a);
    if (newline === -1) {
      this.sinceNewline += part.length;
      return;
    }
    let last = newline;
    while (newline !== -1) {
      this.newlines += 1;
      last = newline;
      newline = part.indexOf(0x0a, newline + 1);
    }
    this.sinceNewline = part.length - last - 1;
  }

  #plain(chunk: Buffer, at: number, emit: (bytes: Buffer) => void): number {
    // Looked up once per '<', not once per reference, or many references would make this quadratic.
    if (this.#nextLt < at) {
      const lt = chunk.indexOf(LT, at);
      this.#nextLt = lt === -1 ? chunk.length : lt;
    }
    const end = this.#nextLt;
    const amp = chunk.subarray(at, end).indexOf(AMP);
    const stop = amp === -1 ? end : at + amp;
    if (stop > at) emit(chunk.subarray(at, stop));
    if (stop === chunk.length) return stop;
    this.#held = amp === -1 ? '<' : '&';
    return stop + 1;
  }

  #markup(chunk: Buffer, at: number, emit: (bytes: Buffer) => void, fail: (reason: string) => never): number {
    this.#held += String.fromCharCode(chunk[at] ?? 0);
    if (this.#held.startsWith('&')) {
      if (this.#held.endsWith(';')) {
        emit(
          Buffer.from(resolveReference(this.#held.slice(1, -1)) ?? fail('unknown entity reference'), 'utf8'),
        );
        this.#held = '';
      } else if (this.#held.length > 12) fail('unknown entity reference');
    } else if (this.#held === CDATA_OPEN) {
      this.#state = 'cdata';
      this.#held = '';
    } else if (this.#held.startsWith(COMMENT_OPEN) || this.#held.startsWith('<?')) this.#aside(fail);
    else if (![CDATA_OPEN, COMMENT_OPEN, '</'].some((opening) => opening.startsWith(this.#held)))
      fail('markup inside the encoded content');
    return at + 1;
  }

  /** A comment or processing instruction: it says nothing, once it is one (XML 1.0 §2.5, §2.6). */
  #aside(fail: (reason: string) => never): void {
    const held = this.#held;
    const isComment = held.startsWith(COMMENT_OPEN);
    if (held.length > MOST_IN_MARKUP) fail('markup inside the encoded content');
    if (!held.endsWith(isComment ? '-->' : '?>') || held.length < (isComment ? 7 : 4)) return;
    if (isComment && /--|-$/.test(held.slice(4, -3))) fail('malformed comment.');
    if (!isComment && !/^<\?(?!xml[\s?])[A-Za-z_][\w.-]*(?:\s|\?>)/i.test(held))
      fail('markup inside the encoded content');
    const bytes = Buffer.from(held, 'latin1');
    if (!isUtf8(bytes) || FORBIDDEN.test(bytes.toString('utf8'))) fail('disallowed character.');
    this.#held = '';
  }

  #cdata(chunk: Buffer, at: number, emit: (bytes: Buffer) => void): number {
    if (this.#held === '') {
      const bracket = chunk.indexOf(0x5d, at);
      const end = bracket === -1 ? chunk.length : bracket;
      if (end > at) emit(chunk.subarray(at, end));
      if (bracket === -1) return end;
      this.#held = ']';
      return end + 1;
    }
    this.#held += String.fromCharCode(chunk[at] ?? 0);
    if (this.#held === ']]>') {
      this.#state = 'text';
      this.#held = '';
    } else if (this.#held === ']]]') {
      emit(Buffer.from(']'));
      this.#held = ']]';
    } else if (this.#held !== ']]') {
      emit(Buffer.from(this.#held, 'latin1'));
      this.#held = '';
    }
    return at + 1;
  }
}

function resolveReference(name: string): string | undefined {
  const hex = /^#x([0-9a-fA-F]{1,6})$/.exec(name)?.[1];
  const decimal = /^#([0-9]{1,7})$/.exec(name)?.[1];
  if (hex === undefined && decimal === undefined) return NAMED[name];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const legal = code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0x10ffff);
  return legal && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined;
}
