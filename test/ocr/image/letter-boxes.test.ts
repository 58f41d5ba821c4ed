import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { removeRulings } from '../../../src/ocr/image/lines/rulings.ts';

const [WIDTH, HEIGHT] = [1654, 600];
/** Side and pitch of a box, thickness of its lines, pixels. */
const [SIDE, LINE] = [56, 2];

function paper(): Gray {
  return { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT).fill(255) };
}

function fill(image: Gray, x0: number, y0: number, x1: number, y1: number, level = 20): void {
  for (let y = y0; y < y1; y++) image.data.fill(level, y * WIDTH + x0, y * WIDTH + x1);
}

/** A row of `count` boxes with a stroke for a letter in those of `letters`. */
function boxes(
  image: Gray,
  x: number,
  y: number,
  count: number,
  letters: readonly number[],
  level = 20,
): void {
  for (const edge of [y, y + SIDE]) fill(image, x, edge, x + count * SIDE + LINE, edge + LINE, level);
  for (let i = 0; i <= count; i++) fill(image, x + i * SIDE, y, x + i * SIDE + LINE, y + SIDE + LINE, level);
  for (const i of letters) fill(image, x + i * SIDE + 20, y + 14, x + i * SIDE + 32, y + 44);
}

/** Writing beside the boxes, so that the page has ink to tell paper from. */
function writing(image: Gray): void {
  for (let i = 0; i < 40; i++) fill(image, 100 + 30 * i, 500, 112 + 30 * i, 524);
}

const inkOf = (image: Gray): number => image.data.reduce((sum, v) => sum + (v < 128 ? 1 : 0), 0);

describe('ocr boxes for one letter each', () => {
  for (const [name, level] of [
    ['black', 20],
    ['pale blue', 170],
  ] as const)
    it(`are taken off the page with what stands in them, ${name} as well, an empty one parting two words`, () => {
      const image = paper();
      writing(image);
      const outside = inkOf(image);
      boxes(image, 400, 100, 8, [0, 1, 2, 4, 5], level);

      const { letterBoxes } = removeRulings(image);

      expect(letterBoxes).to.have.length(1);
      const [row] = letterBoxes;
      expect(row?.boxes).to.have.length(8);
      expect(row?.words.map((word) => word.boxes.length)).to.deep.equal([3, 2]);
      expect(row?.words[0]?.boxes[0]?.x0).to.be.within(400, 404);
      // Three strokes of 12 pixels, put close together.
      const picture = row?.words[0]?.picture as Gray;
      expect(inkOf(picture)).to.equal(3 * 12 * 30);
      expect(picture.width).to.be.below(3 * SIDE);
      expect(inkOf(image)).to.equal(outside);
    });

  it('are found though two of them are shorter than a ruling', () => {
    const image = paper();
    writing(image);
    const outside = inkOf(image);
    for (const edge of [100, 136]) fill(image, 400, edge, 470, edge + LINE);
    for (const side of [400, 434, 468]) fill(image, side, 100, side + LINE, 138);
    for (const letter of [412, 446]) fill(image, letter, 108, letter + 10, 130);

    const { letterBoxes, rulings } = removeRulings(image);

    expect(letterBoxes.map((row) => row.boxes.length)).to.deep.equal([2]);
    expect(rulings).to.deep.equal([]);
    expect(inkOf(image)).to.equal(outside);
  });

  it('are told from the narrow columns of a table, whose lines go on into the next row', () => {
    const image = paper();
    writing(image);
    for (const y of [100, 156, 212, 268]) fill(image, 200, y, 1200, y + LINE);
    for (const x of [200, 256, 312, 368, 1200]) fill(image, x, 100, x + LINE, 270);

    expect(removeRulings(image).letterBoxes).to.deep.equal([]);
  });

  it('leave writing alone that only happens to stand between two rulings', () => {
    const image = paper();
    writing(image);
    for (const y of [100, 156]) fill(image, 200, y, 1200, y + LINE);
    for (let i = 0; i < 20; i++) fill(image, 240 + 40 * i, 112, 246 + 40 * i, 146);
    const before = inkOf(image);

    expect(removeRulings(image).letterBoxes).to.deep.equal([]);
    expect(inkOf(image)).to.equal(before - 2 * LINE * 1000);
  });
});
