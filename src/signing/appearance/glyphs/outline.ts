/** Runs Type 2 charstrings (Adobe Technical Note 5177) to get the outline of a glyph. */
import { type CffFont, fontError } from './cff.ts';

/** A step of an outline, absolute font units. */
export type PathStep =
  | { readonly op: 'move' | 'line'; readonly x: number; readonly y: number }
  | { readonly op: 'curve'; readonly points: readonly [number, number, number, number, number, number] };

interface Machine {
  readonly font: CffFont;
  readonly path: PathStep[];
  stack: number[];
  x: number;
  y: number;
  stems: number;
  done: boolean;
  steps: number;
}

function move(machine: Machine, dx: number, dy: number): void {
  machine.x += dx;
  machine.y += dy;
  machine.path.push({ op: 'move', x: machine.x, y: machine.y });
}

function line(machine: Machine, dx: number, dy: number): void {
  machine.x += dx;
  machine.y += dy;
  machine.path.push({ op: 'line', x: machine.x, y: machine.y });
}

function curve(machine: Machine, a: number, b: number, c: number, d: number, e: number, f: number): void {
  const [x1, y1] = [machine.x + a, machine.y + b];
  const [x2, y2] = [x1 + c, y1 + d];
  machine.x = x2 + e;
  machine.y = y2 + f;
  machine.path.push({ op: 'curve', points: [x1, y1, x2, y2, machine.x, machine.y] });
}

function alternateLines(machine: Machine, startsHorizontal: boolean): void {
  for (const [index, delta] of machine.stack.entries()) {
    if ((index % 2 === 0) === startsHorizontal) line(machine, delta, 0);
    else line(machine, 0, delta);
  }
}

function alternateCurves(machine: Machine, startsHorizontal: boolean): void {
  const args = machine.stack;
  let horizontal = startsHorizontal;
  for (let at = 0; at + 4 <= args.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = args.slice(at, at + 4);
    const last = args.length - at === 5 ? (args[at + 4] ?? 0) : 0;
    if (horizontal) curve(machine, a, 0, b, c, last, d);
    else curve(machine, 0, a, b, c, d, last);
    horizontal = !horizontal;
  }
}

function sameDirectionCurves(machine: Machine, horizontal: boolean): void {
  const args = machine.stack;
  let at = args.length % 4;
  let across = at === 1 ? (args[0] ?? 0) : 0;
  for (; at + 4 <= args.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = args.slice(at, at + 4);
    if (horizontal) curve(machine, a, across, b, c, d, 0);
    else curve(machine, across, a, b, c, 0, d);
    across = 0;
  }
}

function curvesFrom(machine: Machine, from: number, to: number): void {
  for (let at = from; at + 6 <= to; at += 6) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = machine.stack.slice(at, at + 6);
    curve(machine, a, b, c, d, e, f);
  }
}

function linesFrom(machine: Machine, from: number, to: number): void {
  for (let at = from; at + 2 <= to; at += 2)
    line(machine, machine.stack[at] ?? 0, machine.stack[at + 1] ?? 0);
}

function flex(machine: Machine, operator: number): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = machine.stack;
  const startY = machine.y;
  const startX = machine.x;
  if (operator === 35) {
    curve(machine, a, b, c, d, e, f);
    curve(machine, g, h, i, j, k, l);
  } else if (operator === 34) {
    curve(machine, a, 0, b, c, d, 0);
    curve(machine, e, 0, f, -c, g, 0);
  } else if (operator === 36) {
    curve(machine, a, b, c, d, e, 0);
    curve(machine, f, 0, g, h, i, startY - (machine.y + h));
  } else if (operator === 37) {
    curve(machine, a, b, c, d, e, f);
    const [sumX, sumY] = [a + c + e + g + i, b + d + f + h + j];
    const wide = Math.abs(sumX) > Math.abs(sumY);
    curve(
      machine,
      g,
      h,
      i,
      j,
      wide ? k : startX - (machine.x + g + i),
      wide ? startY - (machine.y + h + j) : k,
    );
  } else throw fontError('unknown charstring operator');
}

function call(machine: Machine, subrs: readonly Uint8Array[], depth: number): void {
  const bias = subrs.length < 1240 ? 107 : subrs.length < 33_900 ? 1131 : 32_768;
  const code = subrs[(machine.stack.pop() ?? 0) + bias];
  if (code === undefined || depth > 10) throw fontError('bad subroutine');
  run(machine, code, depth + 1);
}

/** Operators that take their arguments from the stack and clear it; the width, where given, comes first and is dropped. */
function paint(machine: Machine, operator: number): void {
  const { stack } = machine;
  const count = stack.length;
  if (operator === 21) move(machine, stack[count - 2] ?? 0, stack[count - 1] ?? 0);
  else if (operator === 22) move(machine, stack[count - 1] ?? 0, 0);
  else if (operator === 4) move(machine, 0, stack[count - 1] ?? 0);
  else if (operator === 5) linesFrom(machine, 0, count);
  else if (operator === 6 || operator === 7) alternateLines(machine, operator === 6);
  else if (operator === 8) curvesFrom(machine, 0, count);
  else if (operator === 24) {
    curvesFrom(machine, 0, count - 2);
    linesFrom(machine, count - 2, count);
  } else if (operator === 25) {
    linesFrom(machine, 0, count - 6);
    curvesFrom(machine, count - 6, count);
  } else if (operator === 26 || operator === 27) sameDirectionCurves(machine, operator === 27);
  else if (operator === 30 || operator === 31) alternateCurves(machine, operator === 31);
  else throw fontError('unknown charstring operator');
}

function takeOperator(machine: Machine, code: Uint8Array, at: number, depth: number): number {
  const operator = code[at] ?? 0;
  if (operator === 10 || operator === 29) {
    call(machine, operator === 10 ? machine.font.localSubrs : machine.font.globalSubrs, depth);
    return at + 1;
  }
  let next = at + 1;
  if (operator === 14) machine.done = true;
  else if (operator === 1 || operator === 3 || operator === 18 || operator === 23)
    machine.stems += machine.stack.length >> 1;
  else if (operator === 19 || operator === 20) {
    machine.stems += machine.stack.length >> 1;
    next += (machine.stems + 7) >> 3;
  } else if (operator === 12) {
    flex(machine, code[next] ?? 0);
    next += 1;
  } else paint(machine, operator);
  machine.stack = [];
  return next;
}

function run(machine: Machine, code: Uint8Array, depth: number): void {
  for (let at = 0; at < code.length && !machine.done; ) {
    machine.steps += 1;
    if (machine.steps > 100_000) throw fontError('charstring does not end');
    const first = code[at] ?? 0;
    if (first === 11) return;
    if (first < 32 && first !== 28) at = takeOperator(machine, code, at, depth);
    else if (first === 28) {
      machine.stack.push((((code[at + 1] ?? 0) << 24) | ((code[at + 2] ?? 0) << 16)) >> 16);
      at += 3;
    } else if (first < 247) {
      machine.stack.push(first - 139);
      at += 1;
    } else if (first < 255) {
      const second = code[at + 1] ?? 0;
      machine.stack.push(
        first < 251 ? (first - 247) * 256 + second + 108 : -(first - 251) * 256 - second - 108,
      );
      at += 2;
    } else {
      const fixed =
        ((code[at + 1] ?? 0) << 24) |
        ((code[at + 2] ?? 0) << 16) |
        ((code[at + 3] ?? 0) << 8) |
        (code[at + 4] ?? 0);
      machine.stack.push(fixed / 65_536);
      at += 5;
    }
  }
}

/** The outline of a glyph; each `move` starts a closed contour. @throws SigningError FONT_INVALID */
export function glyphOutline(font: CffFont, glyph: number): readonly PathStep[] {
  const code = font.charStrings[glyph];
  if (code === undefined) throw fontError('no such glyph');
  const machine: Machine = { font, path: [], stack: [], x: 0, y: 0, stems: 0, done: false, steps: 0 };
  run(machine, code, 0);
  return machine.path;
}
