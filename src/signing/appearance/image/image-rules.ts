/** What NĐ 30/2020 App. I II.7d and II.8a ask of the two images: transparent, blue for a leader, red and of real size for a seal. */
import { SigningError } from '../../errors.ts';
import type { RasterImage } from './png.ts';

/** Seals of agencies are 30 to 42 mm wide; what states something far from that was scanned without its scale. */
const SEAL_FROM_MM = 20;
const SEAL_TO_MM = 60;
/** Share of pixels that must let the page through: text under the image stays legible. */
const LEAST_CLEAR = 0.01;
/** Fainter pixels are edges and shadows, and tell nothing of the ink. */
const INK_ALPHA = 64;
/** How much stronger the ink's own channel must be, of 255; scans of real ink are 60 and more apart. */
const MARGIN = 15;

function unfit(reason: string): SigningError {
  return new SigningError('IMAGE_UNFIT', { details: { reason } });
}

/** Mean colour of what is drawn, and the share of what is not. */
function inkOf(image: RasterImage): { red: number; green: number; blue: number; clear: number } {
  const sum = [0, 0, 0];
  let [ink, clear] = [0, 0];
  const { pixels } = image;
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3] ?? 255;
    if (alpha < 250) clear += 1;
    if (alpha < INK_ALPHA) continue;
    ink += 1;
    for (let channel = 0; channel < 3; channel += 1)
      sum[channel] = (sum[channel] ?? 0) + (pixels[at + channel] ?? 0);
  }
  const mean = (channel: number): number => (sum[channel] ?? 0) / Math.max(1, ink);
  return { red: mean(0), green: mean(1), blue: mean(2), clear: clear / (pixels.length / 4) };
}

/** @throws SigningError IMAGE_UNFIT */
export function assertLeaderImage(image: RasterImage): void {
  const { red, green, blue, clear } = inkOf(image);
  if (clear < LEAST_CLEAR)
    throw unfit('chữ ký phải có nền trong suốt / the signature needs a transparent background');
  if (blue < red + MARGIN || blue < green + MARGIN / 3)
    throw unfit('chữ ký phải màu xanh / the signature must be blue');
}

/** @param widthMm as it will stand on the page. @throws SigningError IMAGE_UNFIT */
export function assertSealImage(image: RasterImage, widthMm: number): void {
  const { red, green, blue, clear } = inkOf(image);
  if (clear < LEAST_CLEAR)
    throw unfit('con dấu phải có nền trong suốt / the seal needs a transparent background');
  if (red < green + MARGIN || red < blue + MARGIN) throw unfit('con dấu phải màu đỏ / the seal must be red');
  if (widthMm < SEAL_FROM_MM || widthMm > SEAL_TO_MM)
    throw unfit(
      `con dấu rộng ${widthMm.toFixed(1)} mm, phải đúng cỡ thật (${SEAL_FROM_MM}–${SEAL_TO_MM} mm) / the seal would be ${widthMm.toFixed(1)} mm wide, not its real size`,
    );
}
