/** `A & B` written as it is: the commonest thing that breaks hand-made XML, and a parser tells of it only where it gives up. */

/** An ampersand that begins no reference; cut off at the end of a piece it may still become one. */
const BARE = /&(?![A-Za-z_#][\w.#-]{0,31}(?:;|$))(?!$)/g;

/** What a parser says when it took text for the name of an entity. */
const SAID = /^(?:disallowed character in entity name\.|unexpected end of file)$/;

/** 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of what follows `text`, which begins at `place`. */
export function placeAfter({ line, column }: Place, text: string): Place {
  let newlines = 0;
  let last = -1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    newlines += 1;
    last = at;
  }
  return newlines === 0
    ? { line, column: column + text.length }
    : { line: line + newlines, column: text.length - last };
}

type Piece = Place & { readonly text: string; readonly at: number };

/** The beginning of a reference, or an ampersand alone. */
const OPEN = /&[\w.#-]{0,31}$/;

/** Knows where the text began that a parser is swallowing as the name of an entity. */
export class AmpersandWatch {
  #piece: Piece | undefined;
  #open: Piece | undefined;

  /**
   * A piece is about to be parsed.
   * @param at characters before it; `place` of its first one
   * @param seenAt characters before the last thing the parser told of
   */
  look(text: string, at: number, place: Place, seenAt: number): void {
    const piece = this.#withOpenEnd({ text, at, ...place });
    if (this.#find(seenAt) === undefined) this.#piece = piece.text.includes('&') ? piece : undefined;
  }

  /** What may be the beginning of a reference waits for the next piece, which tells. */
  #withOpenEnd(next: Piece): Piece {
    const open = this.#open;
    const piece = open === undefined ? next : { ...open, text: open.text + next.text };
    const end = OPEN.exec(piece.text)?.index;
    this.#open =
      end === undefined
        ? undefined
        : { ...placeAfter(piece, piece.text.slice(0, end)), text: piece.text.slice(end), at: piece.at + end };
    return piece;
  }

  /** The place to tell instead of the parser's, or undefined. */
  blame(said: string, seenAt: number): Place | undefined {
    return SAID.test(said) ? this.#find(seenAt) : undefined;
  }

  #find(seenAt: number): Place | undefined {
    const piece = this.#piece;
    if (piece === undefined) return undefined;
    BARE.lastIndex = Math.max(0, seenAt - piece.at);
    const found = BARE.exec(piece.text)?.index;
    return found === undefined ? undefined : placeAfter(piece, piece.text.slice(0, found));
  }
}
