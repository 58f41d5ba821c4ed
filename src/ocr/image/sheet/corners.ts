import { turnBack } from '../gray.ts';
import type { CoarseLook } from './coarse.ts';
import type { Point, Quad } from './homography.ts';
import { type Side, sidesFromLeft } from './sides.ts';

/** A straight line `ax + by + c = 0`, the sheet at its positive side. */
interface Line {
  a: number;
  b: number;
  c: number;
  /** The side it was made of; `null`: the sheet goes on beyond the picture there. */
  side: Side | null;
}

/** Left, top, right, bottom. */
type Sides = readonly [Line, Line, Line, Line];

/** The line a side makes in the picture `width` × `height`, whose left that side was made once it was turned back by `turned`. */
function toLine(side: Side, turned: number, width: number, height: number): Line {
  const { across: d, slope: s } = side;
  if (turned === 0) return { a: 1, b: -s, c: (s * height) / 2 - d, side };
  if (turned === 90) return { a: s, b: 1, c: (-s * width) / 2 - d, side };
  if (turned === 180) return { a: -1, b: s, c: width - (s * height) / 2 - d, side };
  return { a: -s, b: -1, c: height + (s * width) / 2 - d, side };
}

/** The rim of the picture in place of a side that is not in it. */
function rimLine(turned: number, width: number, height: number): Line {
  const line = toLine({ across: 0, slope: 0, seen: new Uint8Array(0) }, turned, width, height);
  return { ...line, side: null };
}

/** Where two lines meet; far away when they hardly do. */
function meet(p: Pick<Line, 'a' | 'b' | 'c'>, q: Pick<Line, 'a' | 'b' | 'c'>): Point {
  const w = p.a * q.b - q.a * p.b;
  const safe = Math.abs(w) < 1e-9 ? 1e-9 : w;
  return { x: (p.b * q.c - q.b * p.c) / safe, y: (q.a * p.c - p.a * q.c) / safe };
}

function quadOf([left, top, right, bottom]: Sides): Quad {
  return [meet(left, top), meet(top, right), meet(right, bottom), meet(bottom, left)];
}

/** Twice the signed area: positive when the corners go round as they should. */
function doubleArea(quad: Quad): number {
  return quad.reduce((sum, p, i) => {
    const next = quad[(i + 1) % 4] as Point;
    return sum + p.x * next.y - next.x * p.y;
  }, 0);
}

/** Least and greatest angle of a corner of a sheet seen aslant, degrees. */
const CORNER = { min: 55, max: 125 };

function isSheetShaped(quad: Quad): boolean {
  return quad.every((p, i) => {
    const before = quad[(i + 3) % 4] as Point;
    const after = quad[(i + 1) % 4] as Point;
    const [ax, ay, bx, by] = [before.x - p.x, before.y - p.y, after.x - p.x, after.y - p.y];
    const turn = bx * ay - by * ax;
    const angle = (Math.atan2(turn, ax * bx + ay * by) * 180) / Math.PI;
    return angle > CORNER.min && angle < CORNER.max;
  });
}

/** Share of a side between two corners along which the sheet was seen to begin, the part outside the picture left out. */
function seenShare(
  line: Line,
  from: Point,
  to: Point,
  turned: number,
  width: number,
  height: number,
): number {
  if (line.side === null) return 0;
  const along = ({ x, y }: Point): number =>
    turned === 0 ? y : turned === 90 ? width - x : turned === 180 ? height - y : x;
  const { seen } = line.side;
  const start = Math.max(0, Math.round(Math.min(along(from), along(to))));
  const end = Math.min(seen.length, Math.round(Math.max(along(from), along(to))));
  let found = 0;
  let inPicture = 0;
  for (let i = start; i < end; i++) {
    if (line.side.across + line.side.slope * (i + 0.5 - seen.length / 2) < RIM) continue;
    inPicture++;
    found += seen[i] as number;
  }
  return inPicture < LEAST_SEEN * seen.length ? 0 : found / inPicture;
}

/** So near the picture's rim no side is seen, cells. */
const RIM = 3;
/** Share of the picture's side along which a side of the sheet must be in it. */
const LEAST_SEEN = 0.2;

/** A sheet found in a picture. */
export interface FoundSheet {
  /** Pixels of the picture; corners of a sheet that goes on beyond the picture lie outside. */
  corners: Quad;
  /** Share of the picture it covers. */
  share: number;
}

const TURNS = [0, 90, 180, 270] as const;
/** A side of a sheet is seen along so much of it. */
const SIDE_SEEN = 0.6;
/** A sheet that was photographed covers so much of the picture. */
const LEAST_SHARE = 0.18;

interface Candidate {
  sides: Sides;
  quad: Quad;
  score: number;
}

function judge(sides: Sides, width: number, height: number): Candidate | null {
  const quad = quadOf(sides);
  const area = doubleArea(quad) / 2;
  if (area < LEAST_SHARE * width * height || !isSheetShaped(quad)) return null;
  const ends = [
    [quad[3], quad[0]],
    [quad[0], quad[1]],
    [quad[1], quad[2]],
    [quad[2], quad[3]],
  ] as const;
  let score = 0;
  for (const [i, line] of sides.entries()) {
    if (line.side === null) continue;
    const [from, to] = ends[i] as readonly [Point, Point];
    const share = seenShare(line, from, to, TURNS[i] as number, width, height);
    if (share < SIDE_SEEN) return null;
    score += share;
  }
  return { sides, quad, score };
}

function combinations(kinds: readonly (readonly Line[])[]): Sides[] {
  let all: Line[][] = [[]];
  for (const lines of kinds) all = all.flatMap((known) => lines.map((line) => [...known, line]));
  return all.filter((sides) => sides.filter((l) => l.side === null).length <= 1) as unknown as Sides[];
}

/**
 * The sheet on a table: the four straight lines at which it gets lighter inwards nearly all along. One side may lie
 * outside the picture.
 * @returns `null` when there is none to be sure of: a scan, a page that fills the picture, a heap of papers
 */
export function findSheet(look: CoarseLook): FoundSheet | null {
  const { width, height, cell } = look;
  const kinds = TURNS.map((turned) => {
    const found = sidesFromLeft(turnBack(look, turned)).map((s) => toLine(s, turned, width, height));
    return [...found, rimLine(turned, width, height)];
  });
  let best: Candidate | null = null;
  for (const sides of combinations(kinds)) {
    const candidate = judge(sides, width, height);
    if (candidate && (best === null || candidate.score > best.score)) best = candidate;
  }
  if (best === null) return null;
  const quad = quadOf(completeSides(best.sides, width, height));
  if (!isSheetShaped(quad)) return null;
  const share = doubleArea(quad) / 2 / (width * height);
  return { corners: quad.map(({ x, y }) => ({ x: x * cell, y: y * cell })) as unknown as Quad, share };
}

/**
 * Gives the side that is outside the picture its direction: that of a sheet which a camera held level along it would
 * see; its line touches the picture from outside.
 */
function completeSides(sides: Sides, width: number, height: number): Sides {
  const missing = sides.findIndex((l) => l.side === null);
  if (missing < 0) return sides;
  const opposite = sides[(missing + 2) % 4] as Line;
  const [one, other] = [sides[(missing + 1) % 4] as Line, sides[(missing + 3) % 4] as Line];
  // The two sides beside it run about the axis of the picture; across that axis, through the middle, lies where the others meet.
  const unit = (l: Line): [number, number] => [-l.b / Math.hypot(l.a, l.b), l.a / Math.hypot(l.a, l.b)];
  const [ux, uy] = unit(one);
  const [vx, vy] = unit(other);
  const sign = ux * vx + uy * vy < 0 ? -1 : 1;
  const [ax, ay] = [ux + sign * vx, uy + sign * vy];
  const across = { a: ax, b: ay, c: (-ax * width) / 2 - (ay * height) / 2 };
  const far = meet(opposite, across);
  const rim = sides[missing] as Line;
  const ends: Point[] = (
    [
      [0, 0],
      [width, 0],
      [0, height],
      [width, height],
    ] as const
  )
    .map(([x, y]) => ({ x, y }))
    .filter((p) => Math.abs(rim.a * p.x + rim.b * p.y + rim.c) < 1e-6);
  const lines = ends.map((p) => {
    const a = far.y - p.y;
    const b = p.x - far.x;
    const c = -(a * p.x + b * p.y);
    const inside = (a * width) / 2 + (b * height) / 2 + c > 0 ? 1 : -1;
    return { a: a * inside, b: b * inside, c: c * inside, side: null };
  });
  // The one that leaves both ends of the rim at the side of the sheet.
  const outer = lines.find((l) =>
    ends.every((p) => (l.a * p.x + l.b * p.y + l.c) / Math.hypot(l.a, l.b) > -1e-6),
  );
  return sides.map((l, i) => (i === missing ? (outer ?? l) : l)) as unknown as Sides;
}
