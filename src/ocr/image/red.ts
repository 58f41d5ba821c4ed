import { type Gray, giveBack, percentile, roomFor } from './gray.ts';
import { kernelMemory, kernels, PIECE } from './kernels/kernels.ts';

/** Pixels as they come out of a file or of PDFium, channels side by side. */
export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array;
}

/** One channel of raw pixels; the first is grey itself, or red. */
export function channelOf({ data: pixels, width, height, channels }: Pixels, channel: 0 | 1): Gray {
  if (channels === 1) return { width, height, data: pixels };
  const data = roomFor(width * height);
  const some = Math.floor(PIECE / channels);
  const octets = kernelMemory(2 * PIECE);
  for (let i = 0; i < data.length; i += some) {
    const n = Math.min(some, data.length - i);
    octets.set(pixels.subarray(i * channels, (i + n) * channels));
    kernels().pickChannel(channel, channels, n, PIECE);
    data.set(octets.subarray(PIECE, PIECE + n), i);
  }
  return { width, height, data };
}

/** How much redder a pixel is than green: 255 where not at all, 0 for pure red. Channels as in RGB. */
export function rednessOf({ data: pixels, width, height, channels }: Pixels): Gray {
  const data = roomFor(width * height);
  for (let i = 0, from = 0; i < data.length; i++, from += channels)
    data[i] = 255 - Math.max(0, (pixels[from] as number) - (pixels[from + 1] as number));
  return { width, height, data };
}

/** A pixel this much redder than green is red ink; tinted paper is less. */
export const RED_INK = 60;
/** From so much on a pixel is lifted: below is the warm light of a photograph. */
const RED_LIFTED = 40;
/** What ink of seals takes from red light, as a share of what it takes from green more than that: a third and more. */
const RED_TAKEN = 0.35;
/** JPEG keeps colour coarser than light: so far beside red ink its rims lie, pixels. */
const RIM = 2;
/** Every so many pixels one is looked at for the level of the paper. */
const PAPER_STEP = 97;
/** Lighter than this share of the paper's level a pixel beside red ink is a rim; black ink is darker. */
const RIM_LIGHT = 0.5;

/** The level nine in ten pixels stay under: paper. */
function paperLevel({ data, channels }: Pixels): number {
  const counts = new Uint32Array(256);
  for (let at = 0; at < data.length; at += PAPER_STEP * channels) {
    const level = data[at] as number;
    counts[level] = (counts[level] as number) + 1;
  }
  return percentile(counts, 0.9);
}

/**
 * The red channel with what red ink takes from it as well put back: a seal is darker than grey paper there, and its rim
 * would be read into the name it stands over. Black ink, also under a seal, takes all channels alike and stays.
 */
export function withoutRed(pixels: Pixels): Gray {
  const { data: from, width, height, channels } = pixels;
  const data = roomFor(width * height);
  const paper = paperLevel(pixels);
  const darkest = RIM_LIGHT * paper;
  const beside = roomFor(data.length).fill(0);
  for (let y = 0, i = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++, at += channels) {
      const red = from[at] as number;
      const over = red - (from[at + 1] as number);
      data[i] = over > RED_LIFTED ? Math.min(255, red + RED_TAKEN * (over - RED_LIFTED)) : red;
      if (over <= RED_INK) continue;
      const [x0, x1] = [Math.max(0, x - RIM), Math.min(width - 1, x + RIM)];
      for (let row = Math.max(0, y - RIM); row <= Math.min(height - 1, y + RIM); row++)
        beside.fill(1, row * width + x0, row * width + x1 + 1);
    }
  for (let i = 0; i < data.length; i++) {
    const level = data[i] as number;
    if (beside[i] === 1 && level > darkest && level < paper)
      data[i] = Math.min(paper, darkest + 2 * (level - darkest));
  }
  giveBack({ width, height, data: beside });
  return { width, height, data };
}

/** Share of red ink from which a page may hold red print: a line of a title has it. */
const RED_SHARE = 0.0003;
/** Every eighth pixel is enough to count it. */
const RED_STEP = 8;

/**
 * Whether a page has more red than specks of it.
 * @param red place of the red channel among the channels, 0 in RGB, 2 in BGR; green is channel 1 in both
 */
export function hasRed({ data, width, height, channels }: Pixels, red: 0 | 2 = 0): boolean {
  if (channels < 3) return false;
  let found = 0;
  for (let at = 0; at < data.length; at += RED_STEP * channels)
    if ((data[at + red] as number) - (data[at + 1] as number) > RED_INK) found++;
  return found * RED_STEP > RED_SHARE * width * height;
}
