/** Reads what is needed of a CFF font (Adobe Technical Note 5176): its charstrings and subroutines. */
import { SigningError } from '../../errors.ts';

/** A CFF font, not CID-keyed. */
export interface CffFont {
  readonly charStrings: readonly Uint8Array[];
  readonly globalSubrs: readonly Uint8Array[];
  readonly localSubrs: readonly Uint8Array[];
}

/** An error about the bundled font, which only a damaged installation can cause. */
export function fontError(reason: string): SigningError {
  return new SigningError('FONT_INVALID', { details: { reason } });
}

function unsigned(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

function readIndex(bytes: Uint8Array, at: number): { items: Uint8Array[]; end: number } {
  const count = unsigned(bytes, at, 2);
  if (count === 0) return { items: [], end: at + 2 };
  const size = bytes[at + 2] ?? 0;
  if (size < 1 || size > 4) throw fontError('bad INDEX');
  const data = at + 3 + (count + 1) * size - 1;
  const offset = (index: number): number => data + unsigned(bytes, at + 3 + index * size, size);
  const items = Array.from({ length: count }, (_, index) => bytes.subarray(offset(index), offset(index + 1)));
  return { items, end: offset(count) };
}

function readReal(bytes: Uint8Array, from: number): { value: number; next: number } {
  let digits = '';
  let at = from;
  for (let done = false; !done && at < bytes.length; at += 1) {
    for (const nibble of [(bytes[at] ?? 0) >> 4, (bytes[at] ?? 0) & 15]) {
      if (nibble === 15) done = true;
      else if (!done)
        digits += ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', 'E', 'E-', '', '-'][nibble] ?? '';
    }
  }
  return { value: Number(digits), next: at };
}

function readOperand(bytes: Uint8Array, at: number): { value: number; next: number } {
  const first = bytes[at] ?? 0;
  if (first === 30) return readReal(bytes, at + 1);
  if (first === 28) return { value: (unsigned(bytes, at + 1, 2) << 16) >> 16, next: at + 3 };
  if (first === 29) return { value: unsigned(bytes, at + 1, 4) | 0, next: at + 5 };
  if (first < 247) return { value: first - 139, next: at + 1 };
  const second = bytes[at + 1] ?? 0;
  return {
    value: first < 251 ? (first - 247) * 256 + second + 108 : -(first - 251) * 256 - second - 108,
    next: at + 2,
  };
}

function readDict(bytes: Uint8Array): Map<number, number[]> {
  const dict = new Map<number, number[]>();
  let operands: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    if (first <= 21) {
      const operator = first === 12 ? 1200 + (bytes[at + 1] ?? 0) : first;
      dict.set(operator, operands);
      operands = [];
      at += first === 12 ? 2 : 1;
    } else {
      const operand = readOperand(bytes, at);
      operands.push(operand.value);
      at = operand.next;
    }
  }
  return dict;
}

/** Reads the table. @throws SigningError FONT_INVALID */
export function readCff(bytes: Uint8Array): CffFont {
  const names = readIndex(bytes, bytes[2] ?? 4);
  const tops = readIndex(bytes, names.end);
  const strings = readIndex(bytes, tops.end);
  const globals = readIndex(bytes, strings.end);
  const top = readDict(tops.items[0] ?? new Uint8Array());
  const [charStringsAt] = top.get(17) ?? [];
  const [privateSize, privateAt] = top.get(18) ?? [];
  if (charStringsAt === undefined || privateSize === undefined || privateAt === undefined || top.has(1230))
    throw fontError('unexpected CFF');
  const own = readDict(bytes.subarray(privateAt, privateAt + privateSize));
  const [subrsAt] = own.get(19) ?? [];
  return {
    charStrings: readIndex(bytes, charStringsAt).items,
    globalSubrs: globals.items,
    localSubrs: subrsAt === undefined ? [] : readIndex(bytes, privateAt + subrsAt).items,
  };
}
