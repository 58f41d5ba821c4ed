import { PackageError } from '../errors.ts';

const DATA = 'data:';
const HEAD = /^\s*data:[^,]*;base64,/i;
/** Media type and parameters of an honest address are far shorter. */
const MOST_IN_HEAD = 1_000;
const WHITESPACE = /[\t\r\n]+/g;
const PARTS = /[ \t\r\n]+|[^ \t\r\n]+/g;
const IS_SPACE = /^[ \t\r\n]/;

const FOREIGN = /[^A-Za-z0-9+/=_\s-]/;
const OUTSIDE = 'a character outside the alphabet';
const LOST_PLUS = 'spaces in the place of +: a form takes + for a space unless it is written %2B';

/** How a text departs from RFC 4648 §4 and can yet be read in one way only. */
export type Base64Habit = 'url-alphabet' | 'no-padding' | 'data-address';

/**
 * Streaming base64 (RFC 4648 §4): white space between characters is allowed, padding stands at the end and only there,
 * anything else throws `EDXML_BAD_BASE64`. Node's own decoder skips what it does not know, which would hide damage. The
 * URL alphabet (§5), missing padding and the head of a `data:` address (RFC 2397), as browsers give files, are read, and told by
 * {@link Base64Decoder.habits}: not every reader takes them.
 */
export class Base64Decoder {
  /** One to three characters that wait for the rest of their group. */
  #carry = '';
  /** Padding seen: nothing may follow. */
  #padding = '';
  readonly #habits = new Set<Base64Habit>();
  /** White space between two characters so far, `'other'` once it holds more than spaces; undefined: there is none. */
  #gap: 'spaces' | 'other' | undefined;
  /** Characters may be missing where spaces stood. */
  #mayLack = false;
  /** The start of the text, while it may be the head of a `data:` address; undefined: it was, or was not. */
  #start: string | undefined = '';

  /** What was odd about the text so far. */
  get habits(): readonly Base64Habit[] {
    return [...this.#habits];
  }

  /** Bytes of every complete group so far. */
  push(chunk: Buffer): Buffer {
    let text = this.#withoutHead(chunk.toString('latin1'), false);
    if (this.#padding === '') {
      // The usual case, one long line: no white space to take out, no padding yet.
      const joined = this.#carry + text;
      const end = joined.length - (joined.length % 4);
      const bytes = decodeGroups(joined.slice(0, end));
      const isWhole =
        bytes !== undefined && this.#gap === undefined && /^[A-Za-z0-9+/]*$/.test(joined.slice(end));
      if (isWhole) {
        this.#carry = joined.slice(end);
        return bytes;
      }
    }
    text = this.#carry + this.#standard(this.#joined(text));
    const pad = text.indexOf('=');
    if (pad !== -1) {
      this.#padding += text.slice(pad);
      text = text.slice(0, pad);
    } else if (this.#padding !== '' && text.length > this.#carry.length)
      throw badBase64('data after the padding');
    if (/[^=]/.test(this.#padding)) throw badBase64('data after the padding');
    if (this.#padding.length > 2) throw badBase64('too much padding');
    const whole = text.length - (text.length % 4);
    this.#carry = text.slice(whole);
    const bytes = decodeGroups(text.slice(0, whole));
    if (bytes === undefined || !/^[A-Za-z0-9+/]*$/.test(this.#carry)) throw badBase64(OUTSIDE);
    return bytes;
  }

  /** The last one or two bytes. Throws when the text stops inside a group. */
  finish(): Buffer {
    const held = this.#withoutHead('', true);
    if (held !== '') return Buffer.concat([this.push(Buffer.from(held, 'latin1')), this.finish()]);
    if (this.#padding !== '' && !/^={1,2}$/.test(this.#padding)) throw badBase64('data after the padding');
    if (this.#carry === '' && this.#padding === '') return Buffer.alloc(0);
    if (this.#carry.length < 2 || (this.#padding !== '' && this.#carry.length + this.#padding.length !== 4))
      throw badBase64(this.#mayLack ? LOST_PLUS : 'cut short');
    if (this.#padding === '' && this.#mayLack) throw badBase64(LOST_PLUS);
    if (this.#padding === '') this.#habits.add('no-padding');
    return Buffer.from(this.#carry, 'base64');
  }

  /** What of the text is base64; '' while too little of it is there to tell. */
  #withoutHead(text: string, isAll: boolean): string {
    if (this.#start === undefined) return text;
    const start = this.#start + text;
    const opening = start.trimStart().slice(0, DATA.length).toLowerCase();
    const mayBe = DATA.startsWith(opening);
    const head = mayBe ? HEAD.exec(start.slice(0, MOST_IN_HEAD))?.[0] : undefined;
    if (mayBe && head === undefined && !isAll && start.length < MOST_IN_HEAD) {
      this.#start = start;
      return '';
    }
    this.#start = undefined;
    if (head === undefined) return start;
    this.#habits.add('data-address');
    return start.slice(head.length);
  }

  /**
   * The text without its white space. Spaces alone that part a group of four are the `+` of a form that nobody wrote as `%2B`: taken
   * for white space they would make another file of it.
   */
  #joined(text: string): string {
    // The usual case, lines: nothing to look at but their ends.
    if (this.#gap !== 'spaces' && !text.includes(' ')) {
      this.#gap = /[\t\r\n]$/.test(text) ? 'other' : undefined;
      return text.replace(WHITESPACE, '');
    }
    let held = this.#carry.length;
    return text.replace(PARTS, (part) => {
      if (!IS_SPACE.test(part)) {
        if (this.#gap === 'spaces' && held % 4 !== 0 && /^[A-Za-z0-9+/]/.test(part))
          throw badBase64(FOREIGN.test(text) ? OUTSIDE : LOST_PLUS);
        this.#mayLack ||= this.#gap === 'spaces' && held > 0;
        this.#gap = undefined;
        held += part.length;
        return part;
      }
      this.#gap = this.#gap === 'other' || /[^ ]/.test(part) ? 'other' : 'spaces';
      return '';
    });
  }

  #standard(text: string): string {
    if (!/[-_]/.test(text)) return text;
    this.#habits.add('url-alphabet');
    return text.replaceAll('-', '+').replaceAll('_', '/');
  }
}

/**
 * Decodes groups of four without padding; undefined when any character is outside the alphabet. Node's decoder skips
 * such characters, so too few bytes come out; it also takes the URL alphabet's `-` and `_`, looked for apart. (A regular
 * expression over the text would cost ten times the decoding.)
 */
function decodeGroups(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== (text.length / 4) * 3 || text.includes('-') || text.includes('_')) return undefined;
  return bytes;
}

function badBase64(reason: string): PackageError {
  return new PackageError('EDXML_BAD_BASE64', { reason });
}

/** Encodes bytes as base64 text in pieces, carrying what does not fill a group of three. */
export class Base64Encoder {
  #carry = Buffer.alloc(0);

  push(chunk: Uint8Array): Buffer {
    const bytes = this.#carry.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#carry, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    this.#carry = Buffer.from(bytes.subarray(whole));
    return Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
  }

  finish(): Buffer {
    return Buffer.from(this.#carry.toString('base64'), 'latin1');
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
