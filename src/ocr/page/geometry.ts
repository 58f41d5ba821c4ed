import type { FlatSheet } from '../image/sheet/flatten.ts';
import { compose, type Homography, type Point, project, turning } from '../image/sheet/homography.ts';
import type { Box, WordQuad } from '../types.ts';

/** How a point of the prepared image finds its place on the upright page. */
export interface PageTransform {
  /** Upright page in pixels of the input; of a photographed sheet the sheet itself, upright and flat. */
  width: number;
  height: number;
  /** Working pixels per input pixel. */
  scale: number;
  /** Slant that was undone; positive rises to the right. */
  skewDegrees: number;
  /** Size of the prepared image. */
  preparedWidth: number;
  preparedHeight: number;
  /** The photograph the sheet was cut out of. */
  photograph?: Photograph;
}

/** Where a flat sheet is in its photograph, both turned upright. */
export interface Photograph {
  /** Size of the upright photograph. */
  width: number;
  height: number;
  /** Pixels of the upright flat sheet → pixels of the upright photograph. */
  toPage: Homography;
}

/** Corners of a box of the prepared image on the upright page or sheet: top left, top right, bottom right, bottom left. */
function cornersOf(t: PageTransform, [x0, y0, x1, y1]: Box): Point[] {
  const angle = (t.skewDegrees * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return (
    [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
    ] as const
  ).map(([x, y]) => {
    const dx = x - t.preparedWidth / 2;
    const dy = y - t.preparedHeight / 2;
    const level = {
      x: (dx * cos + dy * sin) / t.scale + t.width / 2,
      y: (-dx * sin + dy * cos) / t.scale + t.height / 2,
    };
    return t.photograph ? project(t.photograph.toPage, level.x, level.y) : level;
  });
}

/** The smallest upright box around points, clipped to the page. */
function boxAround(points: readonly Point[], { width, height }: { width: number; height: number }): Box {
  const clip = (value: number, limit: number): number => Math.round(Math.min(limit, Math.max(0, value)));
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  return [
    clip(Math.min(...xs), width),
    clip(Math.min(...ys), height),
    clip(Math.max(...xs), width),
    clip(Math.max(...ys), height),
  ];
}

/** Maps a box of the prepared image to the smallest upright box around it on the page, clipped to the page. */
export function toPageBox(t: PageTransform, x0: number, y0: number, x1: number, y1: number): Box {
  return boxAround(cornersOf(t, [x0, y0, x1, y1]), t.photograph ?? t);
}

/** The corners themselves, in tenths of a pixel, where a box says too little: on a page seen aslant. */
export function toPageQuad(t: PageTransform, box: Box): WordQuad | null {
  if (!t.photograph) return null;
  return cornersOf(t, box).flatMap(({ x, y }) => [tenth(x), tenth(y)]) as WordQuad;
}

const tenth = (value: number): number => Math.round(10 * value) / 10;

/** Where a box on one side of a projective map is on the other. */
export function projectBox(
  h: Homography,
  [x0, y0, x1, y1]: Box,
  limits: { width: number; height: number },
): Box {
  const corners = [project(h, x0, y0), project(h, x1, y0), project(h, x1, y1), project(h, x0, y1)];
  return boxAround(corners, limits);
}

/** Slant of the lines in the middle of a photographed sheet, degrees, positive when they rise to the right. */
export function slantOf(t: PageTransform): number {
  const y = t.preparedHeight / 2;
  const [, , right, left] = cornersOf(t, [t.preparedWidth * 0.4, y, t.preparedWidth * 0.6, y]) as [
    Point,
    Point,
    Point,
    Point,
  ];
  return (Math.atan2(left.y - right.y, right.x - left.x) * 180) / Math.PI;
}

/** Where the sheet of a photograph is in it once both are turned upright. */
export function photographOf(
  sheet: FlatSheet,
  picture: { width: number; height: number },
  clockwise: number,
): Photograph {
  const sideways = clockwise === 90 || clockwise === 270;
  const [width, height] = sideways ? [sheet.height, sheet.width] : [sheet.width, sheet.height];
  const back = turning((360 - clockwise) % 360, width, height);
  const forth = turning(clockwise, picture.width, picture.height);
  return {
    width: sideways ? picture.height : picture.width,
    height: sideways ? picture.width : picture.height,
    toPage: compose(compose(back, sheet.toPicture), forth),
  };
}

/** Smallest box around boxes. */
export function unionBox(boxes: readonly Box[]): Box {
  return [
    Math.min(...boxes.map((b) => b[0])),
    Math.min(...boxes.map((b) => b[1])),
    Math.max(...boxes.map((b) => b[2])),
    Math.max(...boxes.map((b) => b[3])),
  ];
}
