import { expect } from 'chai';
import { describe, it } from 'mocha';
import { withoutRed } from '../../../src/ocr/image/red.ts';

const PAPER = [212, 212, 204];
const SEAL = [175, 34, 40];
/** Where JPEG has kept a seal's darkness, and lost its colour. */
const RIM = [178, 160, 150];
const INK = [30, 28, 27];
const INK_UNDER_SEAL = [25, 5, 6];

/** One row of pixels without its red. */
function lifted(...row: number[][]): number[] {
  const paper = Array.from({ length: 400 }, () => PAPER);
  const pixels = [...row, ...paper];
  const data = new Uint8Array(pixels.flat());
  return [...withoutRed({ width: pixels.length, height: 1, channels: 3, data }).data.subarray(0, row.length)];
}

describe('ocr: seals', () => {
  it('vanish from grey paper, their rims with them, and leave what is written under them', () => {
    const [seal, rim, under, ink] = lifted(SEAL, RIM, INK_UNDER_SEAL, INK) as [
      number,
      number,
      number,
      number,
    ];

    expect([seal, rim].map((level) => level > 205)).to.deep.equal([true, true]);
    expect([under, ink].map((level) => level < 40)).to.deep.equal([true, true]);
  });

  it('are no cause to touch what is pale and far from them', () => {
    const faded = [150, 148, 144];

    expect(lifted(SEAL, PAPER, PAPER, PAPER, PAPER, PAPER, PAPER, faded).at(-1)).to.equal(150);
  });

  it('are told from tinted paper', () => {
    expect(lifted([230, 200, 170])).to.deep.equal([230]);
  });
});
