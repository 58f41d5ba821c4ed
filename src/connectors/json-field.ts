/**
 * Reads one long string out of a JSON answer as it arrives. The axes put a whole package, base64, into one JSON string:
 * parsing that answer in memory would hold it three times.
 */

/** What goes wrong in the text itself. */
export class JsonFieldError extends Error {
  override readonly name = 'JsonFieldError';
}

/** Consumer of the scan: `field` gets the bytes of the wanted string (escapes undone) and the end of it. */
export interface JsonFieldSink {
  field(bytes: Buffer): void;
  fieldEnd(): void;
}

/** Incremental reader; `rest()` is the document with the wanted string emptied and long other strings cut. */
export interface JsonFieldScanner {
  write(chunk: Uint8Array): void;
  /** The other fields, after the last chunk. Throws JsonFieldError when the text is not one whole JSON value. */
  rest(): unknown;
}

const MAX_DEPTH = 32;
/** Strings other than the wanted one are cut here: answers repeat attachments beside the package. */
const MAX_OTHER_STRING_BYTES = 16 * 1024;
const MAX_REST_BYTES = 1024 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SHORT_ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

interface Frame {
  array: boolean;
  key: string;
}

interface StringState {
  role: 'key' | 'wanted' | 'other';
  copied: number;
  escape: string | null;
}

/** Scans for the string at `path` (object keys from the root), e.g. `['data', 'edxml']`. */
export function createJsonFieldScanner(path: readonly string[], sink: JsonFieldSink): JsonFieldScanner {
  const frames: Frame[] = [];
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let expectKey = false;
  let keyBytes: Buffer[] = [];
  let string: StringState | null = null;
  let highSurrogate = '';

  function keep(bytes: Buffer): void {
    keptBytes += bytes.length;
    if (keptBytes > MAX_REST_BYTES) throw new JsonFieldError('answer has too much beside the package');
    kept.push(Buffer.from(bytes));
  }

  function isWanted(): boolean {
    return (
      frames.length === path.length && frames.every((frame, at) => !frame.array && frame.key === path[at])
    );
  }

  function openString(): void {
    const role = expectKey ? 'key' : isWanted() ? 'wanted' : 'other';
    string = { role, copied: 0, escape: null };
    keyBytes = [];
    keep(Buffer.from('"'));
  }

  function closeString(state: StringState): void {
    keep(Buffer.from('"'));
    const frame = frames.at(-1);
    if (state.role === 'key' && frame) {
      frame.key = JSON.parse(`"${Buffer.concat(keyBytes).toString('utf8')}"`) as string;
      expectKey = false;
    }
    if (state.role === 'wanted') sink.fieldEnd();
    string = null;
  }

  function takeString(state: StringState, bytes: Buffer): void {
    if (state.role === 'wanted') {
      sink.field(bytes);
      return;
    }
    if (state.role === 'key') keyBytes.push(Buffer.from(bytes));
    if (state.copied + bytes.length > MAX_OTHER_STRING_BYTES) {
      if (state.role === 'key') throw new JsonFieldError('key too long');
      state.copied = MAX_OTHER_STRING_BYTES;
      return;
    }
    state.copied += bytes.length;
    keep(bytes);
  }

  function takeEscape(state: StringState, byte: number): void {
    state.escape += String.fromCharCode(byte);
    const sequence = state.escape ?? '';
    if (sequence[1] === 'u' && sequence.length < 6) return;
    state.escape = null;
    if (state.role !== 'wanted') takeString(state, Buffer.from(sequence));
    else if (sequence[1] === 'u') takeUnit(sequence);
    else sink.field(Buffer.from(SHORT_ESCAPES[sequence[1] ?? ''] ?? sequence.slice(1)));
  }

  function takeUnit(sequence: string): void {
    const unit = Number.parseInt(sequence.slice(2), 16);
    if (Number.isNaN(unit)) throw new JsonFieldError('bad escape');
    const text = highSurrogate + String.fromCharCode(unit);
    highSurrogate = unit >= 0xd800 && unit < 0xdc00 ? text : '';
    if (highSurrogate === '') sink.field(Buffer.from(text));
  }

  function structural(byte: number): void {
    if (byte === 0x7b || byte === 0x5b) {
      if (frames.length >= MAX_DEPTH) throw new JsonFieldError('nested too deep');
      frames.push({ array: byte === 0x5b, key: '' });
      expectKey = byte === 0x7b;
    } else if (byte === 0x7d || byte === 0x5d) {
      frames.pop();
      expectKey = false;
    } else if (byte === 0x2c) expectKey = frames.at(-1)?.array === false;
  }

  function inString(state: StringState, chunk: Buffer, from: number): number {
    if (state.escape !== null) {
      takeEscape(state, chunk[from] ?? 0);
      return from + 1;
    }
    const end = endOfRun(chunk, from);
    if (end > from) takeString(state, chunk.subarray(from, end));
    if (end === chunk.length) return end;
    if (chunk[end] === BACKSLASH) state.escape = '\\';
    else closeString(state);
    return end + 1;
  }

  function outside(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && chunk[at] !== QUOTE) {
      structural(chunk[at] ?? 0);
      at += 1;
    }
    if (at > from) keep(chunk.subarray(from, at));
    if (at === chunk.length) return at;
    openString();
    return at + 1;
  }

  return {
    write(bytes) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at < chunk.length; ) at = string ? inString(string, chunk, at) : outside(chunk, at);
    },
    rest() {
      try {
        return JSON.parse(
          Buffer.concat(kept)
            .toString('utf8')
            .replace(/^\ufeff/, ''),
        );
      } catch (cause) {
        throw new JsonFieldError('not one whole JSON value', { cause });
      }
    },
  };
}

/** Byte by byte on purpose: `indexOf` from every escape would be quadratic in answers full of `\\/`. */
function endOfRun(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && chunk[at] !== QUOTE && chunk[at] !== BACKSLASH) at += 1;
  return at;
}
