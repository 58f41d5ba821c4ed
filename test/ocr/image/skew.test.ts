import { expect } from 'chai';
import { describe, it } from 'mocha';
import { findComponents } from '../../../src/ocr/image/components.ts';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { turnBack } from '../../../src/ocr/image/gray.ts';
import { removeLeaders } from '../../../src/ocr/image/lines/leaders.ts';
import { removeRulings } from '../../../src/ocr/image/lines/rulings.ts';
import { rotate } from '../../../src/ocr/image/sharp.ts';
import { measureSkew } from '../../../src/ocr/image/skew.ts';

function paper(width: number, height: number): Gray {
  return { width, height, data: new Uint8Array(width * height).fill(255) };
}

function fill(image: Gray, x0: number, y0: number, x1: number, y1: number): void {
  for (let y = y0; y < y1; y++) image.data.fill(20, y * image.width + x0, y * image.width + x1);
}

/** Rows of small blocks, as far apart as letters. */
function textPage(): Gray {
  const image = paper(800, 1000);
  for (let y = 80; y < 920; y += 40)
    for (let x = 80; x < 720; x += 16) fill(image, x, y, x + 10, y + 14 + (x % 5));
  return image;
}

describe('ocr image treatment', () => {
  for (const degrees of [-3.4, -0.5, 0.8, 2]) {
    it(`measures a slant of ${degrees}° within 0.1°`, async () => {
      const slanted = await rotate(textPage(), degrees);

      expect(measureSkew(slanted).degrees).to.be.closeTo(degrees, 0.1);
    });
  }

  it('measures as well when the slant is known to a fifth of a degree', async () => {
    const slanted = await rotate(textPage(), 0.8);

    expect(measureSkew(slanted, { about: 0.6 }).degrees).to.be.closeTo(0.8, 0.1);
  });

  it('finds no slant on an empty page', () => {
    expect(measureSkew(paper(400, 400))).to.deep.equal({ degrees: 0, energy: 0 });
  });

  it('turns a copy, also of pixels that came as a Buffer', () => {
    const image = { width: 2, height: 1, data: Buffer.from([1, 2]) };

    expect([...turnBack(image, 180).data]).to.deep.equal([2, 1]);
    expect([...image.data]).to.deep.equal([1, 2]);
  });

  it('undoes quarter turns without loss', () => {
    const image = textPage();

    const round = turnBack(turnBack(turnBack(turnBack(image, 90), 270), 180), 180);

    expect(Buffer.from(round.data).equals(Buffer.from(image.data))).to.equal(true);
  });

  it('takes rulings off and leaves letters', () => {
    const image = textPage();
    const letters = findComponents(image, 128).length;
    fill(image, 60, 110, 740, 113);

    const { rulings } = removeRulings(image);

    expect(rulings).to.have.length(1);
    expect(findComponents(image, 128)).to.have.length(letters);
  });

  it('takes every ruling of a grid off, from the edge of the page on, and tells where it was', () => {
    const image = paper(800, 1000);
    for (const y of [0, 200, 997]) fill(image, 0, y, 800, y + 3);
    for (const x of [0, 333, 797]) fill(image, x, 100, x + 3, 900);

    const { rulings } = removeRulings(image);

    expect(rulings.filter((r) => r.horizontal).map((r) => r.y0)).to.deep.equal([0, 200, 997]);
    expect(rulings.filter((r) => !r.horizontal).map((r) => [r.x0, r.y0, r.x1, r.y1])).to.deep.equal([
      [0, 100, 3, 900],
      [333, 100, 336, 900],
      [797, 100, 800, 900],
    ]);
    expect(findComponents(image, 128)).to.have.length(0);
  });

  it('takes dotted lines off and leaves an ellipsis', () => {
    const image = paper(600, 200);
    for (let x = 100; x < 400; x += 7) fill(image, x, 100, x + 3, 103);
    for (const x of [450, 458, 466]) fill(image, x, 100, x + 3, 103);

    const removed = removeLeaders(image);

    expect(removed).to.equal(1);
    expect(findComponents(image, 128)).to.have.length(3);
  });
});
