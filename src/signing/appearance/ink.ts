/** How colours may be said in a file: a file of PDF/A leaves less to choose from (ISO 19005-1 §6.2.3, §6.4; -2 §6.2.4, §6.2.10). */
import { array, dict, name, type PdfValue } from '../pdf/syntax/values.ts';

/** What the file allows. */
export interface Ink {
  /** No shades of transparency: a pixel is there or not. */
  readonly hardEdges: boolean;
  /** Colours by their look instead of by a device: nothing in the file says what its RGB is. */
  readonly calibrated: boolean;
}

/** Any ordinary file. */
export const PLAIN_INK: Ink = { hardEdges: false, calibrated: false };

/** Name of the calibrated space among the resources. */
const SPACE = 'LtRgb';

/** CalRGB with the primaries and the white of sRGB (IEC 61966-2-1), gamma 2.2 (ISO 32000-2 §8.6.5.3). */
const CALIBRATED = array(
  name('CalRGB'),
  dict({
    WhitePoint: array(0.9505, 1, 1.089),
    Gamma: array(2.2, 2.2, 2.2),
    Matrix: array(0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505),
  }),
);

/** /ColorSpace of an image in red, green and blue. */
export function rgbSpace(ink: Ink): PdfValue {
  return ink.calibrated ? CALIBRATED : name('DeviceRGB');
}

/** Entries of the resources that `fillColour` needs. */
export function colourResources(ink: Ink): Record<string, PdfValue> {
  return ink.calibrated ? { ColorSpace: dict({ [SPACE]: CALIBRATED }) } : {};
}

/** Operators that set the colour of what is filled. @param colour three operands, 0 to 1. */
export function fillColour(colour: string, ink: Ink): string {
  return ink.calibrated ? `/${SPACE} cs ${colour} sc` : `${colour} rg`;
}
