import type { Box } from '../types.ts';

/** How a point of the prepared image finds its place on the upright page. */
export interface PageTransform {
  /** Upright page in pixels of the input. */
  width: number;
  height: number;
  /** Working pixels per input pixel. */
  scale: number;
  /** Slant that was undone; positive rises to the right. */
  skewDegrees: number;
  /** Size of the prepared image. */
  preparedWidth: number;
  preparedHeight: number;
}

/** Maps a box of the prepared image to the smallest upright box around it on the page, clipped to the page. */
export function toPageBox(t: PageTransform, x0: number, y0: number, x1: number, y1: number): Box {
  const angle = (t.skewDegrees * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const xs: number[] = [];
  const ys: number[] = [];
  for (const [x, y] of [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ] as const) {
    const dx = x - t.preparedWidth / 2;
    const dy = y - t.preparedHeight / 2;
    xs.push((dx * cos + dy * sin) / t.scale + t.width / 2);
    ys.push((-dx * sin + dy * cos) / t.scale + t.height / 2);
  }
  const clip = (value: number, limit: number): number => Math.round(Math.min(limit, Math.max(0, value)));
  return [
    clip(Math.min(...xs), t.width),
    clip(Math.min(...ys), t.height),
    clip(Math.max(...xs), t.width),
    clip(Math.max(...ys), t.height),
  ];
}

/** Smallest box around boxes. */
export function unionBox(boxes: readonly Box[]): Box {
  return [
    Math.min(...boxes.map((b) => b[0])),
    Math.min(...boxes.map((b) => b[1])),
    Math.max(...boxes.map((b) => b[2])),
    Math.max(...boxes.map((b) => b[3])),
  ];
}
