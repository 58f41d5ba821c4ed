import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { PageImage } from '../types.ts';
import { openEncoded } from './sharp.ts';

/** Width of a preview in pixels: letters of 11 points stay readable. */
const WIDTH = 1100;
const QUALITY = 60;

/** A small upright JPEG of the page in its own colours, about 100 KB. `clockwise` is how far the page stands turned. */
export async function makePreview(
  image: PageImage,
  clockwise: number,
  maxPixels: number,
): Promise<Uint8Array> {
  const opened =
    image.kind === 'raw'
      ? sharp(await readFile(image.path), {
          raw: { width: image.width, height: image.height, channels: image.channels },
        })
      : openEncoded(image, maxPixels);
  // Two steps: a pipeline of sharp has one rotation, and EXIF takes it.
  const level = await opened.flatten({ background: '#ffffff' }).png({ compressionLevel: 0 }).toBuffer();
  return sharp(level)
    .rotate((360 - clockwise) % 360)
    .resize({ width: WIDTH, withoutEnlargement: true })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
