import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { buildCopy, keepCorrection } from '../../../src/gateway/ocr-jobs/index.ts';
import {
  findOcrJob,
  listOcrCorrections,
  listOcrPages,
  releaseOcrJobs,
} from '../../../src/gateway/store/index.ts';
import { type OcrEngine, OcrError, type OcrResult, type PageReading } from '../../../src/ocr/index.ts';
import { line, pageOf, pdftotext } from '../../ocr/support.ts';
import { until } from '../../support/until.ts';
import { type Desk, openDesk } from './support.ts';

const reading: PageReading = { ...pageOf([line('Công vản số 5', 20, 40, 0.7)]), width: 200, height: 280 };

/** An engine that counts pages; the page `stuckAt` never ends. */
function counting(stuckAt = 0): OcrEngine & { calls(): number; stuck: Promise<void> } {
  let calls = 0;
  let atStuck = (): void => {};
  const stuck = new Promise<void>((resolve) => {
    atStuck = resolve;
  });
  return {
    calls: () => calls,
    stuck,
    readPage() {
      calls += 1;
      if (calls !== stuckAt) return Promise.resolve(reading);
      atStuck();
      return new Promise(() => {});
    },
    close: () => Promise.resolve(),
  };
}

async function resultOf(desk: Desk, sha256: string | null): Promise<OcrResult> {
  return JSON.parse((await desk.x.blobs.read(sha256 as string)).toString('utf8')) as OcrResult;
}

describe('OCR jobs', () => {
  let desk: Desk;
  afterEach(() => desk?.close());

  it('serves agencies in turn, and what is urgent before all', async () => {
    const engine = counting(1);
    desk = await openDesk(engine);
    const submit = async (agency: string, urgent = false) =>
      (await desk.jobs.submit(agency, await desk.inputs(250), undefined, urgent)).job.id;
    const blocker = await submit('A');
    await engine.stuck;
    const [a1, a2, b1, urgent] = [
      await submit('A'),
      await submit('A'),
      await submit('B'),
      await submit('A', true),
    ];

    await desk.jobs.cancel(blocker);
    const rows = await Promise.all([a1, a2, b1, urgent].map((id) => desk.over(id)));

    const [first, second, other, ahead] = rows.map((row) => row.started_at ?? 0) as [
      number,
      number,
      number,
      number,
    ];
    expect(rows.map((row) => row.state)).to.deep.equal(['done', 'done', 'done', 'done']);
    expect(ahead).to.be.lessThan(first);
    expect(other).to.be.lessThan(second);
    expect((await desk.over(blocker)).state).to.equal('cancelled');
  });

  it('goes on after the last finished page when the process was killed', async () => {
    const first = counting(3);
    desk = await openDesk(first);
    const { job } = await desk.jobs.submit('A', await desk.inputs(250, 249, 248, 247));
    await first.stuck;
    // Pages are kept while the next is being read: the third may be asked for before the second is down.
    const kept = async () => (await listOcrPages(desk.x.store.read, job.id)).length;
    await until(async () => (await kept()) === 2);
    const second = counting();
    await desk.restart(second);
    await desk.x.store.write((tx) => releaseOcrJobs(tx, null, Date.now()));

    const row = await desk.over(job.id);

    expect(row.state).to.equal('done');
    expect(second.calls()).to.equal(2);
    expect((await resultOf(desk, row.result_sha256)).pages).to.have.length(4);
  });

  it('makes PDF and data again from what a person corrected, reading nothing anew', async () => {
    const engine = counting();
    desk = await openDesk(engine);
    const { job } = await desk.jobs.submit('A', await desk.inputs(250));
    const done = await desk.over(job.id);
    const result = await resultOf(desk, done.result_sha256);
    const keep = async (change: Parameters<typeof keepCorrection>[5]) =>
      keepCorrection(
        desk.x,
        done,
        result,
        await listOcrCorrections(desk.x.store.read, job.id),
        'token-7',
        change,
      );

    expect(await keep({ page: 1, word: 1, value: 'văn' })).to.equal(1);
    expect(await keep({ field: 'subject', value: 'Về việc thử' })).to.equal(2);
    expect(await keep({ page: 1, word: 99, value: 'không' })).to.equal(null);
    expect(await keep({ field: 'constructor', value: 'không' })).to.equal(null);
    expect(await desk.jobs.rebuild(job.id)).to.equal(true);
    const again = await desk.over(job.id);

    const corrected = await resultOf(desk, again.result_sha256);
    expect(engine.calls()).to.equal(1);
    expect(corrected.pages[0]?.text).to.equal('Công văn số 5');
    expect(corrected.pages[0]?.words[1]).to.include({ text: 'văn', confidence: 1, read: 'vản' });
    expect(corrected.fields.subject).to.include({ value: 'Về việc thử', confidence: 1 });
    expect(pdftotext(await desk.x.blobs.read(again.pdf_sha256 as string))).to.include('Công văn số 5');
  });

  it('reads only what was not read when a job that was cancelled or lacks pages is taken up again', async () => {
    const stopped = counting(2);
    desk = await openDesk(stopped);
    const { job } = await desk.jobs.submit('A', await desk.inputs(250, 251));
    await stopped.stuck;
    await desk.jobs.cancel(job.id);
    expect((await desk.over(job.id)).state).to.equal('cancelled');
    const failing: OcrEngine = {
      readPage: () => Promise.reject(new OcrError('OCR_PAGE_TIMEOUT')),
      close: () => Promise.resolve(),
    };
    await desk.restart(failing);

    expect(await desk.jobs.rebuild(job.id)).to.equal(true);
    const partly = await desk.over(job.id);
    expect(await desk.jobs.rebuild('none')).to.equal(false);
    const engine = counting();
    await desk.restart(engine);
    await desk.jobs.rebuild(job.id);
    const whole = await desk.over(job.id);

    const unread = (await resultOf(desk, partly.result_sha256)).problems.map(({ page, code }) => [
      page,
      code,
    ]);
    expect([partly.state, partly.reason]).to.deep.equal(['done', null]);
    expect(unread).to.deep.equal([[2, 'OCR_PAGE_TIMEOUT']]);
    expect(engine.calls(), 'the first page was kept').to.equal(1);
    expect((await resultOf(desk, whole.result_sha256)).problems).to.deep.equal([]);
    expect(await listOcrPages(desk.x.store.read, job.id)).to.have.length(2);
  });

  it('makes a digitised copy of it: named, with metadata, its lineage kept', async () => {
    desk = await openDesk(counting());
    const { job } = await desk.jobs.submit('A', await desk.inputs(250));
    const done = await desk.over(job.id);
    const result = await resultOf(desk, done.result_sha256);
    await keepCorrection(desk.x, done, result, [], 'token-7', { page: 1, word: 1, value: 'văn' });
    const corrections = await listOcrCorrections(desk.x.store.read, job.id);
    const metadata = {
      TypeName: 'Công văn',
      CodeNumber: '05',
      CodeNotation: 'SNV-VTLT',
      IssuedDate: '2025-03-14',
      OrganName: 'SỞ NỘI VỤ',
      Subject: 'Đề nghị số hóa hồ sơ',
    };

    const copy = buildCopy(done, result, corrections, { docCode: 'G09.01_CV_000021_V1', metadata });
    const lacking = buildCopy(done, result, [], { docCode: 'x', metadata: { ...metadata, Subject: '' } });

    if ('faults' in copy) throw new Error('a copy was expected');
    expect(copy.fileName).to.equal('G09.01_CV_000021_V1_20250314_Cong-van-De-nghi-so-hoa-ho-so.pdf');
    expect(copy.metadata).to.include({
      DocCode: 'G09.01_CV_000021_V1',
      OrganName: 'SỞ NỘI VỤ',
      PageAmount: 1,
    });
    expect(copy.lineage.derivedFrom).to.deep.equal(
      (JSON.parse(done.inputs) as { name: string; sha256: string }[]).map(({ name, sha256 }) => ({
        name,
        sha256,
      })),
    );
    expect(copy.lineage.engine).to.match(/^tesseract\.js \d/);
    expect(copy.lineage.corrections[0]).to.include({ by: 'token-7', was: 'vản', value: 'văn', page: 1 });
    expect('faults' in lacking && lacking.faults.map((f) => f.path)).to.deep.equal([
      'docCode',
      'metadata.Subject',
    ]);
  });

  it('ends a job that another process was asked to cancel', async () => {
    const engine = counting(1);
    desk = await openDesk(engine);
    const { job } = await desk.jobs.submit('A', await desk.inputs(250));
    await engine.stuck;

    expect(await desk.jobs.cancel(job.id)).to.equal(true);

    expect((await desk.over(job.id)).state).to.equal('cancelled');
    expect(await desk.jobs.cancel(job.id)).to.equal(false);
    expect((await findOcrJob(desk.x.store.read, job.id))?.reason).to.match(/huỷ/);
  });
});
