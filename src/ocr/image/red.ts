import type { Gray } from './gray.ts';

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
  const data = new Uint8Array(width * height);
  for (let i = 0, from = channel; i < data.length; i++, from += channels) data[i] = pixels[from] as number;
  return { width, height, data };
}

/** How much redder a pixel is than green: 255 where not at all, 0 for pure red. Channels as in RGB. */
export function rednessOf({ data: pixels, width, height, channels }: Pixels): Gray {
  const data = new Uint8Array(width * height);
  for (let i = 0, from = 0; i < data.length; i++, from += channels)
    data[i] = 255 - Math.max(0, (pixels[from] as number) - (pixels[from + 1] as number));
  return { width, height, data };
}

/** A pixel this much redder than green is red ink; tinted paper is less. */
export const RED_INK = 60;
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
