function stripBySteps(text: string): string {
  return text.replace(/[đð]/g, 'd').replace(/[ĐÐ]/g, 'D').normalize('NFD').replace(/\p{M}/gu, '');
}

/** Blocks whose letters Vietnamese is composed of: ASCII, Latin-1's letters with Extended-A and -B, Extended Additional. */
const COMPOSED = [
  [0, 0x80],
  [0xc0, 0x250],
  [0x1e00, 0x1f00],
] as const;

/** What is left of each letter of these blocks, by its code. */
const LEFT: readonly string[] = COMPOSED.reduce<string[]>((left, [from, end]) => {
  for (let code = from; code < end; code++) left[code] = stripBySteps(String.fromCharCode(code));
  return left;
}, []);

/** Letters without tone and accent marks, đ as d. Asked for every word many times over: letter by letter, a fifth of the time. */
export function stripMarks(text: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    const left = LEFT[code];
    if (left === undefined) return stripBySteps(text);
    out += text.slice(from, i) + left;
    from = i + 1;
  }
  return from === 0 ? text : out + text.slice(from);
}
