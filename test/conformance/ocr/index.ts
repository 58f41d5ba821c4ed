/**
 * The OCR kit through `createOcrService`: one case per image for its text and one for how it stands, one per field that
 * is there or was given, one per bar code, five per page of a dossier, one per hostile input, and the means.
 *
 * Pass lines are stated in `kit-files.ts`: a group's mean error at most 0.6 % (clean), 0.9 % (scan-like) and 1.2 %
 * (hard); one page at most a third more. `LIENTHONG_OCR_ENGINE=native` judges Debian's `tesseract` in place of tesseract.js.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOcrService } from '../../../src/ocr/index.ts';
import type { CaseOutcome, KitRun } from '../kit.ts';
import { runDossiers } from './dossiers.ts';
import { runHostile } from './hostile.ts';
import { runImages } from './images.ts';
import { ENGINE, type KitImage, readJson } from './kit-files.ts';

/** Pages read at the same time, and dossiers ahead of them. */
const JOBS = 2;
const LANES = JOBS + 1;

/** What is told apart in the output, by the names of its cases. */
const PARTS: Readonly<Record<string, RegExp>> = {
  'text of pages': /^text /,
  orientation: /^orientation |^dossier .* orientation$/,
  'fields of documents': /^fields (?!F1|set by hand)/,
  'printed numbers and dates': /^fields (?!set by hand).* (so_ky_hieu|ngay_ban_hanh)$/,
  'bar codes': /^bar code /,
  'dossiers, as dossiers.json says': /^dossier .*(?<!again)$/,
  'determinism, text': /^dossier .* (text|result) read again$/,
  'determinism, PDF byte for byte': /^dossier .* PDF made again$/,
  'hostile inputs': /^hostile (?!:)/,
};

/** One line a part: how many of its cases are met, and the hostile ones with what they took. */
function tellParts(outcomes: readonly CaseOutcome[], run: KitRun): void {
  for (const [part, name] of Object.entries(PARTS)) {
    const own = outcomes.filter((outcome) => name.test(outcome.id));
    const met = own.filter((outcome) => outcome.met).length;
    if (own.length > 0) run.note(`${part}: ${met} of ${own.length}`);
  }
  for (const { id, got } of outcomes) if (/^hostile/.test(id)) run.note(`${id}: ${got}`);
}

/** Judges the kit. */
export async function runOcr(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  const images = readJson<KitImage[]>(dir, 'manifest.json') ?? [];
  const service = createOcrService({ jobs: JOBS, ...ENGINE });
  run.note(service.engine);
  try {
    const first = images.find((image) => image.page === 1);
    const ordinary = first === undefined ? null : readFileSync(join(dir, 'images', first.file));
    const hostile = await runHostile(dir, service, ordinary, run);
    const pages = await runImages(dir, images, service, LANES, run);
    const dossiers = await runDossiers(dir, service, run);
    const all = [...pages, ...dossiers, ...hostile];
    tellParts(all, run);
    return all;
  } finally {
    await service.close();
  }
}
