import type { PageTreatment } from '../types.ts';
import { flattenBackground } from './background.ts';
import { deskew } from './deskew.ts';
import { type Gray, giveBack, roomFor } from './gray.ts';
import { removeLeaders } from './lines/leaders.ts';
import type { LetterBoxes } from './lines/letter-boxes.ts';
import { type Ruling, removeRulings } from './lines/rulings.ts';
import { removeWornLeaders } from './lines/worn-leaders.ts';
import { measureQuality, type PaperTiles, paperTiles, type Quality } from './quality.ts';
import { blur, median3 } from './sharp.ts';
import { measureSkew } from './skew.ts';

/** A page made ready for the recogniser. */
export interface Prepared {
  image: Gray;
  /** Slant that was undone; positive rises to the right. */
  skewDegrees: number;
  rulings: Ruling[];
  /** Boxes for one letter each, taken off the image with what stood in them. */
  letterBoxes: LetterBoxes[];
  quality: Quality;
  /** Paper of the upright page, as it came. */
  paper: PaperTiles;
  /** What was done, in order. */
  steps: PageTreatment['steps'];
}

/** Share of pixels that stand out from which a page has salt and pepper. */
export const IMPULSE_LIMIT = 0.002;
const BILEVEL_LIMIT = 0.985;
const NOISE_LIMIT = 1.4;
const PAPER_LIMIT = 236;
const SPREAD_LIMIT = 12;
const SKEW_LIMIT_DEGREES = 0.12;

function copyOf({ width, height, data: from }: Gray): Gray {
  const data = roomFor(from.length);
  data.set(from);
  return { width, height, data };
}

/** Removes noise by what was measured: median for salt and pepper, light blur for fax and grain. */
async function denoise(image: Gray, quality: Quality, steps: PageTreatment['steps']): Promise<Gray> {
  if (quality.impulse > IMPULSE_LIMIT && quality.bilevel < BILEVEL_LIMIT) {
    steps.push('median');
    return median3(image);
  }
  if (quality.bilevel > BILEVEL_LIMIT || quality.sigma > NOISE_LIMIT) {
    steps.push('blur');
    return blur(image, 0.7);
  }
  return image;
}

/**
 * Light adaptive treatment of an upright page: noise, shadow, slant, rulings. Never scaled up, never
 * binarised: both were measured to triple the errors. Only the recogniser sees this image.
 * @param slant of the lines to a fifth of a degree, when it is known
 */
export async function prepare(upright: Gray, slant?: number): Promise<Prepared> {
  const paper = paperTiles(upright);
  const quality = measureQuality(upright, paper);
  const steps: PageTreatment['steps'] = [];
  let image = await denoise(upright, quality, steps);
  if (quality.paper < PAPER_LIMIT || quality.spread > SPREAD_LIMIT) {
    image = image === upright ? flattenBackground(image, paper) : flattenBackground(image);
    steps.push('even-background');
  }
  const skew = measureSkew(image, { about: slant });
  const skewed = Math.abs(skew.degrees) >= SKEW_LIMIT_DEGREES;
  if (skewed) {
    const level = deskew(image, -skew.degrees);
    if (image !== upright) giveBack(image);
    image = level;
    steps.push('deskew');
  }
  if (image === upright) image = copyOf(upright);
  const { rulings, letterBoxes } = removeRulings(image);
  if (rulings.length > 0) steps.push('remove-rulings');
  const leaders = removeLeaders(image) + (quality.sigma > NOISE_LIMIT ? removeWornLeaders(image) : 0);
  if (leaders > 0) steps.push('remove-leaders');
  return { image, skewDegrees: skewed ? skew.degrees : 0, rulings, letterBoxes, quality, paper, steps };
}
