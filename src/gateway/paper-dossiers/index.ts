/** Dossiers handed in on paper: scans in one call, a dossier with its code out, people asked only where reading was in doubt. */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Principal } from '../access/index.ts';
import { assertDossierValid, ExchangeError, every, idempotencyConflict } from '../exchange/index.ts';
import { keepCorrection, type OcrInput, type OcrJobs } from '../ocr-jobs/index.ts';
import {
  findAnswer,
  findDuePaperDossiers,
  findPaperDossier,
  insertPaperDossier,
  movePaperDossier,
  newId,
  type PaperDossierRow,
  type Queries,
  rememberAnswer,
} from '../store/index.ts';
import { advance, type PaperParts, submitterFor } from './advance.ts';
import {
  fieldsOf,
  jobsOf,
  OPEN_STATES,
  openData,
  type Paper,
  papersOf,
  type Readers,
  readingsOf,
  sealData,
} from './record.ts';
import { filledIn, type PaperMetadata, type PrefilledField, wantedFields } from './request.ts';

export type { Flag, PaperField } from './fields.ts';
export { fieldsOf, type Paper, papersOf } from './record.ts';
export { MOST_PAPERS, type PaperMetadata, PREFILLED, type PrefilledField, paperMetadata } from './request.ts';

/** A scan as it was uploaded. */
export type Scan = OcrInput;

export interface PaperDossiers {
  /** Keeps a paper dossier; under an Idempotency-Key used before, the one made then. @throws ExchangeError KEY_UNKNOWN, PACKAGE_INVALID, IDEMPOTENCY_CONFLICT */
  submit(
    holder: Principal,
    metadata: PaperMetadata,
    scans: readonly Scan[],
    idempotency?: { scope: string; key: string },
  ): Promise<{ row: PaperDossierRow; repeated: boolean }>;
  /** What a person says of the fields, each kept with who and when; empty: it is not on the papers. @returns names the request does not want */
  confirm(
    holder: Principal,
    row: PaperDossierRow,
    values: Readonly<Record<string, string>>,
  ): Promise<readonly string[]>;
  /** Takes up one that was refused or gave up. @returns false when there is nothing to take up */
  retry(row: PaperDossierRow): Promise<boolean>;
  cancel(row: PaperDossierRow): Promise<boolean>;
  /** Writes down that somebody was shown what was read. */
  noteReader(holder: Principal, row: PaperDossierRow): Promise<void>;
  watch(row: PaperDossierRow, listener: () => void): () => void;
  stop(): Promise<void>;
}

/** Looked after this often even when nothing wakes us: another process may have read a page. */
const LOOK_MS = 1_000;
const BATCH = 20;
/** Showings this close together are one reading. */
const SAME_READING_MS = 60_000;

function fault(path: string, vi: string, en: string): ExchangeError {
  return new ExchangeError('PACKAGE_INVALID', { vi, en }, { faults: [{ code: `N.${path}`, path, vi, en }] });
}

/** Each scan with the paper it is; a scan nobody names would be lost. */
function papersFrom(metadata: PaperMetadata, scans: readonly Scan[]): Paper[] {
  const named =
    metadata.components ?? scans.map(({ name }) => ({ name, file: name, componentCode: undefined }));
  const papers = named.map(({ name, componentCode, file }, index): Paper => {
    const input = scans.find((scan) => scan.name === file);
    if (input === undefined)
      throw fault('components', `Thiếu bản quét "${file}".`, `The scan "${file}" is missing.`);
    const plain = file.replace(/\.[^.]*$/, '') || 'ban-quet';
    const copy = `${String(index + 1).padStart(2, '0')}-${plain}.pdf`;
    return { name, componentCode: componentCode ?? null, file: copy, input, jobId: null, copy: null };
  });
  const forgotten = scans.find((scan) => !papers.some((paper) => paper.input.name === scan.name));
  if (forgotten !== undefined)
    throw fault(
      'components',
      `Bản quét "${forgotten.name}" không thuộc giấy tờ nào trong components.`,
      `The scan "${forgotten.name}" belongs to no paper of components.`,
    );
  return papers;
}

/** Starts the loop. */
export function startPaperDossiers(
  parts: PaperParts & {
    readonly ocrJobs: OcrJobs;
    readonly keyRing: { check(agency: string, requests: readonly { key: string; profile: 'copy' }[]): void };
  },
): PaperDossiers {
  const { x, sealer } = parts;
  const events = new EventEmitter().setMaxListeners(0);
  const shutdown = new AbortController();
  const unwatch = new Map<string, () => void>();
  let wakes: Promise<void> = Promise.resolve();

  /** Looks at one row now, as long as it goes on by itself. */
  function wake(id: string): void {
    if (shutdown.signal.aborted) return;
    wakes = wakes
      .then(() => goOn(id))
      .catch((err: unknown) => x.log.warn({ err, paperId: id }, 'paper dossier'));
  }

  async function goOn(id: string): Promise<void> {
    for (;;) {
      const row = await findPaperDossier(x.store.read, id);
      if (row === undefined || shutdown.signal.aborted || row.next_at > x.now()) return;
      const moved = await advance(parts, row);
      events.emit(id);
      if (!moved) return await listen(id);
    }
  }

  /** A page read, here, is seen at once. */
  async function listen(id: string): Promise<void> {
    const row = await findPaperDossier(x.store.read, id);
    const isReading = row?.state === 'reading';
    if (!isReading || row === undefined) {
      unwatch.get(id)?.();
      unwatch.delete(id);
    } else if (!unwatch.has(id)) {
      const jobs = papersOf(row).flatMap((paper) => paper.jobId ?? []);
      const ends = jobs.map((job) => parts.ocrJobs.watch(job, () => wake(id)));
      unwatch.set(id, () => {
        for (const end of ends) end();
      });
    }
  }

  const loop = every(LOOK_MS, shutdown.signal, x, 'paper-dossiers', async () => {
    for (const { id } of await findDuePaperDossiers(x.store.read, x.now(), BATCH)) wake(id);
    await wakes;
  });

  return {
    async submit(holder, metadata, scans, idempotency) {
      const papers = papersFrom(metadata, scans);
      // What a person would have to hand in again is told before anything is read.
      const name = metadata.applicant.name ?? 'Chưa đọc';
      if (metadata.applicant.name === undefined && !metadata.fields.includes('applicantName'))
        throw fault('applicant.name', 'Thiếu tên chủ hồ sơ.', "The applicant's name is missing.");
      const trial = filledIn(holder.agency, metadata, { applicantName: name }, papers);
      await assertDossierValid(x, trial, submitterFor(holder.agency));
      parts.keyRing.check(holder.agency, [{ key: metadata.key, profile: 'copy' }]);
      const now = x.now();
      const id = newId('giay', now);
      const data = {
        metadata: { ...metadata, receivedAt: metadata.receivedAt ?? new Date(now).toISOString() },
      };
      const row: PaperDossierRow = {
        id,
        agency: holder.agency,
        state: 'reading',
        procedure_code: metadata.procedureCode,
        data_sealed: sealData(sealer, id, data),
        components: JSON.stringify(papers),
        pages: 0,
        pages_done: 0,
        open_fields: 0,
        readers: '{}',
        code: null,
        reason_code: null,
        reason: null,
        faults: null,
        token_id: holder.tokenId,
        attempts: 0,
        next_at: now,
        created_at: now,
        updated_at: now,
      };
      const requestSha256 = createHash('sha256')
        .update(JSON.stringify([metadata, scans.map(({ name, sha256 }) => [name, sha256])]))
        .digest('hex');
      const known = await x.store.write((tx) => keep(tx, row, requestSha256, idempotency));
      wake((known ?? row).id);
      return { row: known ?? row, repeated: known !== null };
    },
    async confirm(holder, row, values) {
      const { metadata } = openData(sealer, row);
      const wanted: readonly string[] = wantedFields(metadata);
      const unknown = Object.keys(values).filter((name) => !wanted.includes(name));
      const readings = await readingsOf(x, row);
      if (unknown.length > 0 || readings === null) return unknown;
      const fields = (await fieldsOf(x, sealer, row)) ?? [];
      const jobs = await jobsOf(x, row);
      for (const [name, value] of Object.entries(values)) {
        const at = fields.find((field) => field.name === (name as PrefilledField))?.place?.component ?? 0;
        const [job, reading] = [jobs[at], readings[at]];
        if (job === undefined || reading === undefined) continue;
        await keepCorrection(x, job, reading.result, reading.corrections, holder.tokenId, {
          field: name,
          value,
        });
      }
      // Back to where fields are looked at: what is clear now goes on by itself.
      await x.store.write((tx) =>
        movePaperDossier(tx, row.id, ['review'], { state: 'reading', next_at: x.now(), updated_at: x.now() }),
      );
      wake(row.id);
      return [];
    },
    async retry(row) {
      const now = x.now();
      const { metadata, dossier } = openData(sealer, row);
      const cleared = {
        attempts: 0,
        next_at: now,
        reason_code: null,
        reason: null,
        faults: null,
        updated_at: now,
      };
      const jobs = await jobsOf(x, row);
      const isUnread = jobs.some((job) => job.state === 'failed' || job.state === 'cancelled');
      // What may have been handed in already must be handed in the same; what was refused may be corrected first.
      const isSame = row.state === 'failed' && dossier !== undefined;
      const change = isSame
        ? { state: 'signing' }
        : { state: 'reading', data_sealed: sealData(sealer, row.id, { metadata }) };
      const papers = papersOf(row);
      const again = isUnread
        ? {
            components: JSON.stringify(papers.map((paper) => rereadIfFailed(paper, jobs))),
            pages: 0,
            pages_done: 0,
          }
        : {};
      const moved = await x.store.write((tx) =>
        movePaperDossier(tx, row.id, ['failed', 'refused'], { ...cleared, ...change, ...again }),
      );
      if (moved) wake(row.id);
      return moved;
    },
    async cancel(row) {
      const moved = await x.store.write((tx) =>
        movePaperDossier(tx, row.id, [...OPEN_STATES, 'failed', 'refused'], {
          state: 'cancelled',
          updated_at: x.now(),
        }),
      );
      if (moved)
        for (const paper of papersOf(row)) if (paper.jobId !== null) await parts.ocrJobs.cancel(paper.jobId);
      events.emit(row.id);
      return moved;
    },
    async noteReader(holder, row) {
      const now = x.now();
      await x.store.write(async (tx) => {
        const current = await findPaperDossier(tx, row.id);
        if (current === undefined || current.code !== null) return;
        const readers = JSON.parse(current.readers) as Readers;
        const before = readers[holder.tokenId];
        // An open page asks again and again: that is one reading.
        if (before !== undefined && now - before.last < SAME_READING_MS) return;
        readers[holder.tokenId] = {
          role: holder.role,
          first: before?.first ?? now,
          last: now,
          times: (before?.times ?? 0) + 1,
        };
        await movePaperDossier(tx, row.id, [current.state], { readers: JSON.stringify(readers) });
      });
    },
    watch(row, listener) {
      const ends = papersOf(row).flatMap((paper) =>
        paper.jobId === null ? [] : [parts.ocrJobs.watch(paper.jobId, listener)],
      );
      events.on(row.id, listener);
      return () => {
        events.off(row.id, listener);
        for (const end of ends) end();
      };
    },
    async stop() {
      shutdown.abort(new Error('shutting down'));
      for (const end of unwatch.values()) end();
      await Promise.allSettled([loop, wakes]);
    },
  };
}

/** A paper whose reading failed is read anew, as another file's job. */
function rereadIfFailed(paper: Paper, jobs: readonly { id: string; state: string }[]): Paper {
  const job = jobs.find(({ id }) => id === paper.jobId);
  return job?.state === 'failed' || job?.state === 'cancelled' ? { ...paper, jobId: null } : paper;
}

/** @returns the one made before under the same key, or null when this one was kept. */
async function keep(
  tx: Queries,
  row: PaperDossierRow,
  requestSha256: string,
  idempotency: { scope: string; key: string } | undefined,
): Promise<PaperDossierRow | null> {
  if (idempotency !== undefined) {
    const { scope, key } = idempotency;
    const answer = { requestSha256, status: 202, response: JSON.stringify({ id: row.id }), location: null };
    if (!(await rememberAnswer(tx, scope, key, answer, row.created_at))) {
      const before = await findAnswer(tx, scope, key);
      if (before?.requestSha256 !== requestSha256) throw idempotencyConflict();
      return (await findPaperDossier(tx, (JSON.parse(before.response) as { id: string }).id)) ?? null;
    }
  }
  await insertPaperDossier(tx, row);
  return null;
}
