import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import sharp from 'sharp';
import { type Gray, turnBack } from '../../../src/ocr/image/gray.ts';
import { invert, project } from '../../../src/ocr/image/sheet/homography.ts';
import { findPencil } from '../../../src/ocr/image/sheet/pencil.ts';
import { levelLines, toWorkingPage } from '../../../src/ocr/image/sheet/working.ts';
import { measureSkew } from '../../../src/ocr/image/skew.ts';
import { shrinkToLookAt } from '../../../src/ocr/page/orientation.ts';
import { photograph, type Sheet } from '../camera.ts';
import { drawForm } from '../photographs.ts';

/** Close up: no side of the sheet is in the picture. */
const SHOT = { width: 1500, height: 2000, pitch: 4, yaw: 13, roll: 1, fill: 1.3, noise: 2 };

async function redOf(picture: Uint8Array): Promise<Gray> {
  const { data, info } = await sharp(picture).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

const workingOf = (image: Gray) => toWorkingPage(image, { corners: null, dpi: 171, workingDpi: 200 });

describe('ocr: lines that run together in a picture', () => {
  let form: Sheet;

  before(async () => {
    form = await drawForm();
  });

  for (const clockwise of [0, 90] as const) {
    it(`are made level, the page turned by ${clockwise}°`, async () => {
      const { jpeg, toPicture } = await photograph(form, SHOT);
      const image = turnBack(await redOf(jpeg), (360 - clockwise) % 360);
      const asTaken = await workingOf(image);

      const level = await levelLines(image, asTaken, shrinkToLookAt(image), { clockwise });

      expect(level, 'not seen').to.not.equal(null);
      const upright = turnBack(level?.image ?? image, clockwise);
      const small = shrinkToLookAt(upright);
      expect(findPencil(small, measureSkew(small, { coarse: true }).degrees)).to.equal(null);
      // A line of the form, which is level on paper, is straight and level but for its slant.
      const slants = [600, 1400].map((y) => {
        const ends = [300, 1300].map((x) => project(toPicture, x, y));
        const [a, b] = ends.map((p) => {
          const lying = clockwise === 90 ? { x: SHOT.height - p.y, y: p.x } : p;
          return findIn(level?.sheet?.toPicture ?? [1, 0, 0, 0, 1, 0, 0, 0, 1], lying);
        });
        const [dx, dy] = [(b?.x ?? 0) - (a?.x ?? 0), (b?.y ?? 0) - (a?.y ?? 0)];
        return (Math.atan2(clockwise === 90 ? -dx : dy, clockwise === 90 ? dy : dx) * 180) / Math.PI;
      });
      expect((slants[0] as number) - (slants[1] as number)).to.be.closeTo(0, 0.35);
    });
  }

  it('are not looked for in a scan, askew or not', async () => {
    const scan = sharp(form.data, { raw: { width: form.width, height: form.height, channels: 3 } });
    for (const degrees of [0, 2.5]) {
      const image = await redOf(await scan.clone().rotate(degrees, { background: '#fff' }).png().toBuffer());

      const level = await levelLines(image, await workingOf(image), shrinkToLookAt(image), { clockwise: 0 });

      expect(level).to.equal(null);
    }
  });
});

/** Where a place of the picture is on the level page. */
function findIn(
  toPicture: Parameters<typeof invert>[0],
  p: { x: number; y: number },
): { x: number; y: number } {
  const back = invert(toPicture);
  return project(back, p.x, p.y);
}
