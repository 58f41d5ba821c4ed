/** `extendFile`: raises the signatures of any kind of file we sign, and tells the level they have. */
import { extendAsic, inspectAsic } from '../asic/index.ts';
import { extendCms } from '../cms/augment/extend.ts';
import { readCms } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { SignatureFacts } from '../facts.ts';
import { type ExtendOptions, SIGNATURE_LEVELS, type SignatureLevel } from '../levels.ts';
import { extendPdf, inspectPdf } from '../pdf/index.ts';
import { sniffFormat, toDer } from '../sniff.ts';
import { extendXml } from '../xml/augment/extend.ts';
import { inspectXml } from '../xml/index.ts';

/** A file with the files its detached signature is over. */
export interface SignedInput {
  readonly bytes: Uint8Array;
  readonly contents?: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Opens an encrypted PDF. */
  readonly password?: string;
  /** A buffer whose front is the file itself, with space behind it: saves copies of a large PDF. */
  readonly room?: Uint8Array;
}

function formatError(): SigningError {
  return new SigningError('FORMAT_UNSUPPORTED', { details: { reason: 'no signature format known' } });
}

/** Facts of every signature of a file of any format. */
export async function inspectFile(input: SignedInput): Promise<readonly SignatureFacts[]> {
  const { bytes, contents = [] } = input;
  switch (sniffFormat(bytes)) {
    case 'PDF':
      return inspectPdf(bytes, {}, input.password);
    case 'XML':
    case 'EDXML':
      return inspectXml(bytes, {}, { contents });
    case 'CMS':
      return readCms(toDer(bytes), contents[0] === undefined ? {} : { content: contents[0].bytes });
    case 'ASIC-E':
    case 'ASIC-S':
      return (await inspectAsic(bytes)).signatures;
    case 'UNKNOWN':
      throw formatError();
  }
}

/** Level in a format's name, e.g. `PAdES-B-LT`; B for signatures that know no levels. */
export function levelOf(facts: Pick<SignatureFacts, 'format'>): SignatureLevel {
  const name = /-B-(B|T|LT|LTA)$/.exec(facts.format)?.[1];
  return (name ?? 'B') as SignatureLevel;
}

/** The lowest level among signatures. */
export function lowestLevel(all: readonly Pick<SignatureFacts, 'format'>[]): SignatureLevel {
  const steps = all.map((facts) => SIGNATURE_LEVELS.indexOf(levelOf(facts)));
  return SIGNATURE_LEVELS[Math.min(SIGNATURE_LEVELS.length - 1, ...steps)] ?? 'B';
}

function extended(input: SignedInput, options: ExtendOptions): Promise<Uint8Array> {
  const { bytes, contents = [] } = input;
  switch (sniffFormat(bytes)) {
    case 'PDF':
      return extendPdf(bytes, {
        ...options,
        ...(input.password === undefined ? {} : { password: input.password }),
        ...(input.room === undefined ? {} : { room: input.room }),
      });
    case 'XML':
    case 'EDXML':
      return extendXml(bytes, { ...options, supplies: { contents } });
    case 'CMS':
      return extendCms(toDer(bytes), {
        ...options,
        ...(contents[0] === undefined ? {} : { content: contents[0].bytes }),
      });
    case 'ASIC-E':
    case 'ASIC-S':
      return extendAsic(bytes, options);
    case 'UNKNOWN':
      return Promise.reject(formatError());
  }
}

/**
 * Raises the signatures of a file to a level, or completes what stayed lower because an authority was down: asking again for
 * a level that is there already changes nothing.
 * @returns the file, and the level that all its signatures have now.
 * @throws SigningError FORMAT_UNSUPPORTED, SIGNING_NOTHING_TO_EXTEND, EVIDENCE_UNAVAILABLE, TSA_UNAVAILABLE, TSA_REFUSED,
 *   TIMESTAMP_INVALID, those of the format (`extendPdf`, `extendXml`, `extendCms`, `extendAsic`)
 */
export async function extendFile(
  input: SignedInput,
  options: ExtendOptions,
): Promise<{ bytes: Uint8Array; level: SignatureLevel }> {
  const bytes = await extended(input, options);
  return { bytes, level: lowestLevel(await inspectFile({ ...input, bytes })) };
}
