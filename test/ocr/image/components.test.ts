import { expect } from 'chai';
import { findComponents } from '../../../src/ocr/image/components.ts';
import type { Gray } from '../../../src/ocr/image/gray.ts';

/** Paper with blots of every level, the same for the same seed; the pixels begin `offset` octets into their buffer. */
function speckled(width: number, height: number, seed: number, offset: number): Gray {
  const buffer = new Uint8Array(width * height + offset);
  let state = seed;
  for (let i = offset; i < buffer.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    buffer[i] = state >>> 28 < 12 ? 255 : (state >>> 16) & 255;
  }
  return { width, height, data: buffer.subarray(offset) };
}

describe('ocr: blots of ink', () => {
  it('are the same by many pixels at once as one by one, for any width, level and place in memory', () => {
    for (let width = 1; width < 24; width++)
      for (const threshold of [1, 128, 129, 192, 200, 241, 252, 253, 255]) {
        const aligned = findComponents(speckled(width, 9, width, 0), threshold);

        // Pixels that begin at an odd octet cannot be read four at once.
        expect(findComponents(speckled(width, 9, width, 1), threshold)).to.deep.equal(aligned);
        const area = speckled(width, 9, width, 0).data.filter((level) => level < threshold).length;
        expect(aligned.reduce((sum, blot) => sum + blot.area, 0)).to.equal(area);
      }
  });
});
