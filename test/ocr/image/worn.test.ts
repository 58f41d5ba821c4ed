import { expect } from 'chai';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { removeWornLeaders } from '../../../src/ocr/image/lines/worn-leaders.ts';

const WIDTH = 1000;
const HEIGHT = 300;

/** Paper with grain, the same every time. */
function grainyPaper(): Gray {
  let state = 5;
  const data = new Uint8Array(WIDTH * HEIGHT).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 240 + (state >>> 28);
  });
  return { width: WIDTH, height: HEIGHT, data };
}

function fill({ width, data }: Gray, x0: number, y0: number, x1: number, y1: number, level: number): void {
  for (let y = y0; y < y1; y++) data.fill(level, y * width + x0, y * width + x1);
}

/** Letters of stems on broad feet, as those of a roman type stand: from `x0` to `x1`, feet on `y`. */
function letters(image: Gray, x0: number, x1: number, y: number, stem = 40): void {
  for (let x = x0; x < x1; x += 16) {
    fill(image, x + 4, y - 20, x + 9, y, stem);
    fill(image, x, y - 2, x + 13, y, 90);
  }
}

/** A leader whose dots grain and blur have run together: paler between them, 2 pixels high. */
function leader(image: Gray, x0: number, x1: number, y: number): void {
  for (let x = x0; x < x1; x++) fill(image, x, y, x + 1, y + 2, x % 4 < 2 ? 165 : 205);
}

function darkest(image: Gray, x0: number, x1: number, y0: number, y1: number): number {
  let level = 255;
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) level = Math.min(level, image.data[y * image.width + x] as number);
  return level;
}

describe('ocr/image: dotted lines of a worn page', () => {
  it('are taken off where their dots have run together, and the writing on them stays', () => {
    const image = grainyPaper();
    letters(image, 200, 600, 100);
    leader(image, 150, 700, 105);
    // The tail of a letter goes through the line.
    fill(image, 300, 90, 304, 113, 40);

    expect(removeWornLeaders(image)).to.equal(1);

    expect(darkest(image, 150, 290, 103, 110), 'what is left of the line').to.be.at.least(240);
    expect(darkest(image, 320, 700, 103, 110), 'what is left behind the letter').to.be.at.least(240);
    expect(darkest(image, 300, 304, 104, 107), 'the letter across it').to.equal(40);
    expect(darkest(image, 200, 600, 98, 100), 'the feet above it').to.equal(40);
  });

  it('are not seen in the feet of letters, in writing that shines through, or in a dash', () => {
    const image = grainyPaper();
    letters(image, 200, 600, 100);
    // Blurred until even a stem is pale.
    letters(image, 200, 600, 240, 150);
    // As wide as a line of text and as pale as ink on the other side of the sheet.
    fill(image, 200, 180, 600, 200, 205);
    leader(image, 700, 725, 105);
    const before = image.data.slice();

    expect(removeWornLeaders(image)).to.equal(0);
    expect(image.data).to.deep.equal(before);
  });
});
