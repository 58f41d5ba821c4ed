import { expect } from 'chai';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { isNoise } from '../../../src/ocr/image/quality.ts';

const WIDTH = 400;
const HEIGHT = 560;

function pageOf(level: (x: number, y: number) => number): Gray {
  const data = new Uint8Array(WIDTH * HEIGHT).map((_, i) => level(i % WIDTH, Math.floor(i / WIDTH)));
  return { width: WIDTH, height: HEIGHT, data };
}

describe('ocr/image: a page of noise', () => {
  it('is one whose pixels turn all along the rows', () => {
    let state = 7;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 4294967296;
    };

    expect(isNoise(pageOf(() => (random() < 0.5 ? 0 : 255)))).to.equal(true);
    expect(isNoise(pageOf(() => (random() < 0.06 ? 0 : 255))), 'salt and pepper').to.equal(false);
  });

  it('is no blank page, no page of writing and no photocopy on black', () => {
    const writing = (x: number, y: number): number => (y % 40 < 16 && x % 9 < 3 ? 20 : 245);

    expect(isNoise(pageOf(() => 255))).to.equal(false);
    expect(isNoise(pageOf(writing))).to.equal(false);
    expect(isNoise(pageOf((x, y) => (x > 100 && x < 300 && y < 200 ? writing(x, y) : 5)))).to.equal(false);
  });
});
