/** A row of a paper dossier opened: its papers, its sealed data and what was read so far. */
import type { OcrResult } from '../../ocr/index.ts';
import type { Sealer } from '../access/index.ts';
import type { DossierMetadata, Exchange } from '../exchange/index.ts';
import type { OcrInput } from '../ocr-jobs/index.ts';
import { findOcrJob, listOcrCorrections, type OcrJobRow, type PaperDossierRow } from '../store/index.ts';
import { type PaperField, type PaperReading, readFields } from './fields.ts';
import { type PaperMetadata, wantedFields } from './request.ts';

/** One paper of a dossier. */
export interface Paper {
  readonly name: string;
  readonly componentCode: string | null;
  /** Name of the signed copy, unique in the dossier. */
  readonly file: string;
  readonly input: OcrInput;
  readonly jobId: string | null;
  readonly copy: { readonly sha256: string; readonly size: number } | null;
}

/** What is sealed. */
export interface PaperData {
  readonly metadata: PaperMetadata;
  /** Fixed when the last field was clear: a repeat after a crash hands in the same. */
  readonly dossier?: DossierMetadata;
}

/** Who saw what was read before the dossier had a timeline to write it on. */
export type Readers = Record<string, { role: string; first: number; last: number; times: number }>;

/** States a person or the gateway can still change something in. */
export const OPEN_STATES = ['reading', 'review'] as const;

export function papersOf(row: PaperDossierRow): Paper[] {
  return JSON.parse(row.components) as Paper[];
}

export function sealData(sealer: Sealer, id: string, data: PaperData): string {
  return sealer.seal(JSON.stringify(data), `paper:${id}`);
}

export function openData(sealer: Sealer, row: PaperDossierRow): PaperData {
  return JSON.parse(sealer.open(row.data_sealed, `paper:${row.id}`)) as PaperData;
}

/** The jobs that read the papers, in their order; those not yet made are left out. */
export async function jobsOf(x: Pick<Exchange, 'store'>, row: PaperDossierRow): Promise<OcrJobRow[]> {
  const ids = papersOf(row).flatMap((paper) => paper.jobId ?? []);
  const jobs = await Promise.all(ids.map((id) => findOcrJob(x.store.read, id)));
  return jobs.filter((job) => job !== undefined);
}

/** Readings of all papers; null while one is still being read. */
export async function readingsOf(
  x: Pick<Exchange, 'store' | 'blobs'>,
  row: PaperDossierRow,
): Promise<PaperReading[] | null> {
  const jobs = await jobsOf(x, row);
  if (jobs.length < papersOf(row).length || jobs.some((job) => job.result_sha256 === null)) return null;
  return Promise.all(
    jobs.map(async (job) => ({
      result: JSON.parse((await x.blobs.read(job.result_sha256 as string)).toString('utf8')) as OcrResult,
      corrections: await listOcrCorrections(x.store.read, job.id),
    })),
  );
}

/** The fields as they stand, corrections included; null while a paper is still being read. */
export async function fieldsOf(
  x: Pick<Exchange, 'store' | 'blobs'>,
  sealer: Sealer,
  row: PaperDossierRow,
): Promise<PaperField[] | null> {
  const readings = await readingsOf(x, row);
  if (readings === null) return null;
  const { metadata } = openData(sealer, row);
  const { review, reviewBelow } = metadata;
  return readFields(readings, { wanted: wantedFields(metadata), review, reviewBelow });
}
