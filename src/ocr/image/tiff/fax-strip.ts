/** A page of a TIFF that is one strip of Group 4, as scanners write it: a PDF carries it unchanged. */
import { TAG, type TiffDirectory, type TiffOctets } from './directory.ts';

/** Group 4 data, and which of its two colours is ink. */
export interface FaxStrip {
  width: number;
  height: number;
  data: Uint8Array;
  /** The colour runs begin with is black: the picture's levels are turned over. */
  isBlackFirst: boolean;
}

const GROUP_4 = 4;
const LEAST_BIT_FIRST = 2;
const BLACK_IS_ZERO = 1;

/** Each byte with its bits from the other end. */
const TURNED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let turned = 0;
  for (let bit = 0; bit < 8; bit++) turned |= ((byte >> bit) & 1) << (7 - bit);
  return turned;
});

/** @returns `null` when the page is anything else: it is decoded then */
export function faxStrip(octets: TiffOctets, page: TiffDirectory): FaxStrip | null {
  const [width, height] = [page.one(TAG.width), page.one(TAG.height)];
  const [start] = page.all(TAG.stripOffsets);
  const [length] = page.all(TAG.stripLengths);
  const photometric = page.one(TAG.photometric, BLACK_IS_ZERO + 1);
  const isOne =
    page.one(TAG.compression) === GROUP_4 &&
    page.one(TAG.bits, 1) === 1 &&
    page.one(TAG.components, 1) === 1 &&
    page.one(TAG.faxOptions) === 0 &&
    photometric <= BLACK_IS_ZERO &&
    page.all(TAG.stripOffsets).length === 1 &&
    width > 0 &&
    height > 0;
  if (!isOne || start === undefined || !length) return null;
  const strip = octets.slice(start, start + length);
  if (strip.length !== length) return null;
  const data =
    page.one(TAG.fillOrder, 1) === LEAST_BIT_FIRST ? strip.map((byte) => TURNED[byte] as number) : strip;
  return { width, height, data, isBlackFirst: photometric === BLACK_IS_ZERO };
}
