const LT = 0x3c;
const GT = 0x3e;

/**
 * Decides where to cut the input so that the start tag of one element ends a piece: the bytes after it can then bypass
 * the parser. Cutting after every '>' would do as well, but a file full of '>' would take seconds per megabyte; here only
 * the places where the element's name stands are looked at.
 */
export class TagCutter {
  /** Cuts made so far; the caller bounds them. */
  cuts = 0;
  readonly #name: Buffer;
  /** The last bytes fed, one fewer than the name has: the name may start in one chunk and end in the next. */
  #tail = Buffer.alloc(0);
  #state: 'idle' | 'just-armed' | 'armed' = 'idle';
  #eventsWhenArmed = 0;

  constructor(name: string) {
    this.#name = Buffer.from(name, 'utf8');
  }

  /** End of the next piece of `chunk[at..limit)`. */
  next(chunk: Buffer, at: number, limit: number): number {
    if (this.#state !== 'idle') return this.#cut(endOf(chunk.indexOf(GT, at), limit));
    const spanning = this.#spanning(chunk, at, limit);
    if (spanning !== undefined) return spanning;
    const found = chunk.subarray(at, limit).indexOf(this.#name);
    if (found === -1) return limit;
    const nameAt = at + found;
    // First what comes before the tag, so that whatever ends there is settled before the tag opens.
    const tagAt = chunk.lastIndexOf(LT, nameAt);
    if (tagAt > at) return this.#cut(tagAt);
    this.#state = 'just-armed';
    return this.#cut(nameAt + this.#name.length);
  }

  /** Tells what was fed, and how many events the parser had reported after it. */
  fed(piece: Buffer, events: number): void {
    const keep = this.#name.length - 1;
    this.#tail = Buffer.from(
      (piece.length >= keep ? piece : Buffer.concat([this.#tail, piece])).subarray(-keep),
    );
    if (this.#state === 'just-armed') {
      this.#state = 'armed';
      this.#eventsWhenArmed = events;
    } else if (this.#state === 'armed' && events !== this.#eventsWhenArmed) {
      this.#state = 'idle';
    }
  }

  #spanning(chunk: Buffer, at: number, limit: number): number | undefined {
    if (this.#tail.length === 0) return undefined;
    const head = chunk.subarray(at, Math.min(limit, at + this.#name.length - 1));
    const found = Buffer.concat([this.#tail, head]).indexOf(this.#name);
    if (found === -1) return undefined;
    this.#state = 'just-armed';
    return this.#cut(at + found + this.#name.length - this.#tail.length);
  }

  #cut(end: number): number {
    this.cuts += 1;
    return end;
  }
}

/** Just past the position found, when it lies before the limit. */
function endOf(found: number, limit: number): number {
  return found === -1 || found >= limit ? limit : found + 1;
}
