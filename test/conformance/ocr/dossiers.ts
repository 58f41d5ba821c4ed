/** The dossiers of the kit: what happens to every page, what is in the searchable PDF, and that it is always the same. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOcrService, type OcrOutput, type OcrPage, type OcrService } from '../../../src/ocr/index.ts';
import { type CaseOutcome, eachCase, type KitRun } from '../kit.ts';
import { ENGINE, percent, readDocument, readJson } from './kit-files.ts';
import { normalize, recall } from './score.ts';

interface DossierPage {
  readonly doc: string;
  readonly page: number;
  readonly profile: string;
  /** `ocr`, `skip`, or `redo (…)`. */
  readonly expect: string;
  /** How far the page stands turned clockwise as it is seen, its `/Rotate` applied. */
  readonly rotate_cw?: number;
}

interface KitDossier {
  readonly file: string;
  readonly pages: readonly DossierPage[];
}

/** Words of the page that must be found letter for letter, in the result and by poppler in the PDF; how well a page is read is judged by the images. */
const RECALL = 0.9;
/** Words poppler may find that were not read: more of them is an old layer left in place. */
const LEFT_OVER = 0.05;

interface Read {
  readonly output: OcrOutput;
  /** Text of every page of the searchable PDF by poppler. */
  readonly layer: readonly string[];
  readonly check: string;
}

function look(pdf: Uint8Array): Pick<Read, 'layer' | 'check'> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-ocr-'));
  try {
    const path = join(folder, 'out.pdf');
    writeFileSync(path, pdf);
    const run = (tool: string, ...args: string[]): string => execFileSync(tool, args, { encoding: 'utf8' });
    const layer = run('pdftotext', path, '-').split('\f');
    return { layer, check: run('qpdf', '--check', path) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isCase(id: string, expected: string, got: string, met = got === expected): CaseOutcome {
  return { id, expected, got, met, why: '' };
}

function atLeast(id: string, got: number): CaseOutcome {
  return isCase(id, `at least ${percent(RECALL)} of the words`, percent(got), got >= RECALL);
}

function judgePage(
  dir: string,
  name: string,
  want: DossierPage,
  page: OcrPage | undefined,
  layer: string,
): CaseOutcome[] {
  const truth = readDocument(dir, want.doc).pages[want.page - 1]?.text ?? '';
  const text = page?.text ?? '';
  const extra = 1 - recall(layer, text);
  return [
    isCase(`${name} way`, want.expect === 'skip' ? 'text-layer' : 'ocr', page?.source ?? 'no such page'),
    isCase(`${name} orientation`, `${want.rotate_cw ?? 0}°`, `${page?.rotation}°`),
    atLeast(`${name} text`, recall(truth, text)),
    atLeast(`${name} words in the PDF`, recall(truth, layer)),
    isCase(
      `${name} no other words in the PDF`,
      `at most ${percent(LEFT_OVER)}`,
      percent(extra),
      extra <= LEFT_OVER,
    ),
  ];
}

function judgeRead(dir: string, dossier: KitDossier, { output, layer, check }: Read): CaseOutcome[] {
  const { file, pages } = dossier;
  const sound = /No syntax or stream encoding errors/.test(check);
  return [
    isCase(`dossier ${file} pages`, String(pages.length), String(output.result.pages.length)),
    isCase(`dossier ${file} structure`, 'sound for qpdf', sound ? 'sound for qpdf' : check.slice(0, 200)),
    ...pages.flatMap((want, index) =>
      judgePage(
        dir,
        `dossier ${file} page ${index + 1}`,
        want,
        output.result.pages[index],
        layer[index] ?? '',
      ),
    ),
  ];
}

async function judgeDossier(
  dir: string,
  dossier: KitDossier,
  service: OcrService,
): Promise<{ outcomes: CaseOutcome[]; output: OcrOutput | null }> {
  const bytes = readFileSync(join(dir, 'dossiers', dossier.file));
  try {
    const output = await service.recognize([{ name: dossier.file, bytes }]);
    return { outcomes: judgeRead(dir, dossier, { output, ...look(output.pdf) }), output };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const failed = (id: string): CaseOutcome => ({ id, expected: 'text', got: 'error', met: false, why });
    const names = dossier.pages.map((_, index) => `dossier ${dossier.file} page ${index + 1}`);
    return { outcomes: [failed(`dossier ${dossier.file}`), ...names.map(failed)], output: null };
  }
}

/** The dossier once more, by another service with one worker and under another name: text and PDF must be the same. */
async function judgeSameness(dir: string, file: string, first: OcrOutput): Promise<CaseOutcome[]> {
  const other = createOcrService({ jobs: 1, ...ENGINE });
  try {
    const bytes = readFileSync(join(dir, 'dossiers', file));
    const again = await other.recognize([{ name: `again-${file}`, bytes }]);
    const samePdf = Buffer.compare(first.pdf, again.pdf) === 0;
    const sameResult = JSON.stringify(first.result) === JSON.stringify(again.result);
    const word = (same: boolean): string => (same ? 'same' : 'different');
    return [
      isCase(
        `dossier ${file} text read again`,
        'same',
        word(normalize(first.text) === normalize(again.text)),
      ),
      isCase(`dossier ${file} result read again`, 'same', word(sameResult)),
      isCase(`dossier ${file} PDF made again`, 'same', word(samePdf)),
    ];
  } finally {
    await other.close();
  }
}

/** Dossiers of up to this many pages are read twice. */
const SAMENESS_PAGES = 5;

/** Judges every dossier of the kit. */
export async function runDossiers(dir: string, service: OcrService, run: KitRun): Promise<CaseOutcome[]> {
  const dossiers = readJson<KitDossier[]>(dir, 'dossiers', 'dossiers.json') ?? [];
  const all: CaseOutcome[] = [];
  await eachCase(dossiers, run, async (dossier) => {
    const { outcomes, output } = await judgeDossier(dir, dossier, service);
    all.push(...outcomes);
    if (output !== null && dossier.pages.length <= SAMENESS_PAGES)
      all.push(...(await judgeSameness(dir, dossier.file, output)));
    return outcomes[0] as CaseOutcome;
  });
  return all;
}
