/** The file with an update behind it, without a second copy of the file where the caller kept room for it. */

/** Room worth keeping behind a file to be signed: certificates, evidence, time-stamps and appearance. */
export const SIGNING_ROOM = 4 * 1024 * 1024;

/**
 * `base` followed by `update`.
 * @param room a buffer that begins with the very octets of `base` and has space behind them: then the update is written
 *   there, and the answer is a view of it.
 */
export function append(base: Uint8Array, update: Uint8Array, room?: Uint8Array): Uint8Array {
  const length = base.length + update.length;
  const fits =
    room !== undefined &&
    room.buffer === base.buffer &&
    room.byteOffset === base.byteOffset &&
    room.length >= length;
  if (fits) {
    room.set(update, base.length);
    return room.subarray(0, length);
  }
  // Every octet is written below, so none has to be cleared before.
  const out = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  out.set(base, 0);
  out.set(update, base.length);
  return out;
}
