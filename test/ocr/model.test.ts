import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createOcrService, makeScannedApplication, OcrError, type OcrService } from '../../src/ocr/index.ts';
import { modelOf, orientationModel, readModel } from '../../src/ocr/model/model.ts';
import { startRecognizer } from '../../src/ocr/page/tesseract.ts';
import { codeOf } from './support.ts';

const TESSERACT = '/usr/bin/tesseract';

describe('ocr: the models', function () {
  this.timeout(600_000);
  let folder: string;
  let service: OcrService | null = null;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'model-'));
  });
  afterEach(async () => {
    await service?.close();
    service = null;
    rmSync(folder, { recursive: true, force: true });
  });

  it('are those this program was measured with', () => {
    for (const model of [modelOf('vie', 'normal'), modelOf('vie', 'fast'), orientationModel()])
      expect(readModel(model).length, model.name).to.be.above(100_000);
    const notice = readFileSync(join(modelOf('vie', 'fast').folder, 'NOTICE.txt'), 'utf8');
    expect(notice).to.include(modelOf('vie', 'fast').sha256);
  });

  it('are refused with another content, cut short, or missing, and nothing starts', async () => {
    const fast = modelOf('vie', 'fast');
    const name = 'vie.traineddata.gz';
    const path = join(folder, name);
    expect(await codeOf(startRecognizer({ ...fast, folder }))).to.equal('OCR_ENGINE_FAILED');
    // Good language data, and not those asked for.
    copyFileSync(join(modelOf('vie', 'normal').folder, name), path);
    expect(await codeOf(startRecognizer({ ...fast, folder }))).to.equal('OCR_ENGINE_FAILED');
    writeFileSync(path, readFileSync(join(fast.folder, name)).subarray(0, -1));

    try {
      readModel({ ...fast, folder });
      expect.fail('read a model cut short');
    } catch (error) {
      expect(error).to.be.instanceOf(OcrError);
      expect((error as OcrError).details.reason)
        .to.include(path)
        .and.to.include(fast.sha256);
    }
  });

  it('are named when there is none for a language', () => {
    for (const lang of ['eng', 'eng+vie', 'constructor', ''])
      expect(() => createOcrService({ lang }), lang)
        .to.throw(OcrError)
        .with.property('code', 'OCR_ENGINE_FAILED');
    expect(modelOf('vie+eng', 'normal').name).to.equal('vie, best_int 4.0.0');
  });

  it('read fast what is asked for fast, and the rest as before, each named in the result', async () => {
    service = createOcrService({ jobs: 1 });
    const files = [{ name: 'quet.pdf', bytes: await makeScannedApplication(3) }];

    const fast = await service.recognize(files, { quality: 'fast' });
    const normal = await service.recognize(files);

    expect(fast.result.engine).to.match(/^tesseract\.js \d\S*, vie, fast 4\.1\.0$/);
    expect(normal.result.engine).to.match(/^tesseract\.js \d\S*, vie, best_int 4\.0\.0$/);
    for (const { result, text } of [fast, normal]) {
      expect(text)
        .to.include('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM')
        .and.to.include('Bổ sung hồ sơ xin việc làm');
      expect(result.fields.applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
      expect(result.fields.identityNumber?.value).to.equal('048194003271');
    }
    // Another model read it, not the same one with another name.
    const sure = (output: typeof fast) => output.result.pages[0]?.words.map((word) => word.confidence);
    expect(sure(fast)).to.not.deep.equal(sure(normal));
  });

  it('are the same for the operator’s own tesseract', async function () {
    if (!existsSync(TESSERACT) && !process.env['LIENTHONG_REQUIRE_SERVICES']) return this.skip();
    service = createOcrService({ native: { command: TESSERACT }, jobs: 1 });
    const files = [{ name: 'quet.pdf', bytes: await makeScannedApplication(3) }];

    const { result, text } = await service.recognize(files, { quality: 'fast' });

    expect(result.engine).to.match(/^tesseract [5-9]\.\d+\S*, vie, fast 4\.1\.0$/);
    expect(text).to.include('Bổ sung hồ sơ xin việc làm');
    expect(result.fields.identityNumber?.value).to.equal('048194003271');
  });
});
