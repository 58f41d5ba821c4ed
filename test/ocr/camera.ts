/** A telephone that photographs a sheet on a table: pinhole camera, uneven light, a blurred and noisy sensor, JPEG. */
import sharp from 'sharp';
import { compose, type Homography, invert, project } from '../../src/ocr/image/sheet/homography.ts';

/** A page in colour, rows from the top. */
export interface Sheet {
  data: Uint8Array;
  width: number;
  height: number;
}

/** How the telephone is held and what is around. Angles in degrees. */
export interface Shot {
  /** Size of the picture in pixels. */
  width: number;
  height: number;
  /** Leaning back from straight above: the far edge of the sheet gets shorter. */
  pitch?: number;
  /** Standing to the side: one side gets shorter. */
  yaw?: number;
  /** Turned in the hand, clockwise. */
  roll?: number;
  /** Share of the picture's shorter side the sheet's width takes, seen from above; more than 1: it is cut off. */
  fill?: number;
  /** The sheet's middle off the picture's, in shares of the sheet's width. */
  offset?: readonly [number, number];
  /** Level and colour of what the sheet lies on, and how rough it is, in levels. */
  table?: readonly [number, number, number];
  grain?: number;
  /** How much of the light is lost from one corner to the other: 0 to 1. */
  dimming?: number;
  /** The hand's shadow over a corner of the picture. */
  shadow?: boolean;
  /** Out of focus, pixels. */
  blur?: number;
  /** Noise of the sensor, levels. */
  noise?: number;
  /** JPEG quality. */
  quality?: number;
  /** EXIF orientation written into the file; the picture is turned so that it is shown right. */
  orientation?: 1 | 3 | 6 | 8;
  seed?: number;
}

const WOOD = [142, 104, 72] as const;
/** Focal length of a telephone's camera, in long sides of its picture: 26 mm on a film of 36 × 24. */
const FOCAL = 0.75;

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Pixels of the sheet → pixels of the picture. */
export function seenThrough(sheet: Pick<Sheet, 'width' | 'height'>, shot: Shot): Homography {
  const radians = (degrees = 0): number => (degrees * Math.PI) / 180;
  const [a, b, c] = [radians(shot.pitch), radians(shot.yaw), radians(shot.roll)];
  const f = FOCAL * Math.max(shot.width, shot.height);
  const [ox, oy] = shot.offset ?? [0, 0];
  // Lengths in widths of the sheet; the camera stands so far off that the sheet fills what it should.
  const distance = f / ((shot.fill ?? 0.8) * Math.min(shot.width, shot.height));
  const toWidths: Homography = [
    1 / sheet.width,
    0,
    ox - 0.5,
    0,
    1 / sheet.width,
    oy - sheet.height / sheet.width / 2,
    0,
    0,
    1,
  ];
  // Columns of R = Rz(roll) · Rx(pitch) · Ry(yaw), of which the plane z = 0 needs the first two.
  const [sa, ca, sb, cb, sc, cc] = [
    Math.sin(a),
    Math.cos(a),
    Math.sin(b),
    Math.cos(b),
    Math.sin(c),
    Math.cos(c),
  ];
  const first = [cb, sa * sb, -ca * sb];
  const second = [0, ca, sa];
  const turn = ([x, y, z]: readonly number[]): [number, number, number] => [
    cc * (x as number) - sc * (y as number),
    sc * (x as number) + cc * (y as number),
    z as number,
  ];
  const [ux, uy, uz] = turn(first);
  const [vx, vy, vz] = turn(second);
  const camera: Homography = [
    f * ux + (shot.width / 2) * uz,
    f * vx + (shot.width / 2) * vz,
    (shot.width / 2) * distance,
    f * uy + (shot.height / 2) * uz,
    f * vy + (shot.height / 2) * vz,
    (shot.height / 2) * distance,
    uz,
    vz,
    distance,
  ];
  return compose(toWidths, camera);
}

/** Smooth noise of boards and cloth: a few waves across, grain on top. */
function tableLevel(x: number, y: number, random: () => number, grain: number): number {
  const boards = Math.sin(x / 37 + 3 * Math.sin(y / 410)) + 0.6 * Math.sin(x / 11 + y / 900);
  return grain * (0.6 * boards + random() - 0.5);
}

/** The picture a telephone takes of the sheet, and where every pixel of the sheet is in it as it is shown. */
export async function photograph(
  sheet: Sheet,
  shot: Shot,
): Promise<{ jpeg: Uint8Array; toPicture: Homography }> {
  const { width, height, table = WOOD, grain = 14, dimming = 0.25, noise = 3 } = shot;
  const random = createRandom(shot.seed ?? 1);
  const toPicture = seenThrough(sheet, shot);
  const back = invert(toPicture);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = project(back, x + 0.5, y + 0.5);
      const at = (y * width + x) * 3;
      let light = 1 - dimming * (0.7 * (x / width) + 0.3 * (1 - y / height));
      if (shot.shadow) {
        const edge = (x / width - 0.62 + 0.5 * (1 - y / height)) * 14;
        light *= 1 - 0.35 / (1 + Math.exp(-edge));
      }
      const own = p.x >= 0 && p.y >= 0 && p.x < sheet.width && p.y < sheet.height;
      const rough = own ? 0 : tableLevel(x, y, random, grain);
      const dark = (random() + random() + random() - 1.5) * 2 * noise;
      for (let c = 0; c < 3; c++) {
        const level = own ? 0.93 * sample(sheet, p.x, p.y, c) : (table[c] as number) + rough;
        data[at + c] = Math.max(0, Math.min(255, level * light + dark));
      }
    }
  }
  let picture = sharp(data, { raw: { width, height, channels: 3 } }).blur(Math.max(0.3, shot.blur ?? 0.6));
  const turned = { 1: 0, 3: 180, 6: 270, 8: 90 }[shot.orientation ?? 1];
  if (turned !== 0) picture = sharp(await picture.png({ compressionLevel: 0 }).toBuffer()).rotate(turned);
  const jpeg = await picture
    .withMetadata({ orientation: shot.orientation ?? 1, density: 72 })
    .jpeg({ quality: shot.quality ?? 82 })
    .toBuffer();
  return { jpeg, toPicture };
}

function sample({ data, width, height }: Sheet, x: number, y: number, c: number): number {
  const left = Math.max(0, Math.min(width - 2, Math.floor(x - 0.5)));
  const top = Math.max(0, Math.min(height - 2, Math.floor(y - 0.5)));
  const fx = Math.max(0, Math.min(1, x - 0.5 - left));
  const fy = Math.max(0, Math.min(1, y - 0.5 - top));
  const i = (top * width + left) * 3 + c;
  const below = i + width * 3;
  const upper = (data[i] as number) * (1 - fx) + (data[i + 3] as number) * fx;
  return upper * (1 - fy) + ((data[below] as number) * (1 - fx) + (data[below + 3] as number) * fx) * fy;
}
