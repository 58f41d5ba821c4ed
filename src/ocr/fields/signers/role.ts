import { type FieldLine, isCapitals, middle, sentenceCase, trimEnds } from '../text.ts';

/** `(Ký, ghi rõ họ tên)`, `(Đã ký)`: what stands between the office and the name on forms. */
const INSTRUCTION = /^\W{0,2}(da )?k[yv]\b/;
/** Words of a role, of such an instruction at most. */
const WORDS = 8;

/** Whether a line is such an instruction. */
export function isInstruction(line: FieldLine): boolean {
  return INSTRUCTION.test(line.key) && /[()]/.test(line.text) && line.words.length <= 2 * WORDS;
}

/**
 * Lines of the roles in which people sign a form, in whatever letters: those right above an instruction how to sign
 * (`Người yêu cầu` / `(Ký, ghi rõ họ tên)`).
 */
export function roleLines(lines: readonly FieldLine[]): ReadonlySet<FieldLine> {
  const roles = lines.filter(isInstruction).flatMap((instruction) => {
    const above = lines
      .filter(
        (l) =>
          l.page === instruction.page &&
          l.box[1] < instruction.box[1] &&
          instruction.box[1] - l.box[3] < l.height &&
          Math.abs(middle(l) - middle(instruction)) < 0.06,
      )
      .sort((a, b) => b.box[1] - a.box[1])[0];
    const isRole = above && /^\p{Lu}\p{L}* \p{L}/u.test(trimEnds(above.text)) && above.words.length <= WORDS;
    return isRole && !/\d|[:,]/.test(above.text) ? [above] : [];
  });
  return new Set(roles);
}

/** A repaired role in the letters it was written in: what was not repaired stays (`Chủ tịch UBND`). */
export function inItsLetters(role: string, seen: string): string {
  if (isCapitals(seen)) return role;
  const [own, words] = [seen.split(' '), role.split(' ')];
  if (own.length !== words.length) return sentenceCase(role);
  const small = (text: string): string => text.toLocaleLowerCase('vi');
  return words
    .map((word, i) => {
      const was = own[i] as string;
      if (small(was) === small(word)) return was;
      return /^\p{Lu}/u.test(was) ? sentenceCase(word) : small(word);
    })
    .join(' ');
}

/** Whether somebody signs for one of the parties to an agreement, who are equals: neither is the one who issued it. */
export function isParty(block: readonly FieldLine[]): boolean {
  return block.some((l) =>
    /^(dai dien|ben [a-z0-9]{1,2}$|ben (giao|nhan|mua|ban|thue|cho thue)\b)/.test(l.key),
  );
}

/** Whether a block names its side of an agreement: though the other's name is hidden, there is another. */
export function isSide(block: readonly FieldLine[]): boolean {
  return block.some((l) => /^(dai dien )?ben ([a-z0-9]{1,2}$|giao|nhan|mua|ban|thue|cho thue)\b/.test(l.key));
}
