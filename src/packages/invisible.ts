/** Characters nobody sees: soft hyphens, zero-width ones, marks of direction or of byte order. They come along when a text is pasted. */
const ZERO_WIDTH = /\p{Cf}/gu;
/** Every space but the plain one: no-break, narrow, ideographic. */
const OTHER_SPACE = /[^\P{Zs} ]/gu;

/** White space that is no space, with what stands around it; who lays a file out breaks long values, too. */
const BREAK = /\s*[\t\n\v\f\r\u0085\u2028\u2029]\s*/gu;

/** The text as people see it: zero-width characters gone, every kind of space and every break a plain space, none at the ends. */
export function asSeen(text: string): string {
  const seen = isAscii(text) ? text : text.replace(ZERO_WIDTH, '').replace(OTHER_SPACE, ' ');
  const trimmed = seen.trim();
  return isBroken(trimmed) ? trimmed.replace(BREAK, ' ').trim() : trimmed;
}

/** Is there a break or a tab inside the text? Those around it are layout. */
export function isBroken(text: string): boolean {
  return /[\t\n\v\f\r\u0085\u2028\u2029]/.test(text.trim());
}

/** The characters {@link asSeen} changes, each once, as `U+200B`: what a message to people names, since it can't show them. */
export function invisibleIn(text: string): string[] {
  if (isAscii(text)) return [];
  const found = [...text.matchAll(ZERO_WIDTH), ...text.matchAll(OTHER_SPACE)].map(([character]) => character);
  return [...new Set(found)].map(
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
