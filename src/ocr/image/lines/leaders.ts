import { type Component, findComponents } from '../components.ts';
import type { Gray } from '../gray.ts';
import { inkThreshold } from '../quality.ts';

/** Largest side of a leader dot at 200 dpi. */
const MAX_DOT = 6;
/** Dots in one leader at least; shorter rows may be an ellipsis. */
const MIN_DOTS = 9;
/** Largest distance between dots, pixels. */
const MAX_STEP = 14;
/** Dots of one leader differ by at most this in height. */
const MAX_DRIFT = 2.5;

interface Chain {
  dots: Component[];
  x: number;
  y: number;
}

function chainDots(dots: readonly Component[]): Chain[] {
  const sorted = [...dots].sort((a, b) => a.x0 - b.x0);
  const done: Chain[] = [];
  let open: Chain[] = [];
  for (const dot of sorted) {
    const y = (dot.y0 + dot.y1) / 2;
    const still = open.filter((c) => dot.x0 - c.x <= MAX_STEP);
    done.push(...open.filter((c) => dot.x0 - c.x > MAX_STEP));
    open = still;
    const chain = open.find((c) => Math.abs(c.y - y) <= MAX_DRIFT && dot.x0 >= c.x - 1);
    if (chain) {
      chain.dots.push(dot);
      chain.x = dot.x1;
      chain.y += (y - chain.y) / 4;
    } else open.push({ dots: [dot], x: dot.x1, y });
  }
  return [...done, ...open];
}

/**
 * Paints dotted lines of forms white in place: written text stands right above them, and the recogniser takes the
 * dots for a line of their own and loses the text.
 * @returns how many leaders were removed
 */
export function removeLeaders(image: Gray): number {
  const threshold = Math.min(215, inkThreshold(image) + 30);
  const dots = findComponents(image, threshold, MAX_DOT);
  const leaders = chainDots(dots).filter((chain) => chain.dots.length >= MIN_DOTS);
  for (const dot of leaders.flatMap((chain) => chain.dots)) {
    for (let y = Math.max(0, dot.y0 - 1); y < Math.min(image.height, dot.y1 + 1); y++) {
      image.data.fill(
        255,
        y * image.width + Math.max(0, dot.x0 - 1),
        y * image.width + Math.min(image.width, dot.x1 + 1),
      );
    }
  }
  return leaders.length;
}
