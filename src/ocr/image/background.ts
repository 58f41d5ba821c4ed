import type { Gray } from './gray.ts';
import { paperTiles } from './quality.ts';

const TILE = 32;
/** Tiles darker than this share of their neighbourhood hold a picture or a seal, not paper. */
const HOLE = 0.75;

/** Replaces tiles that see no paper by the median of the tiles around them. */
function fillHoles(levels: Float32Array, columns: number, rows: number): Float32Array {
  const out = levels.slice();
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const around: number[] = [];
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++) {
          const xx = x + dx;
          const yy = y + dy;
          if (xx >= 0 && yy >= 0 && xx < columns && yy < rows)
            around.push(levels[yy * columns + xx] as number);
        }
      }
      around.sort((a, b) => a - b);
      const typical = around[Math.floor(around.length * 0.6)] as number;
      const i = y * columns + x;
      if ((levels[i] as number) < HOLE * typical) out[i] = typical;
    }
  }
  return out;
}

/**
 * Divides the page by the local level of its paper, so that shadows and tinted paper become white.
 * No contrast stretch: it destroys faded ink (measured 2.8 → 7.5 % character errors).
 */
export function flattenBackground(image: Gray): Gray {
  const { columns, rows, levels } = paperTiles(image, TILE);
  const paper = fillHoles(levels, columns, rows);
  const { width, height } = image;
  const data = new Uint8Array(image.data.length);
  const xs = tilePositions(width, columns);
  for (let y = 0; y < height; y++) {
    const ty = Math.min(rows - 1, Math.max(0, (y - TILE / 2) / TILE));
    const y0 = Math.floor(ty);
    const y1 = Math.min(rows - 1, y0 + 1);
    const fy = ty - y0;
    for (let x = 0; x < width; x++) {
      const tx = xs[x] as number;
      const x0 = Math.floor(tx);
      const x1 = Math.min(columns - 1, x0 + 1);
      const fx = tx - x0;
      const top = (paper[y0 * columns + x0] as number) * (1 - fx) + (paper[y0 * columns + x1] as number) * fx;
      const low = (paper[y1 * columns + x0] as number) * (1 - fx) + (paper[y1 * columns + x1] as number) * fx;
      const level = Math.max(32, top * (1 - fy) + low * fy);
      const value = ((image.data[y * width + x] as number) * 250) / level;
      data[y * width + x] = Math.min(255, value);
    }
  }
  return { width, height, data };
}

function tilePositions(length: number, tiles: number): Float32Array {
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) out[i] = Math.min(tiles - 1, Math.max(0, (i - TILE / 2) / TILE));
  return out;
}
