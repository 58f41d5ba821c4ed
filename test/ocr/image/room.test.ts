/** Room for pictures is used again: what was in it must not show, and nobody may still look at it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { flattenBackground } from '../../../src/ocr/image/background.ts';
import { deskew } from '../../../src/ocr/image/deskew.ts';
import { type Gray, giveBack, roomFor } from '../../../src/ocr/image/gray.ts';
import { channelOf, withoutRed } from '../../../src/ocr/image/red.ts';

/** Sides no other test has, so that nothing else is taken for their room. */
const [WIDTH, HEIGHT] = [1511, 1217];
const PIXELS = WIDTH * HEIGHT;

function picture(data: Uint8Array): Gray {
  return { width: WIDTH, height: HEIGHT, data };
}

/** Leaves room of every kind a page needs, full of `level`. */
function leaveRoom(level: number): void {
  const all = [PIXELS, PIXELS, PIXELS + 200_000, PIXELS + 400_000].map((pixels) => roomFor(pixels));
  for (const data of all) data.fill(level);
  giveBack(...all.map(picture));
}

describe('ocr: room for pictures', () => {
  it('is that of a picture given back, to one only', () => {
    const gone = roomFor(PIXELS);
    giveBack(picture(gone), picture(gone));

    const [first, second] = [roomFor(PIXELS - 5000), roomFor(PIXELS)];

    expect(first.buffer).to.equal(gone.buffer);
    expect(first.length).to.equal(PIXELS - 5000);
    expect(second.buffer).not.to.equal(gone.buffer);
  });

  it('is not taken of a picture that had its own, nor for a much smaller one', () => {
    const own = new Uint8Array(PIXELS);
    const large = roomFor(PIXELS * 3);
    giveBack(picture(own), picture(large));

    const taken = [roomFor(PIXELS), roomFor(PIXELS)].map(({ buffer }) => buffer);

    expect(taken).not.to.include(own.buffer);
    expect(taken).not.to.include(large.buffer);
  });

  it('keeps four pages and no more', () => {
    const pages = Array.from({ length: 8 }, () => roomFor(4_000_000));
    giveBack(...pages.map(picture));

    const again = new Set(Array.from({ length: 8 }, () => roomFor(4_000_000).buffer));

    expect(pages.filter(({ buffer }) => again.has(buffer))).to.have.lengthOf(4);
  });

  it('shows nothing of what was in it', () => {
    const data = Uint8Array.from({ length: PIXELS }, (_, i) =>
      (i % WIDTH) % 40 < 9 && (i / WIDTH) % 50 < 20 ? 30 : 240 - 40 * (i % 2),
    );
    const rgb = new Uint8Array(3 * PIXELS);
    for (let i = 0; i < PIXELS; i++)
      rgb.set([data[i] as number, (data[i] as number) >> (i % 7 === 0 ? 2 : 0), 90], 3 * i);
    const pixels = { width: WIDTH, height: HEIGHT, channels: 3, data: rgb };
    const work: (() => Gray)[] = [
      () => deskew(picture(data), 2.5),
      () => flattenBackground(picture(data)),
      () => channelOf(pixels, 0),
      () => withoutRed(pixels),
    ];

    for (const make of work) {
      leaveRoom(0);
      const first = make();
      leaveRoom(1);
      const second = make();
      expect(Buffer.compare(first.data, second.data)).to.equal(0);
    }
  });
});
