/** Takes a paper dossier one step on: read, look at the fields, sign the copies, hand the dossier in. Each step is durable. */
import type { Sealer } from '../access/index.ts';
import { appendEvents, type NewEvent } from '../evidence/index.ts';
import { acceptDossier, type Exchange, ExchangeError, type Submitter } from '../exchange/index.ts';
import { lineageOf, type OcrJobs } from '../ocr-jobs/index.ts';
import { reasonOf } from '../signatures/index.ts';
import { listOcrCorrections, movePaperDossier, type PaperDossierRow } from '../store/index.ts';
import type { KeyRing } from '../workers/index.ts';
import { fieldsOf, jobsOf, openData, type Paper, papersOf, type Readers, sealData } from './record.ts';
import { filledIn, type PrefilledField } from './request.ts';

/** What the steps work with. */
export interface PaperParts {
  readonly x: Exchange;
  readonly sealer: Sealer;
  readonly ocrJobs: Pick<OcrJobs, 'submit'>;
  readonly keyRing: Pick<KeyRing, 'sign'>;
}

/** Tries of a step that meets a passing fault (a token unplugged, a revocation list out of reach), before a person is asked. */
const MAX_ATTEMPTS = 8;
/** First pause between tries, ms; each next is twice as long. */
const FIRST_PAUSE_MS = 2_000;

/** One step. @returns whether something changed, so that the next step may follow at once. */
export async function advance(parts: PaperParts, row: PaperDossierRow): Promise<boolean> {
  try {
    if (row.state === 'reading') return await read(parts, row);
    if (row.state === 'signing') return await signAndSend(parts, row);
    return false;
  } catch (cause) {
    return await putOff(parts, row, cause);
  }
}

/** Has every paper read; when all are, decides whether a person has to look. */
async function read(parts: PaperParts, row: PaperDossierRow): Promise<boolean> {
  const { x } = parts;
  const papers = papersOf(row);
  const missing = papers.findIndex((paper) => paper.jobId === null);
  if (missing >= 0) {
    const made = await Promise.all(
      papers.map(async (paper, index) => {
        if (paper.jobId !== null) return paper;
        // The key makes it one job however often this is tried; taken up anew, it is another.
        const key = `${row.id}-${index}-${row.updated_at}`;
        const { job } = await parts.ocrJobs.submit(row.agency, [paper.input], key);
        return { ...paper, jobId: job.id };
      }),
    );
    return move(x, row, { components: JSON.stringify(made) });
  }
  const jobs = await jobsOf(x, row);
  const failed = jobs.find((job) => job.state === 'failed' || job.state === 'cancelled');
  if (failed !== undefined) {
    const name = papers.find((paper) => paper.jobId === failed.id)?.input.name ?? '';
    return move(x, row, {
      state: 'failed',
      reason_code: failed.reason_code,
      reason: `${name}: ${failed.reason ?? ''}`,
    });
  }
  const [pages, done] = [sum(jobs.map((job) => job.pages)), sum(jobs.map((job) => job.pages_done))];
  const fields = jobs.every((job) => job.state === 'done') ? await fieldsOf(x, parts.sealer, row) : null;
  if (fields === null) {
    if (pages !== row.pages || done !== row.pages_done) await move(x, row, { pages, pages_done: done });
    return false;
  }
  const open = fields.filter((field) => field.flag !== null).length;
  if (open > 0) return move(x, row, { state: 'review', pages, pages_done: done, open_fields: open });
  const values: Partial<Record<PrefilledField, string>> = Object.fromEntries(
    fields.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])),
  );
  const { metadata } = openData(parts.sealer, row);
  const dossier = filledIn(row.agency, metadata, values, papers);
  return move(x, row, {
    state: 'signing',
    pages,
    pages_done: done,
    open_fields: 0,
    attempts: 0,
    data_sealed: sealData(parts.sealer, row.id, { metadata, dossier }),
  });
}

/** Signs each searchable PDF as a copy, then hands the dossier in; a copy signed before is not signed again. */
async function signAndSend(parts: PaperParts, row: PaperDossierRow): Promise<boolean> {
  const { x } = parts;
  const { metadata, dossier } = openData(parts.sealer, row);
  if (dossier === undefined) throw new TypeError('a dossier to be signed without its contents');
  const jobs = await jobsOf(x, row);
  const papers: Paper[] = [];
  for (const [index, paper] of papersOf(row).entries()) {
    const job = jobs[index];
    if (paper.copy !== null || job?.pdf_sha256 == null) {
      papers.push(paper);
      continue;
    }
    const pdf = await x.blobs.read(job.pdf_sha256);
    const signed = await parts.keyRing.sign(row.agency, { key: metadata.key, profile: 'copy' }, pdf, {
      documentCode: '',
      signerName: undefined,
    });
    const { sha256, size } = await x.blobs.put(signed.pdf);
    papers.push({ ...paper, copy: { sha256, size } });
  }
  const components = JSON.stringify(papers);
  if (components !== row.components && !(await move(x, row, { components }))) return false;
  const files = papers.flatMap(({ file, copy }) =>
    copy === null ? [] : [{ name: file, contentType: 'application/pdf', ...copy }],
  );
  const key = { scope: `${row.agency}:paper-dossiers`, key: row.id };
  const accepted = await acceptDossier(x, dossier, files, submitterFor(row.agency), key);
  await x.store.write(async (tx) => {
    const change = { state: 'done', code: accepted.code, reason_code: null, reason: null, faults: null };
    if (!(await movePaperDossier(tx, row.id, ['signing'], { ...change, updated_at: x.now() }))) return;
    const events = await eventsOf(parts, row, papers);
    await appendEvents(tx, accepted.packageId, events, x.now());
  });
  return true;
}

/** The agency's counter as the one who hands in. */
export function submitterFor(agency: string): Submitter {
  return { origin: 'paper', actor: agency, maySendFor: (code) => code === agency };
}

/** What the timeline tells: how each paper became its copy, and who saw what was read before there was a timeline. */
async function eventsOf(
  parts: PaperParts,
  row: PaperDossierRow,
  papers: readonly Paper[],
): Promise<NewEvent[]> {
  const { x } = parts;
  const jobs = await jobsOf(x, row);
  const copies = await Promise.all(
    jobs.map(async (job, index) => {
      const corrections = await listOcrCorrections(x.store.read, job.id);
      const { derivedFrom, engine } = lineageOf(job, corrections);
      const seenBy = [...new Set(corrections.map((change) => change.actor))];
      // Values stay out of the log: they are the applicant's.
      const changed = corrections.map(({ field, page, actor }) => ({ field, page, by: actor }));
      return {
        name: papers[index]?.file,
        scan: derivedFrom,
        engine,
        pages: job.pages,
        copy: papers[index]?.copy?.sha256,
        seenBy,
        changed,
      };
    }),
  );
  const readers = Object.entries(JSON.parse(row.readers) as Readers).map(
    ([token, { role, first, last, times }]): NewEvent => ({
      type: 'personal-data-read',
      actor: row.agency,
      data: {
        token,
        role,
        purpose: 'paper-dossier',
        first: new Date(first).toISOString(),
        last: new Date(last).toISOString(),
        times,
      },
    }),
  );
  return [
    { type: 'ocr-done', actor: row.agency, data: { paperDossier: row.id, papers: copies } },
    ...readers,
  ];
}

/** A fault with a name waits for a person at once; anything else is tried again, later and later. */
async function putOff(parts: PaperParts, row: PaperDossierRow, cause: unknown): Promise<boolean> {
  const { x } = parts;
  const reason = reasonOf(cause);
  if (cause instanceof ExchangeError) {
    const faults = cause.faults.length === 0 ? null : JSON.stringify(cause.faults);
    x.log.warn({ paperId: row.id, code: cause.code }, 'a paper dossier was refused');
    return move(x, row, { state: 'refused', reason_code: cause.code, reason: cause.vi, faults });
  }
  const attempts = row.attempts + 1;
  x.log.warn({ err: cause, paperId: row.id, attempts }, 'a paper dossier could not go on; tried again');
  const why = {
    reason_code: reason?.code ?? 'INTERNAL',
    reason: reason?.text ?? 'Lỗi bên trong; đang thử lại.',
  };
  if (attempts >= MAX_ATTEMPTS) return move(x, row, { state: 'failed', attempts, ...why });
  await move(x, row, { attempts, next_at: x.now() + FIRST_PAUSE_MS * 2 ** (attempts - 1), ...why });
  return false;
}

async function move(x: Exchange, row: PaperDossierRow, change: Partial<PaperDossierRow>): Promise<boolean> {
  return x.store.write((tx) => movePaperDossier(tx, row.id, [row.state], { ...change, updated_at: x.now() }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
