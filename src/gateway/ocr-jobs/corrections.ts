/** What people change of a reading: kept one by one with who and when; the reading itself is never overwritten. */
import type { OcrField, OcrFields, OcrResult } from '../../ocr/index.ts';
import type { Exchange } from '../exchange/index.ts';
import { addOcrCorrection, findOcrPage, type OcrCorrectionRow, type OcrJobRow } from '../store/index.ts';
import { ofPage, unpack } from './pages.ts';

/** One change: of a field by its name, or of word `word` (0-based) of page `page`. */
export interface Correction {
  readonly field?: string | undefined;
  readonly page?: number | undefined;
  readonly word?: number | undefined;
  /** The new text; empty takes the word out, or says the field is not on the paper. Items of a list by line. */
  readonly value: string;
}

const LISTS = new Set<string>(['recipients', 'addressees']);

function asText(field: OcrField<string | string[]> | null | undefined): string | null {
  if (!field) return null;
  return Array.isArray(field.value) ? field.value.join('\n') : field.value;
}

/** Fields as people left them: a value they gave is certain, and keeps its place on the page when it had one. */
export function correctFields(fields: OcrFields, corrections: readonly OcrCorrectionRow[]): OcrFields {
  const out: Record<string, OcrField<string | string[]> | null> = { ...fields };
  for (const { field, value } of corrections) {
    if (field === null || !Object.hasOwn(out, field)) continue;
    const was = out[field] ?? null;
    const given = LISTS.has(field) ? value.split('\n').map((item) => item.trim()) : value;
    out[field] =
      value === ''
        ? null
        : { page: was?.page ?? 1, box: was?.box ?? [0, 0, 0, 0], value: given, confidence: 1 };
  }
  return out as unknown as OcrFields;
}

/** What word `word` of page `page` says now, with what was changed before. */
async function wordNow(
  x: Pick<Exchange, 'store'>,
  job: OcrJobRow,
  change: Correction,
  before: readonly OcrCorrectionRow[],
): Promise<string | null> {
  const page = change.page ?? 0;
  const changed = ofPage(before, page).findLast((c) => c.word === change.word);
  if (changed) return changed.value;
  const row = await findOcrPage(x.store.read, job.id, page);
  if (row === undefined) return null;
  const words = unpack(row).reading.lines.flatMap((line) => line.words);
  return words[change.word ?? -1]?.text ?? null;
}

/**
 * Keeps one correction.
 * @returns its number; `null` when there is no such field or word
 */
export async function keepCorrection(
  x: Pick<Exchange, 'store' | 'now'>,
  job: OcrJobRow,
  result: OcrResult,
  before: readonly OcrCorrectionRow[],
  actor: string,
  change: Correction,
): Promise<number | null> {
  const { field = null, page = null, word = null } = change;
  const value = change.value.normalize('NFC').trim();
  let was: string | null;
  if (field !== null) {
    if (!Object.hasOwn(result.fields, field)) return null;
    const now = correctFields(result.fields, before) as unknown as Record<
      string,
      OcrField<string | string[]>
    >;
    was = asText(now[field]);
  } else {
    was = await wordNow(x, job, change, before);
    if (was === null) return null;
  }
  return x.store.write((tx) =>
    addOcrCorrection(tx, { job_id: job.id, at: x.now(), actor, field, page, word, was, value }),
  );
}
