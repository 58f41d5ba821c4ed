import type { Pixels } from '../red.ts';
import { hasSurroundings, lookCoarsely } from './coarse.ts';
import { findSheet } from './corners.ts';
import type { Point, Quad } from './homography.ts';

/** Opposite sides of a sheet under a scanner run the same way to this, degrees; those of a photograph seldom do. */
const PARALLEL = 0.8;
/** A scan lies askew by this at most, degrees: what deskewing undoes. */
const MOST_SKEW = 6;
/** Share of a picture beside its sheet from which the sheet is cut out of it: a scanner's rim is less. */
const BESIDE = 0.12;

/** Degrees by which the way from one corner to the next leans from that of the picture's nearest side. */
function leanOf(from: Point, to: Point): number {
  const degrees = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  return degrees - 90 * Math.round(degrees / 90);
}

/**
 * Corners of the sheet in a picture that was photographed: seen aslant, or with much beside it.
 * @returns `null` for a scan, and where no sheet is to be told from what is around it
 */
export function findPhotographed(pixels: Pixels): Quad | null {
  if (!hasSurroundings(pixels)) return null;
  const found = findSheet(lookCoarsely(pixels));
  if (found === null) return null;
  const [a, b, c, d] = found.corners;
  const [top, right, bottom, left] = [leanOf(a, b), leanOf(b, c), leanOf(d, c), leanOf(a, d)];
  const aslant = Math.max(Math.abs(top - bottom), Math.abs(left - right));
  const askew = Math.max(Math.abs(top + bottom), Math.abs(left + right)) / 2;
  const isPhotograph = aslant > PARALLEL || askew > MOST_SKEW || 1 - found.share > BESIDE;
  return isPhotograph ? found.corners : null;
}
