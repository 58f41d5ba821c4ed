import { expect } from 'chai';
import { describe, it } from 'mocha';
import { deskew } from '../../../src/ocr/image/deskew.ts';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { rotate } from '../../../src/ocr/image/sharp.ts';
import { measureSkew } from '../../../src/ocr/image/skew.ts';

/** A picture whose level at every place, counted from its middle, is known. */
function drawn(width: number, height: number, level: (x: number, y: number) => number): Gray {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data[y * width + x] = Math.round(level(x + 0.5 - width / 2, y + 0.5 - height / 2));
  return { width, height, data };
}

const hills = (x: number, y: number): number => 128 + 100 * Math.sin(x / 9) * Math.cos(y / 11);

/** Rows of strokes as far apart as letters, with margins. */
function lines(x: number, y: number): number {
  if (Math.abs(x) > 320 || Math.abs(y) > 420) return 255;
  return (y + 500) % 40 < 14 && (x + 400) % 16 < 10 ? 20 : 255;
}

describe('ocr deskewing', () => {
  for (const degrees of [-7, -1.5, -0.13, 0.3, 0.7, 4, 7]) {
    it(`turns every pixel by ${degrees}° about the middle`, () => {
      const [width, height] = [401, 300];
      const angle = (degrees * Math.PI) / 180;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];

      const level = deskew(drawn(width, height, hills), degrees);

      let worst = 0;
      let inside = 0;
      for (let row = 0; row < level.height; row++)
        for (let column = 0; column < level.width; column++) {
          const [u, v] = [column + 0.5 - level.width / 2, row + 0.5 - level.height / 2];
          const [x, y] = [cos * u - sin * v, sin * u + cos * v];
          if (Math.abs(x) > width / 2 - 3 || Math.abs(y) > height / 2 - 3) continue;
          inside++;
          const own = level.data[row * level.width + column] as number;
          worst = Math.max(worst, Math.abs(own - hills(x, y)));
        }
      expect(inside).to.be.greaterThan(0.9 * width * height);
      expect(worst).to.be.lessThan(3);
    });
  }

  it('grows the page so that nothing is cut off, and leaves the new corners white', () => {
    const dark = drawn(300, 200, () => 40);

    const level = deskew(dark, 5);

    expect(level.width).to.equal(Math.ceil(300 * Math.cos(Math.PI / 36) + 200 * Math.sin(Math.PI / 36)));
    expect(level.height).to.equal(Math.ceil(300 * Math.sin(Math.PI / 36) + 200 * Math.cos(Math.PI / 36)));
    const corners = [0, level.width - 1, level.data.length - level.width, level.data.length - 1];
    expect(corners.map((at) => level.data[at])).to.deep.equal([255, 255, 255, 255]);
    const ink = level.data.reduce((sum, own) => sum + 255 - own, 0);
    expect(ink / (300 * 200 * 215)).to.be.closeTo(1, 0.01);
  });

  it('levels a page that libvips slanted', async () => {
    const page = drawn(800, 1000, lines);
    for (const degrees of [-3.4, 0.5, 2]) {
      const slanted = await rotate(page, degrees);

      const level = deskew(slanted, -measureSkew(slanted).degrees);

      expect(measureSkew(level).degrees).to.be.closeTo(0, 0.06);
    }
  });

  it('takes pictures of a pixel and of a line', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 90],
      [90, 1],
      [2, 3],
    ] as const) {
      const level = deskew(
        drawn(width, height, () => 0),
        -6,
      );
      expect(level.data.length).to.equal(level.width * level.height);
      expect(level.width).to.be.at.least(width);
    }
  });

  it('goes beyond neither black nor white at sharp edges', () => {
    const stripes = drawn(200, 200, (x) => (Math.floor((x + 200) / 4) % 2 === 0 ? 0 : 255));

    const { data, width, height } = deskew(stripes, 0.7);

    const middle = data.subarray((height >> 1) * width, ((height >> 1) + 1) * width);
    expect(Math.min(...middle)).to.equal(0);
    expect(Math.max(...middle)).to.equal(255);
  });
});
