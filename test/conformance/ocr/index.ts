/**
 * The OCR kit through `createOcrService`: one case per image for its text and one for how it stands, one per field that
 * is there or was given, one per bar code, five per page of a dossier, one per hostile input, and the means.
 *
 * Pass lines are stated in `kit-files.ts`: a group's mean error at most 0.6 % (clean), 0.9 % (scan-like) and 1.2 %
 * (hard); one page at most a third more.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOcrService } from '../../../src/ocr/index.ts';
import type { CaseOutcome, KitRun } from '../kit.ts';
import { runDossiers } from './dossiers.ts';
import { runHostile } from './hostile.ts';
import { runImages } from './images.ts';
import { type KitImage, readJson } from './kit-files.ts';

/** Pages read at the same time, and dossiers ahead of them. */
const JOBS = 2;
const LANES = JOBS + 1;

/** Judges the kit. */
export async function runOcr(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  const images = readJson<KitImage[]>(dir, 'manifest.json') ?? [];
  const service = createOcrService({ jobs: JOBS });
  try {
    const first = images.find((image) => image.page === 1);
    const ordinary = first === undefined ? null : readFileSync(join(dir, 'images', first.file));
    const hostile = await runHostile(dir, service, ordinary, run);
    const pages = await runImages(dir, images, service, LANES, run);
    const dossiers = await runDossiers(dir, service, run);
    return [...pages, ...dossiers, ...hostile];
  } finally {
    await service.close();
  }
}
