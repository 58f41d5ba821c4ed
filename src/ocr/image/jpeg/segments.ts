/** The segments before the coded blocks of a JPEG (ITU-T T.81 Annex B). */

/** Frames, tables, and where the scan begins. */
export const MARKER = {
  sof0: 0xc0,
  sof1: 0xc1,
  sof2: 0xc2,
  dht: 0xc4,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  app14: 0xee,
} as const;

/** One segment. */
export interface JpegSegment {
  marker: number;
  /** What stands behind its length; shorter where the file is cut off. */
  body: Uint8Array;
  /** Where it ends: behind `sos` the coded blocks begin. */
  end: number;
}

/** A number of two bytes. */
export const numberAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** All segments up to the first scan, that one included; fewer where something else stands in the place of a marker. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    // Bytes that fill up before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + numberAt(bytes, at + 2);
    yield { marker, body: bytes.subarray(at + 4, end), end };
    if (marker === MARKER.sos) return;
    at = end;
  }
}
