/** Lines of text that run together like rails: a page photographed from the side, its own edges out of the picture. */
import type { Gray } from '../gray.ts';
import { type EdgePoints, lowerEdges } from '../skew.ts';
import { compose, type Homography, invert } from './homography.ts';

/** Lines that meet far away: how they slope in the middle column of a page, and how that changes down the page. */
export interface Pencil {
  /** Slope in the middle of the page; positive falls to the right. */
  slope: number;
  /** Change of the slope per pixel downwards. */
  change: number;
  /** How much sharper the rows of the page are along these lines than along the best that run side by side. */
  gain: number;
}

/** Sharpness of the profile of a page along the lines of a pencil. */
function energyAlong(
  { x, y, width, height }: EdgePoints,
  slope: number,
  change: number,
  step: number,
): number {
  const offset = Math.ceil(height * 0.75);
  const bins = new Float32Array(height + 2 * offset + 2);
  const [cx, cy] = [width / 2, height / 2];
  for (let i = 0; i < x.length; i += step) {
    const dx = (x[i] as number) - cx;
    const dy = (y[i] as number) - cy;
    const place = cy + (dy - slope * dx) / (1 + change * dx) + offset;
    const bin = Math.floor(place);
    if (bin < 0 || bin >= bins.length - 1) continue;
    const part = place - bin;
    bins[bin] = (bins[bin] as number) + 1 - part;
    bins[bin + 1] = (bins[bin + 1] as number) + part;
  }
  let energy = 0;
  for (const value of bins) energy += value * value;
  return energy;
}

const RADIANS = Math.PI / 180;
/** Differences between the slant at the top and at the bottom that are tried at first, degrees. */
const FIRST_LOOK = [0.7, 1.5, 2.4, 3.4, 4.6, 6, 8, 10.5, 13.5].flatMap((change) => [change, -change]);
/** Slants beside the one that was measured: of lines that run together each is the slant of some of them. */
const BESIDE = [0, 0.5, -0.5, 1, -1];
/** Guesses of the first look that are followed up. */
const FOLLOWED = 3;
/** A scan has its sharpest rows along lines side by side; so much sharper they must be for the first look to be doubted. */
const DOUBT = 1.03;
/** … and to be sure. */
const LEAST_GAIN = 1.12;
/** Least difference between the slant at the top and at the bottom that is undone, degrees. */
const LEAST_CHANGE = 0.5;
const MIN_POINTS = 300;
/** Points enough for a first look. */
const FIRST_POINTS = 2000;

interface Guess {
  /** Degrees, positive falls to the right. */
  slant: number;
  /** Degrees between top and bottom. */
  change: number;
  energy: number;
}

/**
 * Finds lines of text that run together.
 * @param slant of the lines in degrees, positive when they rise to the right
 * @param points the lower edges of the ink, where they were looked for before
 * @returns `null` where they run side by side, as in a scan: 5 ms, and 2 more to look for the edges
 */
export function findPencil(image: Gray, slant: number, points = lowerEdges(image, false)): Pencil | null {
  if (points.x.length < MIN_POINTS) return null;
  const look =
    (step: number) =>
    (degrees: number, change: number): Guess => {
      const slope = Math.tan(degrees * RADIANS);
      const energy = energyAlong(points, slope, (change * RADIANS) / image.height, step);
      return { slant: degrees, change, energy };
    };
  let at = look(Math.max(1, Math.floor(points.x.length / FIRST_POINTS)));
  let side = at(-slant, 0);
  const guesses: Guess[] = [];
  for (const change of FIRST_LOOK) for (const beside of BESIDE) guesses.push(at(-slant + beside, change));
  const doubts = guesses.filter((g) => g.energy > DOUBT * side.energy).sort((a, b) => b.energy - a.energy);
  at = look(1);
  side = at(-slant, 0);
  let best = side;
  for (const doubt of doubts.slice(0, FOLLOWED)) {
    let guess = at(doubt.slant, doubt.change);
    for (const step of [0.6, 0.3, 0.15, 0.08, 0.04]) guess = climb(guess, step, at);
    if (guess.energy > best.energy) best = guess;
  }
  const gain = best.energy / side.energy;
  if (gain < LEAST_GAIN || Math.abs(best.change) < LEAST_CHANGE) return null;
  return { slope: Math.tan(best.slant * RADIANS), change: (best.change * RADIANS) / image.height, gain };
}

/** Goes to the sharpest neighbour as long as there is one. */
function climb(from: Guess, step: number, at: (slant: number, change: number) => Guess): Guess {
  let best = from;
  for (let i = 0; i < 12; i++) {
    const { slant, change } = best;
    const around = [
      at(slant + step, change),
      at(slant - step, change),
      at(slant, change + 2 * step),
      at(slant, change - 2 * step),
      at(slant + step, change + 2 * step),
      at(slant - step, change - 2 * step),
    ];
    const next = around.reduce((a, b) => (b.energy > a.energy ? b : a));
    if (next.energy <= best.energy) break;
    best = next;
  }
  return best;
}

/**
 * The page with its lines level: the point where they meet goes out of sight, upright lines stay upright.
 * @returns pixels of the level page, as large as the page → pixels of the page
 */
export function levelPencil(
  { slope, change }: Pencil,
  { width, height }: { width: number; height: number },
): Homography {
  const [cx, cy] = [width / 2, height / 2];
  // A point (u, v) off the middle of the level page comes from u = x / (1 + kx), v = (y - sx) / (1 + kx).
  const toLevel: Homography = [1, 0, 0, -slope, 1, 0, change, 0, 1];
  const centred: Homography = [1, 0, -cx, 0, 1, -cy, 0, 0, 1];
  const back: Homography = [1, 0, cx, 0, 1, cy, 0, 0, 1];
  return compose(compose(centred, invert(toLevel)), back);
}
