/** A page made level. `affine` of libvips turns by any angle, and takes twice the time for the small ones looked for here. */
import { type Gray, roomFor } from './gray.ts';
import { kernelMemory, kernels } from './kernels/kernels.ts';

/** White around what is turned, pixels: neighbours of its outermost ones are looked at. */
const RIM = 4;
/** Pixels that share their weights are off by so much of a pixel at most … */
const MOST_DRIFT = 1 / 64;
/** … but so many share them in any case: at the largest slant looked for, 7°, they are off by a seventeenth. */
const LEAST_SHARING = 16;
/** More rows at a time do not stay in a core's cache. */
const MOST_SHARING = 64;

/** How the two passes see a page turned by an angle; places are counted from the middle of the pictures. */
interface Turn {
  cos: number;
  sin: number;
  /** Size of the level page. */
  width: number;
  height: number;
  /** Neighbours that share their weights. */
  sharing: number;
}

function turnOf({ width, height }: Gray, degrees: number): Turn {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const levelWidth = Math.ceil(width * cos + height * Math.abs(sin));
  const sharing = Math.floor((2 * MOST_DRIFT) / (1 / cos - 1));
  return {
    cos,
    sin,
    width: levelWidth,
    height: Math.ceil(width * Math.abs(sin) + height * cos),
    sharing: Math.min(MOST_SHARING, Math.max(LEAST_SHARING, sharing)),
  };
}

/** Where things lie in the kernels' memory, octets, and how long the ring of moved rows is. */
interface Layout {
  row: number;
  ring: number;
  ringRows: number;
  /** From row to row of the ring, and from weight to weight of the columns. */
  stride: number;
  columns: number;
  strip: number;
  bytes: number;
}

const VECTOR = 16;
const upTo = (n: number, step: number): number => step * Math.ceil(n / step);

/** The strips of columns need the rows of a strip, and those the slant takes in from one side of the page to the other. */
function layOut(image: Gray, { sin, width, sharing }: Turn): Layout {
  const needed = sharing + Math.ceil(Math.abs(sin) * width) + 2 * RIM;
  const ringRows = 2 ** Math.ceil(Math.log2(needed));
  const stride = upTo(width + VECTOR, VECTOR);
  const ring = upTo(image.width + 2 * RIM + VECTOR, VECTOR);
  const columns = ring + ringRows * stride;
  const strip = columns + 12 * stride;
  return { row: 0, ring, ringRows, stride, columns, strip, bytes: strip + sharing * width };
}

/** The last row of the page that is looked at for rows of the level one before `last`. */
function lastRowFor(y: number, last: number, { height }: Gray, turn: Turn): number {
  const middle = (y + last - 1) / 2;
  const across = turn.cos * (middle + 0.5 - turn.height / 2) + height / 2 - 0.5 - middle;
  return last + Math.ceil(across + (Math.abs(turn.sin) * turn.width) / 2) + 2;
}

/**
 * Turns a page counter-clockwise by the small angle its lines slant by, about its middle; the canvas grows, new corners
 * are white. Rows are moved first, then columns (Catmull and Smith, 1980), with the weights of bicubic interpolation.
 * @param degrees a few, as `measureSkew` finds them
 */
export function deskew(image: Gray, degrees: number): Gray {
  const turn = turnOf(image, degrees);
  const { cos, sin, width, height, sharing } = turn;
  const layout = layOut(image, turn);
  const octets = kernelMemory(layout.bytes);
  const { startTurn, layOut: place, moveRow, moveColumns } = kernels();
  startTurn(cos, sin, image.width, image.height, width, height, sharing);
  place(layout.row, layout.ring, layout.ringRows - 1, layout.stride, layout.columns, layout.strip);
  octets.fill(255, layout.row, layout.ring);
  const data = roomFor(width * height);
  let moved: number | undefined;
  for (let y = 0; y < height; y += sharing) {
    const last = Math.min(height, y + sharing);
    const end = lastRowFor(y, last, image, turn);
    for (let row = moved ?? end - layout.ringRows; row < end; row++) {
      if (row >= 0 && row < image.height)
        octets.set(image.data.subarray(row * image.width, (row + 1) * image.width), layout.row + RIM);
      moveRow(row);
    }
    moved = Math.max(moved ?? end, end);
    moveColumns(y, last);
    data.set(octets.subarray(layout.strip, layout.strip + (last - y) * width), y * width);
  }
  return { width, height, data };
}
