import type { Gray } from '../gray.ts';
import { resize } from '../sharp.ts';
import { type FlatSheet, flatten, planSheet } from './flatten.ts';
import type { Quad } from './homography.ts';

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

/** Brings the page down to working resolution, never up, and a photographed sheet into the shape it has. */
export function toWorkingPage(
  picture: Gray,
  { corners, dpi, workingDpi }: { corners: Quad | null; dpi: number; workingDpi: number },
): Promise<WorkingPage> {
  return corners ? cutOut(picture, corners, workingDpi) : scaleDown(picture, dpi, workingDpi);
}

async function cutOut(picture: Gray, corners: Quad, workingDpi: number): Promise<WorkingPage> {
  const sheet = planSheet(corners, picture, Math.round(A4_LONG_SIDE_INCHES * workingDpi));
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
