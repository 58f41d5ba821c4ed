import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { inkSums } from '../../../src/ocr/image/code-places.ts';
import { findComponents } from '../../../src/ocr/image/components.ts';
import { deskew } from '../../../src/ocr/image/deskew.ts';
import { type Gray, histogram, otsu, sampleLevels, shrink } from '../../../src/ocr/image/gray.ts';
import { kernelMemory, kernels } from '../../../src/ocr/image/kernels/kernels.ts';
import { measureQuality, paperTiles } from '../../../src/ocr/image/quality.ts';
import { channelOf } from '../../../src/ocr/image/red.ts';
import { lowerEdges, profileEnergies } from '../../../src/ocr/image/skew.ts';
import { deskewByPixel } from './reference/deskew.ts';
import {
  blotsOf,
  channel,
  countsOf,
  edgesOf,
  energyAt,
  halved,
  inkUpTo,
  noiseOf,
  paperLevels,
} from './reference/pixels.ts';

/** What a picture may look like: by chance all over, specks on paper, black and white, print on grey paper. */
const LOOKS: ((chance: () => number, i: number) => number)[] = [
  (chance) => 256 * chance(),
  (chance) => (chance() < 0.1 ? 0 : 240 + 8 * chance()),
  (chance) => (chance() < 0.3 ? 0 : 255),
  (chance, i) => (Math.floor(i / 7) % 5 < 2 ? 40 : 180) + 20 * chance(),
];

/** Levels by chance; the same for the same seed (a linear congruence, Numerical Recipes). */
function drawn(pixels: number, look: number, seed: number): Uint8Array {
  let state = seed;
  const chance = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Uint8Array.from({ length: pixels }, (_, i) => (LOOKS[look] as (typeof LOOKS)[0])(chance, i));
}

/** Pictures of any width: what is left beside whole vectors, tiles and pieces is what goes wrong. */
function pictures(most: { width: number; height: number }): fc.Arbitrary<Gray> {
  // Every second one is as wide as some vectors, but for a pixel or two.
  const nearVectors = fc
    .tuple(fc.integer({ min: 1, max: most.width >> 4 }), fc.integer({ min: -2, max: 2 }))
    .map(([vectors, more]) => 16 * vectors + more);
  return fc
    .record({
      width: fc.oneof(nearVectors, fc.integer({ min: 1, max: most.width })),
      height: fc.integer({ min: 1, max: most.height }),
      look: fc.nat({ max: LOOKS.length - 1 }),
      seed: fc.nat(),
    })
    .map(({ width, height, look, seed }) => ({ width, height, data: drawn(width * height, look, seed) }));
}

const SMALL = { width: 90, height: 70 };
const LARGE = { width: 700, height: 300 };

/** Compares octets: quicker than two arrays, and as strict. */
function same(one: Uint8Array, other: ArrayLike<number>): boolean {
  return Buffer.compare(one, Uint8Array.from(other)) === 0;
}

function check<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean, runs = 100): void {
  fc.assert(fc.property(arbitrary, holds), { numRuns: runs });
}

describe('ocr kernels, beside the same in JavaScript', () => {
  it('turn a page to the same octets', () => {
    const angles = fc.double({ min: -20, max: 20, noNaN: true });
    const slants = fc.double({ min: -1.5, max: 1.5, noNaN: true });
    check(fc.tuple(pictures(LARGE), fc.oneof(slants, angles)), ([image, degrees]) => {
      const [own, other] = [deskew(image, degrees), deskewByPixel(image, degrees)];
      return own.width === other.width && own.height === other.height && same(own.data, other.data);
    });
  });

  it('count levels', () => {
    check(pictures(LARGE), (image) => {
      const [all, sampled] = [histogram(image.data), sampleLevels(image)];
      expect([...all]).to.deep.equal(countsOf(image, 1));
      expect([...sampled]).to.deep.equal(countsOf(image, 3));
      return true;
    });
  });

  it('halve a page', () => {
    check(pictures(LARGE), (image) => {
      const small = shrink(image, 2);
      return small.width === image.width >> 1 && same(small.data, small.width === 0 ? [] : halved(image));
    });
  });

  it('measure paper and noise', () => {
    check(
      pictures({ width: 150, height: 120 }),
      (image) => {
        const paper = paperTiles(image);
        const { impulse, sigma } = measureQuality(image, paper);
        expect([...paper.levels]).to.deep.equal(paperLevels(image));
        expect([...paper.counts]).to.deep.equal(countsOf(image, 2));
        expect({ impulse, sigma }).to.deep.equal(noiseOf(image));
        return true;
      },
      400,
    );
  });

  it('find blots', () => {
    const inOrder = (blots: ReturnType<typeof blotsOf>): string[] =>
      blots.map((b) => JSON.stringify(b)).sort();
    const thresholds = fc.oneof(
      fc.integer({ min: -1, max: 260 }),
      fc.double({ min: 0, max: 256, noNaN: true }),
    );
    check(
      fc.tuple(pictures(LARGE), thresholds),
      ([image, threshold]) => {
        const found = inOrder(findComponents(image, threshold));
        expect(found).to.deep.equal(inOrder(blotsOf(image, threshold)));
        return true;
      },
      50,
    );
  });

  it('sum the ink of tiles', () => {
    check(pictures(SMALL), (image) => {
      const paper = paperTiles(image);
      expect([...inkSums(image, paper).sums]).to.deep.equal(inkUpTo(image, paper));
      return true;
    });
  });

  it('find the next window that holds some ink', () => {
    const windows = fc.record({
      across: fc.integer({ min: 1, max: 12 }),
      down: fc.integer({ min: 1, max: 4 }),
      least: fc.nat({ max: 300 }),
      more: fc.nat({ max: 300 }),
    });
    check(fc.tuple(pictures(SMALL), windows), ([image, { across, down, least, more }]) => {
      const { sums, columns, rows } = inkSums(image, paperTiles(image));
      const inkAt = (x: number, y: number): number => sums[y * (columns + 1) + x] as number;
      for (let y = 0; y + down <= rows; y++) {
        const [top, bottom] = [y, y + down].map((row) => 4 * row * (columns + 1)) as [number, number];
        for (let from = 0; from <= columns; from++) {
          kernelMemory(sums.byteLength).set(new Uint8Array(sums.buffer));
          const found = kernels().nextWindow(top, bottom, columns, from, across, least, least + more);
          let x = from;
          const ink = (): number =>
            inkAt(x + across, y + down) - inkAt(x, y + down) - inkAt(x + across, y) + inkAt(x, y);
          while (x + across <= columns && (ink() < least || ink() > least + more)) x++;
          expect(found).to.equal(x + across <= columns ? x : -1);
        }
      }
      return true;
    });
  });

  it('find the lower edges of ink, also of a page on its side', () => {
    check(
      fc.tuple(pictures(LARGE), fc.boolean()),
      ([image, sideways]) => {
        const points = lowerEdges(image, sideways);
        const expected = edgesOf(image, otsu(sampleLevels(image)), sideways);
        expect(Array.from(points.x, (x, i) => [x, points.y[i]])).to.deep.equal(expected);
        return true;
      },
      300,
    );
  });

  it('measure how sharp the rows of a page are along lines of any slant', () => {
    const slants = fc.array(fc.double({ min: -7, max: 7, noNaN: true }), { minLength: 1, maxLength: 9 });
    check(fc.tuple(pictures(LARGE), slants, fc.boolean()), ([image, degrees, sideways]) => {
      const points = lowerEdges(image, sideways);
      expect(profileEnergies(points, degrees)).to.deep.equal(degrees.map((own) => energyAt(points, own)));
      return true;
    });
  });

  it('pick a channel', () => {
    const channels = fc.constantFrom(2, 3, 4);
    check(
      fc.tuple(pictures(LARGE), channels, fc.constantFrom(0, 1)),
      ([{ width, height, data }, n, which]) => {
        // So many rows of the picture make a row of all channels.
        const rows = Math.floor(height / n);
        const pixels = { width, height: rows, channels: n, data: data.subarray(0, width * rows * n) };
        return same(channelOf(pixels, which as 0 | 1).data, channel(pixels, which));
      },
    );
  });

  it('are what their source gives', () => {
    execFileSync(process.execPath, ['scripts/kernels.mjs', '--check'], { stdio: 'pipe' });
  });
});
