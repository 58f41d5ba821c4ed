/** Raising in steps: what one authority does not give now leaves the level below, and the reason. */
import { SigningError } from '../errors.ts';
import { type ExtendOptions, reaches, SIGNATURE_LEVELS, type SignatureLevel } from '../levels.ts';
import { extendFile, type SignedInput } from './extend-file.ts';

/** Faults that pass by themselves: an authority is down, busy, or lies today. */
const PASSING: ReadonlySet<string> = new Set([
  'TSA_UNAVAILABLE',
  'TSA_REFUSED',
  'TIMESTAMP_INVALID',
  'EVIDENCE_UNAVAILABLE',
]);

/** Whether asking again later may help. */
export function isPassingFault(error: unknown): error is SigningError {
  return error instanceof SigningError && PASSING.has(error.code);
}

/** As `extendFile`, and the level that is there already. */
export interface RaiseOptions extends ExtendOptions {
  /** Default B. */
  readonly from?: SignatureLevel;
}

/**
 * Raises the signatures of a file level by level, as far as authorities allow.
 * @returns the file as far as it came; `fault` says why no further, null when `level` is reached.
 * @throws SigningError as `extendFile` where waiting would not help
 */
export async function raiseFile(
  input: SignedInput,
  options: RaiseOptions,
): Promise<{ bytes: Uint8Array; fault: SigningError | null }> {
  const { from = 'B', ...wishes } = options;
  let { bytes } = input;
  for (const level of SIGNATURE_LEVELS) {
    if (level === 'B' || reaches(from, level) || !reaches(options.level, level)) continue;
    try {
      ({ bytes } = await extendFile({ ...input, bytes }, { ...wishes, level }));
    } catch (error) {
      if (!isPassingFault(error)) throw error;
      return { bytes, fault: error };
    }
  }
  return { bytes, fault: null };
}
