import type { Gray } from '../gray.ts';

/** A side of a sheet: `along` runs from 0 to the end of the picture's side it lies at, `across` away from that side. */
export interface Side {
  /** Distance from the picture's side at its middle, cells. */
  across: number;
  /** Change of that distance per cell along the side. */
  slope: number;
  /** Along the side, cell by cell: whether the sheet was seen to begin there. */
  seen: Uint8Array;
}

/** Cells on either side of an edge that are compared. */
const REACH = 3;
/** A sheet is at least this much lighter than what it lies on, as a share of its own level. */
const LEAST_STEP = 0.07;
/** A side leans by 35° at most: a sheet further turned is seen from its other sides. */
const MAX_SLOPE = 0.7;
const SLOPES = 57;
/** A side lies in this part of the picture, from the side it is next to. */
const DEPTH = 0.55;
/** How far from a line a step may be to belong to it, cells. */
const NEAR = 1.2;
/** Sides looked at of each kind. */
const CANDIDATES = 4;
/** Share of the picture's side along which a side of the sheet must be seen. */
const LEAST_SEEN = 0.25;

/** Places where it gets lighter away from the left of the picture, row by row. */
function lighterInwards({ width, height, data }: Gray): { x: Float32Array; y: Int32Array } {
  const xs: number[] = [];
  const ys: number[] = [];
  const end = Math.min(width - REACH, Math.ceil(DEPTH * width));
  const steps = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = REACH; x < end; x++) {
      let outside = 0;
      let inside = 0;
      for (let d = 0; d < REACH; d++) {
        outside += data[row + x - 1 - d] as number;
        inside += data[row + x + d] as number;
      }
      steps[x] = inside - outside > LEAST_STEP * inside ? inside - outside : 0;
    }
    for (let x = REACH; x < end; x++) {
      const own = steps[x] as number;
      if (own === 0 || own < (steps[x - 1] as number) || own <= (steps[x + 1] ?? 0)) continue;
      xs.push(x);
      ys.push(y);
    }
  }
  return { x: Float32Array.from(xs), y: Int32Array.from(ys) };
}

/** Straight lines many of the steps lie on, the best first (Hough). */
function linesThrough(points: { x: Float32Array; y: Int32Array }, width: number, height: number): Side[] {
  const middle = height / 2;
  const spread = Math.ceil(MAX_SLOPE * middle) + 2;
  const bins = width + 2 * spread;
  const votes = new Uint16Array(SLOPES * bins);
  for (let s = 0; s < SLOPES; s++) {
    const slope = slopeOf(s);
    for (let i = 0; i < points.x.length; i++) {
      const across = (points.x[i] as number) - slope * ((points.y[i] as number) + 0.5 - middle);
      const at = s * bins + Math.round(across) + spread;
      votes[at] = (votes[at] as number) + 1;
    }
  }
  // Neighbours count half: a line runs between two bins as often as not.
  const weights = Float32Array.from(votes, (n, i) => n + ((votes[i - 1] ?? 0) + (votes[i + 1] ?? 0)) / 2);
  const found: Side[] = [];
  for (let look = 0; look < 3 * CANDIDATES && found.length < CANDIDATES; look++) {
    let best = 0;
    for (let at = 1; at < weights.length; at++)
      if ((weights[at] as number) > (weights[best] as number)) best = at;
    if ((weights[best] as number) < 0.6 * LEAST_SEEN * height) break;
    const guess = { across: (best % bins) - spread, slope: slopeOf(Math.floor(best / bins)) };
    const side = refine(points, guess, height);
    if (side.seen.reduce((sum, one) => sum + one, 0) >= LEAST_SEEN * height) found.push(side);
    forget(weights, bins, spread, guess);
    forget(weights, bins, spread, side);
  }
  return found;
}

const slopeOf = (index: number): number => MAX_SLOPE * ((2 * index) / (SLOPES - 1) - 1);

/** No line close to one that was found is looked at again. */
function forget(
  weights: Float32Array,
  bins: number,
  spread: number,
  { across, slope }: Pick<Side, 'across' | 'slope'>,
): void {
  for (let s = 0; s < SLOPES; s++) {
    if (Math.abs(slopeOf(s) - slope) > 0.08) continue;
    const at = s * bins + Math.round(across) + spread;
    weights.fill(0, Math.max(s * bins, at - 5), Math.min((s + 1) * bins, at + 6));
  }
}

/** The line of least squares through the steps near a first guess, three times over. */
function refine(
  { x, y }: { x: Float32Array; y: Int32Array },
  guess: { across: number; slope: number },
  height: number,
): Side {
  const middle = height / 2;
  let { across, slope } = guess;
  const seen = new Uint8Array(height);
  for (const near of [2.5, 1.6, NEAR]) {
    let [n, sy, sx, syy, sxy] = [0, 0, 0, 0, 0];
    seen.fill(0);
    for (let i = 0; i < x.length; i++) {
      const along = (y[i] as number) + 0.5 - middle;
      if (Math.abs((x[i] as number) - across - slope * along) > near) continue;
      seen[y[i] as number] = 1;
      n++;
      sy += along;
      sx += x[i] as number;
      syy += along * along;
      sxy += along * (x[i] as number);
    }
    const spread = n * syy - sy * sy;
    if (n < 3 || spread === 0) break;
    slope = (n * sxy - sy * sx) / spread;
    across = (sx - slope * sy) / n;
  }
  return { across, slope, seen };
}

/** Lines at which the sheet may begin, from the left of the picture, the best first. */
export function sidesFromLeft(look: Gray): Side[] {
  return linesThrough(lighterInwards(look), look.width, look.height);
}
