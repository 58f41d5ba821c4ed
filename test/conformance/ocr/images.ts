/** The single images of the kit: text, orientation, fields and bar codes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OcrOutput, OcrPage, OcrService } from '../../../src/ocr/index.ts';
import type { CaseOutcome, KitRun } from '../kit.ts';
import { judgeF1, judgeFields, noCounts, unjudged } from './fields.ts';
import {
  GROUPS,
  type Group,
  groupOf,
  type KitImage,
  MEAN_ALL,
  MEAN_CER,
  PAGE_CER,
  percent,
  REVIEW,
  readDocument,
} from './kit-files.ts';
import { add, NOTHING, type PlacedWord, type Score, scorePage, wrongWords } from './score.ts';

/** Images that are read together as one document: a first page with a second one where there is one. */
type Dossier = readonly KitImage[];

/** Gives every first page the second page most like it; a second page left over is read alone. */
export function pairPages(images: readonly KitImage[]): Dossier[] {
  const rest = images.filter((image) => image.page !== 1);
  const take = (wanted: (image: KitImage) => boolean): KitImage[] => {
    const at = rest.findIndex(wanted);
    return at < 0 ? [] : rest.splice(at, 1);
  };
  const dossiers = images
    .filter((image) => image.page === 1)
    .map((first) => {
      const follows = (image: KitImage): boolean => image.doc === first.doc && image.page === 2;
      const alike = (image: KitImage): boolean => groupOf(image.profile) === groupOf(first.profile);
      let second = take((image) => follows(image) && image.profile === first.profile);
      if (second.length === 0) second = take((image) => follows(image) && alike(image));
      return { first, follows, second };
    });
  const paired = dossiers.map(({ first, follows, second }) => [
    first,
    ...(second.length > 0 ? second : take(follows)),
  ]);
  return [...paired, ...rest.map((image) => [image])];
}

/** Box on the upright page to box on the image as it was handed in. */
function handedIn(page: OcrPage): PlacedWord[] {
  const { width: w, height: h } = page;
  return page.words.map(({ text, box: [x0, y0, x1, y1] }) => {
    if (page.rotation === 90) return { text, box: [h - y1, x0, h - y0, x1] };
    if (page.rotation === 180) return { text, box: [w - x1, h - y1, w - x0, h - y0] };
    return page.rotation === 270 ? { text, box: [y0, w - x1, y1, w - x0] } : { text, box: [x0, y0, x1, y1] };
  });
}

function cer(score: Score): number {
  return score.edits / Math.max(1, score.characters);
}

function atMost(id: string, got: number, limit: number, why = ''): CaseOutcome {
  return { id, expected: `at most ${percent(limit)}`, got: percent(got), met: got <= limit, why };
}

function judgeOrientation(image: KitImage, page: OcrPage): CaseOutcome {
  return {
    id: `orientation ${image.file}`,
    expected: `${image.rotate_cw}°`,
    got: `${page.rotation}°`,
    met: page.rotation === image.rotate_cw,
    why: '',
  };
}

/** The kit writes `Code128` and `QRCode`, the contract `CODE_128` and `QR_CODE`. */
function formatKey(format: string): string {
  return format.replace(/[_\s-]/g, '').toUpperCase();
}

function judgeBarcodes(dir: string, image: KitImage, output: OcrOutput): CaseOutcome[] {
  const wanted = readDocument(dir, image.doc).fields.ma_vach ?? [];
  const read = output.result.barcodes;
  const cases = wanted.map(({ format, text }) => {
    const met = read.some((code) => code.text === text && formatKey(code.format) === formatKey(format));
    const got = read.map((code) => `${code.format} ${code.text}`).join(', ');
    return { id: `bar code ${image.file} ${format}`, expected: text, got, met, why: '' };
  });
  const invented = read.filter((code) => !wanted.some((item) => item.text === code.text));
  return invented.length === 0
    ? cases
    : [
        ...cases,
        {
          id: `bar code ${image.file}`,
          expected: 'no other',
          got: invented[0]?.text ?? '',
          met: false,
          why: '',
        },
      ];
}

interface Tally {
  readonly groups: Record<Group, Score>;
  readonly counts: ReturnType<typeof noCounts>;
  /** Every word read: what the product says of it, and whether it is wrong. */
  readonly words: { readonly confidence: number; readonly wrong: boolean }[];
}

/** Adds a page to the means; one that could not be read counts as empty. */
function tallyText(dir: string, image: KitImage, page: OcrPage | null, tally: Tally): Score {
  const truth = readDocument(dir, image.doc).pages[image.page - 1];
  if (truth === undefined) throw new Error(`the kit has no page ${image.page} of ${image.doc}`);
  const placed = page === null ? [] : handedIn(page);
  const score = scorePage(truth.lines, placed, page?.text ?? '', image.mm_to_px);
  const group = groupOf(image.profile);
  tally.groups[group] = add(tally.groups[group], score);
  const wrong = wrongWords(truth.lines, placed, image.mm_to_px);
  const words = page?.words ?? [];
  tally.words.push(...words.map(({ confidence }, at) => ({ confidence, wrong: wrong[at] === true })));
  return score;
}

function judgePage(dir: string, image: KitImage, page: OcrPage, tally: Tally): CaseOutcome[] {
  const score = tallyText(dir, image, page, tally);
  return [
    atMost(
      `text ${image.file}`,
      cer(score),
      PAGE_CER[groupOf(image.profile)],
      `${score.edits} of ${score.characters}`,
    ),
    judgeOrientation(image, page),
  ];
}

async function judgeDossier(
  dir: string,
  dossier: Dossier,
  service: OcrService,
  tally: Tally,
): Promise<CaseOutcome[]> {
  const files = dossier.map(({ file }) => ({ name: file, bytes: readFileSync(join(dir, 'images', file)) }));
  let output: OcrOutput;
  try {
    output = await service.recognize(files);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return dossier.map(({ file }) => ({
      id: `text ${file}`,
      expected: 'text',
      got: 'error',
      met: false,
      why,
    }));
  }
  const pages = dossier.flatMap((image, index) => {
    const page = output.result.pages.find(({ number }) => number === index + 1);
    if (page !== undefined) return judgePage(dir, image, page, tally);
    const why = JSON.stringify(output.result.problems);
    tallyText(dir, image, null, tally);
    return { id: `text ${image.file}`, expected: 'text', got: 'no such page', met: false, why };
  });
  const [first] = dossier;
  if (first === undefined || first.page !== 1) return pages;
  const document = readDocument(dir, first.doc);
  return [
    ...pages,
    ...judgeFields(first.file, groupOf(first.profile), document, output.result.fields, tally.counts),
    ...judgeBarcodes(dir, first, output),
  ];
}

function judgeMeans({ groups }: Tally, run: KitRun): CaseOutcome[] {
  const perGroup = GROUPS.filter((group) => groups[group].characters > 0).map((group) =>
    atMost(`mean error of ${group} pages`, cer(groups[group]), MEAN_CER[group]),
  );
  const all = GROUPS.map((group) => groups[group]).reduce(add, NOTHING);
  if (all.characters === 0) return perGroup;
  const share = (edits: number): number => edits / all.characters;
  const means = GROUPS.map((group) => `${group} ${percent(cer(groups[group]))}`).join(', ');
  const wer = all.wordEdits / Math.max(1, all.words);
  run.note(
    `mean character error ${percent(share(all.edits))} (${means}), with spurious text ${percent(share(all.edits + all.spurious))}, words ${percent(wer)}, document order ${percent(share(all.orderEdits))}`,
  );
  return [
    ...perGroup,
    atMost('mean error of all pages', share(all.edits), MEAN_ALL.cer),
    atMost('mean error with spurious text', share(all.edits + all.spurious), MEAN_ALL.withSpurious),
    atMost('mean word error', wer, MEAN_ALL.wer),
    atMost('mean error in document order', share(all.orderEdits), MEAN_ALL.order),
  ];
}

/** How many of the wrong words are among the least sure five in a hundred. */
function judgeReview({ words }: Tally, run: KitRun): CaseOutcome[] {
  const wrong = words.filter((word) => word.wrong).length;
  if (wrong === 0) return [];
  const sorted = [...words].sort((a, b) => a.confidence - b.confidence);
  const share = (some: readonly Tally['words'][number][]): number =>
    some.filter((word) => word.wrong).length / wrong;
  const caught = share(sorted.slice(0, Math.floor(REVIEW.flagged * words.length)));
  const marked = words.filter((word) => word.confidence < 0.9);
  run.note(
    `wrong words caught: ${percent(caught)} of ${wrong} with ${percent(REVIEW.flagged)} flagged; under 0.9, where the review page marks: ${percent(share(marked))} with ${percent(marked.length / words.length)}`,
  );
  const expected = `at least ${percent(REVIEW.caught)}`;
  const met = caught >= REVIEW.caught;
  return [{ id: 'wrong words caught', expected, got: percent(caught), met, why: '' }];
}

/** Judges every image; `lanes` dossiers are read at the same time. */
export async function runImages(
  dir: string,
  images: readonly KitImage[],
  service: OcrService,
  lanes: number,
  run: KitRun,
): Promise<CaseOutcome[]> {
  const dossiers = pairPages(images);
  const groups = { clean: NOTHING, scan: NOTHING, hard: NOTHING };
  const tally: Tally = { groups, counts: noCounts(), words: [] };
  const outcomes: CaseOutcome[][] = [];
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (next < dossiers.length) {
      const at = next++;
      const dossier = dossiers[at] as Dossier;
      outcomes[at] = await judgeDossier(dir, dossier, service, tally);
      done += dossier.length;
      run.progress(done, images.length);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const left = new Set(images.flatMap((image) => unjudged(readDocument(dir, image.doc))));
  if (left.size > 0) run.note(`no field of the product for, so not judged: ${[...left].sort().join(', ')}`);
  return [
    ...outcomes.flat(),
    ...judgeMeans(tally, run),
    ...judgeF1(tally.counts, run),
    ...judgeReview(tally, run),
  ];
}
