/** Pages as people see them: upright, cropped, origin at the lower left of what is shown. */
import type { PdfPage } from '../pdf/syntax/pages.ts';

/** x, y, width, height in points on the page as shown. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** Points of one millimetre. */
export const MM = 72 / 25.4;

/** Size of the page as shown, in points. */
export function shownSize(page: PdfPage): { width: number; height: number } {
  const [x0, y0, x1, y1] = page.box;
  const [width, height] = [x1 - x0, y1 - y0];
  return page.rotate % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** A point of the shown page in default user space. */
export function toUserSpace(page: PdfPage, x: number, y: number): readonly [number, number] {
  const [x0, y0, x1, y1] = page.box;
  if (page.rotate === 90) return [x1 - y, y0 + x];
  if (page.rotate === 180) return [x1 - x, y1 - y];
  if (page.rotate === 270) return [x0 + y, y1 - x];
  return [x0 + x, y0 + y];
}

/** A point of default user space on the shown page. */
export function toShown(page: PdfPage, x: number, y: number): readonly [number, number] {
  const [x0, y0, x1, y1] = page.box;
  if (page.rotate === 90) return [y - y0, x1 - x];
  if (page.rotate === 180) return [x1 - x, y1 - y];
  if (page.rotate === 270) return [y1 - y, x - x0];
  return [x - x0, y - y0];
}

/** The annotation /Rect of a shown box. */
export function userRect(page: PdfPage, box: Box): readonly [number, number, number, number] {
  const [ax, ay] = toUserSpace(page, box[0], box[1]);
  const [bx, by] = toUserSpace(page, box[0] + box[2], box[1] + box[3]);
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
}

/** A /Rect as a box on the shown page. */
export function shownBox(page: PdfPage, rect: readonly [number, number, number, number]): Box {
  const [ax, ay] = toShown(page, rect[0], rect[1]);
  const [bx, by] = toShown(page, rect[2], rect[3]);
  return [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];
}

/** The form /Matrix that keeps an appearance upright on a turned page (ISO 32000-2 §12.5.5, algorithm 8). */
export function uprightMatrix(page: PdfPage): readonly [number, number, number, number, number, number] {
  if (page.rotate === 90) return [0, 1, -1, 0, 0, 0];
  if (page.rotate === 180) return [-1, 0, 0, -1, 0, 0];
  if (page.rotate === 270) return [0, -1, 1, 0, 0, 0];
  return [1, 0, 0, 1, 0, 0];
}

/** Keeps a box on the page, moving it as little as possible. */
export function within(page: PdfPage, box: Box): Box {
  const { width, height } = shownSize(page);
  const clamp = (value: number, room: number): number => Math.max(0, Math.min(value, Math.max(0, room)));
  return [
    clamp(box[0], width - box[2]),
    clamp(box[1], height - box[3]),
    Math.min(box[2], width),
    Math.min(box[3], height),
  ];
}
