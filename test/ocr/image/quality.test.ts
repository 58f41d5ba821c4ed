import { expect } from 'chai';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { isNoise, paperTiles } from '../../../src/ocr/image/quality.ts';

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

describe('ocr/image: the paper of a page', () => {
  it('is in every tile the level three quarters of its pixels do not pass', () => {
    let state = 11;
    const page = pageOf((x) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return x < 32 ? 0 : x < 64 ? 255 : state >>> 24;
    });

    const { columns, rows, levels, counts } = paperTiles(page);

    // The last tiles are cut off by the rim: 400 is twelve and a half tiles of 32. Every second row is looked at.
    expect([columns, rows]).to.deep.equal([13, 18]);
    const expected = Array.from(levels, (_, tile) => {
      const [left, top] = [(tile % columns) * 32, Math.floor(tile / columns) * 32];
      const own: number[] = [];
      for (let y = top; y < Math.min(HEIGHT, top + 32); y += 2)
        own.push(...page.data.subarray(y * WIDTH + left, y * WIDTH + Math.min(WIDTH, left + 32)));
      return own.sort((a, b) => a - b)[Math.ceil(0.75 * own.length) - 1];
    });
    expect(Array.from(levels)).to.deep.equal(expected);
    expect(counts.reduce((sum, n) => sum + n, 0)).to.equal((WIDTH * HEIGHT) / 2);
  });
});
