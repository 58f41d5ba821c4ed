import { type Gray, turnBack } from '../gray.ts';
import { resize } from '../sharp.ts';
import { type EdgePoints, measureSkew } from '../skew.ts';
import { type FlatSheet, flatten, planSheet } from './flatten.ts';
import { compose, type Homography, invert, project, type Quad, scaling, turning } from './homography.ts';
import { findPencil, levelPencil } from './pencil.ts';

/** Pixels worked on at most: A2 at 200 dpi; larger sheets are read coarser. */
const WORKING_PIXELS = 16_000_000;
const A4_LONG_SIDE_INCHES = 11.69;

/** A page as it lies, at working resolution. */
export interface WorkingPage {
  image: Gray;
  dpi: number;
  /** Working pixels per pixel of the picture; of a photographed sheet `sheet` says it. */
  scale: number;
  /** The sheet cut out of a photograph and seen from above; `null`: the whole picture is the page. */
  sheet: FlatSheet | null;
  /** Gives another channel of the picture the same size and shape. */
  lay(channel: Gray): Promise<Gray>;
}

/** Dots per inch of a picture that does not say: its long side is taken for that of A4. */
export function estimateDpi({ width, height }: { width: number; height: number }): number {
  return Math.max(72, Math.round(Math.max(width, height) / A4_LONG_SIDE_INCHES));
}

/** A sheet is so wide at least, share of its length: corners of one narrower were guessed wrong. */
const LEAST_WIDTH = 0.1;

/**
 * Brings the page down to working resolution, never up, and a photographed sheet into the shape it has. Where its corners
 * make no sheet, the page is taken as it lies.
 */
export function toWorkingPage(
  picture: Gray,
  { corners, dpi, workingDpi }: { corners: Quad | null; dpi: number; workingDpi: number },
): Promise<WorkingPage> {
  const sheet = corners && planSheet(corners, picture, Math.round(A4_LONG_SIDE_INCHES * workingDpi));
  const isSheet =
    sheet && Math.min(sheet.width, sheet.height) > LEAST_WIDTH * Math.max(sheet.width, sheet.height);
  return isSheet ? cutOut(picture, sheet) : scaleDown(picture, dpi, workingDpi);
}

async function cutOut(picture: Gray, sheet: FlatSheet): Promise<WorkingPage> {
  const lay = (channel: Gray): Promise<Gray> => flatten(channel, sheet);
  return { image: await lay(picture), dpi: estimateDpi(sheet), scale: 1, sheet, lay };
}

async function scaleDown(picture: Gray, dpi: number, workingDpi: number): Promise<WorkingPage> {
  const fits = Math.sqrt(WORKING_PIXELS / (picture.width * picture.height));
  const scale = Math.min(dpi <= workingDpi * 1.15 ? 1 : workingDpi / dpi, fits);
  const common = { sheet: null, dpi: dpi * Math.min(1, scale), scale: Math.min(1, scale) };
  if (scale >= 1) return { ...common, image: picture, lay: (channel) => Promise.resolve(channel) };
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const lay = (channel: Gray): Promise<Gray> => resize(channel, width, height);
  return { ...common, image: await lay(picture), lay };
}

/** A sheet gets larger by this at most when its lines are made level: at the side that was far away. */
const MOST_GROWTH = 1.5;

/** … and no nearer its rim may the lines meet, shares of half its width: at 1 the rim lies infinitely far. */
const MOST_TAPER = 0.6;

/**
 * The page once more, its lines of text level, when they run together as on a sheet that was photographed from the side:
 * what the sides of the sheet did not tell, or where they are out of the picture.
 * @param small the working image made small, as it lies
 * @param lie how far the page stands turned, and the slant of its lines and the edges of its ink upright, if known
 * @returns `null` when the lines run side by side, as in a scan
 */
export async function levelLines(
  picture: Gray,
  working: WorkingPage,
  small: Gray,
  { clockwise, slant, edges }: { clockwise: number; slant?: number; edges?: EdgePoints },
): Promise<WorkingPage | null> {
  const upright = turnBack(small, clockwise);
  const pencil = findPencil(upright, slant ?? measureSkew(upright, { coarse: true }).degrees, edges);
  if (pencil === null || (Math.abs(pencil.change) * upright.width) / 2 > MOST_TAPER) return null;
  const { width, height } = working.image;
  const scale = small.width / width;
  const turn = turning(clockwise, small.width, small.height);
  const level = compose(compose(turn, invert(levelPencil(pencil, upright))), invert(turn));
  // Working pixels → level pixels. The frame grows to hold all of a page; beside a sheet cut out there is but the table.
  const toLevel = compose(compose(scaling(scale, scale), level), scaling(1 / scale, 1 / scale));
  const frame = working.sheet ? { x: 0, y: 0, width, height } : frameOf(toLevel, width, height);
  if (frame.width > MOST_GROWTH * width || frame.height > MOST_GROWTH * height) return null;
  const shift: Homography = [1, 0, frame.x, 0, 1, frame.y, 0, 0, 1];
  const toPicture = working.sheet?.toPicture ?? scaling(1 / working.scale, 1 / working.scale);
  const sheet = {
    width: frame.width,
    height: frame.height,
    toPicture: compose(compose(shift, invert(toLevel)), toPicture),
  };
  const lay = (channel: Gray): Promise<Gray> => flatten(channel, sheet);
  return { ...working, image: await lay(picture), scale: 1, sheet, lay };
}

/** The frame that holds all of a page once it is made level. */
function frameOf(
  toLevel: Homography,
  width: number,
  height: number,
): { x: number; y: number; width: number; height: number } {
  const corners = [
    project(toLevel, 0, 0),
    project(toLevel, width, 0),
    project(toLevel, width, height),
    project(toLevel, 0, height),
  ];
  const [xs, ys] = [corners.map((c) => c.x), corners.map((c) => c.y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.ceil(Math.max(...xs) - x), height: Math.ceil(Math.max(...ys) - y) };
}
