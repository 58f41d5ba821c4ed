import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import sharp from 'sharp';
import type { Gray } from '../../../src/ocr/image/gray.ts';
import { decodePage } from '../../../src/ocr/image/sharp.ts';
import { ratioOf } from '../../../src/ocr/image/sheet/flatten.ts';
import {
  compose,
  fromRectangle,
  invert,
  type Point,
  project,
  type Quad,
} from '../../../src/ocr/image/sheet/homography.ts';
import { toWorkingPage } from '../../../src/ocr/image/sheet/working.ts';
import { photograph, type Sheet, type Shot, seenThrough } from '../camera.ts';
import { drawForm } from '../photographs.ts';

const SIZE = { width: 1200, height: 1600 };
const PIXELS = 60_000_000;

async function cornersIn(picture: Uint8Array): Promise<Quad | null> {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-test-'));
  try {
    const path = join(folder, 'picture');
    writeFileSync(path, picture);
    return (await decodePage({ kind: 'encoded', path, index: 0 }, PIXELS)).corners;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Distance of corners from where they are, pixels; whichever of them was called the first. */
function farthest(found: Quad, want: readonly Point[]): number {
  const off = [0, 1, 2, 3].map((turn) =>
    Math.max(
      ...want.map((p, i) => {
        const q = found[(i + turn) % 4] as Point;
        return Math.hypot(p.x - q.x, p.y - q.y);
      }),
    ),
  );
  return Math.min(...off);
}

function cornersOf({ width, height }: Sheet, shot: Shot): Point[] {
  const seen = seenThrough({ width, height }, shot);
  return [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ].map(([x = 0, y = 0]) => project(seen, x, y));
}

describe('ocr: the sheet in a photograph', () => {
  let form: Sheet;

  before(async () => {
    form = await drawForm();
  });

  const SHOTS: Record<string, Shot> = {
    'held aslant over a wooden table': { ...SIZE, pitch: 14, yaw: -12, roll: 6, fill: 0.7 },
    'leaning, in the shadow of the hand': { ...SIZE, pitch: -16, yaw: 5, roll: -3, fill: 0.72, shadow: true },
    'on a light table, the light failing': {
      ...SIZE,
      pitch: 10,
      yaw: 9,
      fill: 0.75,
      table: [198, 180, 152],
      dimming: 0.4,
    },
    'on a dark cloth, far off and turned': {
      ...SIZE,
      pitch: 8,
      yaw: -6,
      roll: -17,
      fill: 0.6,
      table: [40, 44, 60],
    },
    'lying across': { width: 1600, height: 1200, pitch: 8, yaw: 12, roll: 88, fill: 0.65 },
  };
  for (const [name, shot] of Object.entries(SHOTS)) {
    it(`is found by its corners: ${name}`, async () => {
      const { jpeg } = await photograph(form, shot);

      const corners = await cornersIn(jpeg);

      expect(corners, 'no sheet').to.not.equal(null);
      expect(farthest(corners as Quad, cornersOf(form, shot))).to.be.lessThan(0.006 * 2000);
    });
  }

  it('is found where EXIF says the telephone was turned', async () => {
    const shot: Shot = { ...SIZE, pitch: 12, yaw: 8, fill: 0.72, orientation: 6 };
    const { jpeg } = await photograph(form, shot);

    const corners = await cornersIn(jpeg);

    expect(farthest(corners as Quad, cornersOf(form, shot))).to.be.lessThan(12);
  });

  it('is looked for in vain where there is nothing but the page', async () => {
    const whole = sharp(form.data, { raw: { width: form.width, height: form.height, channels: 3 } });
    const askew = whole.clone().rotate(2, { background: '#f4f2ea' });
    const copied = whole.clone().extend({ left: 30, top: 24, right: 12, bottom: 40, background: '#141414' });
    for (const scan of [whole, askew, copied])
      expect(await cornersIn(await scan.jpeg().toBuffer())).to.equal(null);
  });

  it('is looked for in vain on a table with nothing on it', async () => {
    const { jpeg } = await photograph({ ...form, width: 2, height: 2 }, { ...SIZE, fill: 0.001 });

    expect(await cornersIn(jpeg)).to.equal(null);
  });

  it('is looked for in vain where its side out of the picture would make no sheet of it', async () => {
    // A wide picture, the upper side so slanted that the lower one, which meets it, would lie across the picture.
    const [width, height] = [2000, 500];
    const sheet = `<svg width="${width}" height="${height}"><path fill="#e6e6e6" d="M508 213L1619 289L1625 500L468 500Z"/></svg>`;
    const picture = sharp(Buffer.from(sheet)).flatten({ background: '#3c3c3c' });

    expect(await cornersIn(await picture.png().toBuffer())).to.equal(null);
  });

  it('is left as it lies where its corners make no sheet', async () => {
    const picture: Gray = { width: 400, height: 300, data: new Uint8Array(120_000).fill(255) };
    const line = [50, 350, 350, 50].map((x, i) => ({ x, y: i < 2 ? 150 : 151 })) as unknown as Quad;
    const point = [1, 2, 3, 4].map(() => ({ x: 100, y: 100 })) as unknown as Quad;
    for (const corners of [line, point]) {
      const { image, sheet } = await toWorkingPage(picture, { corners, dpi: 200, workingDpi: 200 });
      expect([image, sheet]).to.deep.equal([picture, null]);
    }
  });

  it('is looked for in vain in scraps and strips', async () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2000],
      [1500, 9],
      [60, 60],
    ] as const) {
      const data = new Uint8Array(width * height * 3).map((_, i) => (i * 97) % 256);
      const scrap = sharp(data, { raw: { width, height, channels: 3 } });

      expect(await cornersIn(await scrap.png().toBuffer())).to.equal(null);
    }
  });

  it('has the shape of its paper again', () => {
    for (const [width, height] of [
      [210, 297],
      [297, 210],
      [86, 54],
    ] as const) {
      const shot: Shot = { ...SIZE, pitch: 15, yaw: -10, roll: 4, fill: 0.6 };
      const corners = cornersOf({ width, height, data: new Uint8Array(0) }, shot) as unknown as Quad;

      expect(ratioOf(corners, SIZE)).to.be.closeTo(height / width, 0.02 * (height / width));
    }
  });
});

describe('ocr: projective maps', () => {
  it('bring every corner where it belongs, and back', () => {
    const corners: Quad = [
      { x: 100, y: 80 },
      { x: 910, y: 130 },
      { x: 1000, y: 1400 },
      { x: 60, y: 1300 },
    ];
    const map = fromRectangle(500, 700, corners);

    expect(project(map, 500, 700).x).to.be.closeTo(1000, 1e-6);
    expect(project(map, 0, 700).y).to.be.closeTo(1300, 1e-6);
    const there = project(map, 123, 456);
    const back = project(invert(map), there.x, there.y);
    expect(back.x).to.be.closeTo(123, 1e-6);
    const both = project(compose(map, invert(map)), 400, 20);
    expect([both.x, both.y].map(Math.round)).to.deep.equal([400, 20]);
  });
});
