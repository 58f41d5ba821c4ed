/** Demonstration images: a seal and a handwritten-looking name. Real agencies give their own scanned images. */
import { type Font, glyphsOf, loadFont, textWidth } from '../glyphs/font.ts';
import { glyphOutline } from '../glyphs/outline.ts';
import { encodePng } from './png.ts';
import { type Canvas, circle, createCanvas, fill, flatten, type Rgb, star } from './raster.ts';

const RED: Rgb = [214, 24, 31];
const BLUE: Rgb = [22, 52, 158];
/** Pixels a millimetre: 300 dpi. */
const DENSITY = 300 / 25.4;

function drawRun(
  canvas: Canvas,
  font: Font,
  text: string,
  size: number,
  color: Rgb,
  place: (x: number, y: number, advanced: number) => readonly [number, number],
): void {
  let advanced = 0;
  for (const { glyph } of glyphsOf(font, text)) {
    const scale = size / font.unitsPerEm;
    const start = advanced;
    const contours = flatten(glyphOutline(font.cff, glyph), (x, y) => place(x * scale, y * scale, start));
    if (contours.length > 0) fill(canvas, contours, color);
    advanced += font.advanceOf(glyph) * scale;
  }
}

/** Text along a circle, its middle at the top (or, with `bottom`, at the bottom), glyph by glyph. */
function drawArc(canvas: Canvas, text: string, radius: number, size: number, bottom: boolean): void {
  const font = loadFont('termes');
  const centre = canvas.width / 2;
  const total = textWidth(font, text, size);
  drawRun(canvas, font, text, size, RED, (x, y, advanced) => {
    const along = (advanced + x - total / 2) / radius;
    const angle = bottom ? Math.PI / 2 - along : -Math.PI / 2 + along;
    const reach = bottom ? radius - y : radius + y;
    return [centre + reach * Math.cos(angle), centre + reach * Math.sin(angle)];
  });
}

function fitting(text: string, size: number, room: number): number {
  const width = textWidth(loadFont('termes'), text, size);
  return width <= room ? size : (size * room) / width;
}

/**
 * A round red seal with the agency's name, marked as a sample, transparent, at its real size.
 * @param diameterMm default 36.
 */
export function drawSealPng(agencyName: string, diameterMm = 36): Uint8Array {
  const pixels = Math.round(diameterMm * DENSITY);
  const canvas = createCanvas(pixels, pixels);
  const [centre, unit] = [pixels / 2, pixels / 100];
  fill(canvas, [circle(centre, centre, 49 * unit), circle(centre, centre, 46.5 * unit, true)], RED);
  fill(canvas, [circle(centre, centre, 31 * unit), circle(centre, centre, 30 * unit, true)], RED);
  fill(canvas, [star(centre, centre, 15 * unit)], RED);
  const upper = agencyName.normalize('NFC').toLocaleUpperCase('vi');
  drawArc(canvas, upper, 35 * unit, fitting(upper, 9 * unit, 150 * unit), false);
  drawArc(canvas, 'CHỈ DÙNG THỬ', 42 * unit, 7 * unit, true);
  return encodePng(pixels, pixels, canvas.pixels, diameterMm);
}

/**
 * A name in blue script, transparent.
 * @param widthMm default 45.
 */
export function drawSignaturePng(name: string, widthMm = 45): Uint8Array {
  const width = Math.round(widthMm * DENSITY);
  const height = Math.round(width * 0.4);
  const canvas = createCanvas(width, height);
  const font = loadFont('chorus');
  const size = Math.min(height * 0.6, (width * 0.88) / Math.max(0.1, textWidth(font, name, 1)));
  const left = (width - textWidth(font, name, size)) / 2;
  const slope = 0.08;
  drawRun(canvas, font, name, size, BLUE, (x, y, advanced) => [
    left + advanced + x,
    height * 0.68 - y - (advanced + x - width / 2) * slope,
  ]);
  const stroke: (readonly [number, number])[] = [];
  for (let index = 0; index <= 40; index += 1) {
    const t = index / 40;
    stroke.push([width * (0.06 + 0.86 * t), height * (0.9 - 0.14 * t - 0.08 * Math.sin(t * 7))]);
  }
  const back = [...stroke].reverse().map(([x, y]): [number, number] => [x, y + height * 0.02]);
  fill(canvas, [[...stroke, ...back]], BLUE);
  return encodePng(width, height, canvas.pixels, widthMm);
}
