import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { encodePng, renderSvg } from '../../src/ocr/image/sharp.ts';
import {
  createOcrService,
  makeScannedApplication,
  OcrError,
  type OcrOutput,
  type OcrService,
} from '../../src/ocr/index.ts';
import { modelOf, readModel } from '../../src/ocr/model/model.ts';
import { createNativeRecognizer } from '../../src/ocr/page/native.ts';
import { startLibraryRecognizer } from '../../src/ocr/page/native-library.ts';
import { createNativeEngine, libraryOf } from '../../src/ocr/process/native-engine.ts';
import { until } from '../support/until.ts';
import { codeOf, pdftotext } from './support.ts';

const TESSERACT = '/usr/bin/tesseract';

/** A program that says it is Tesseract, and then does `then` (shell). */
function pretender(folder: string, name: string, then: string, version = 'tesseract 5.3.0'): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && { echo "${version}"; exit 0; }\n${then}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('ocr: the operator’s own tesseract', () => {
  let folder: string;
  let service: OcrService | null = null;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'native-'));
  });
  afterEach(async () => {
    await service?.close();
    service = null;
    rmSync(folder, { recursive: true, force: true });
  });

  const blank = async () => [
    { name: 'trang.png', bytes: await encodePng(new Uint8Array(200 * 280).fill(250), 200, 280, 1) },
  ];

  it('leaves no folder behind when there are no language data to fill it with', () => {
    const options = { jobs: 1, command: TESSERACT, niceness: 0, tempDir: folder };
    expect(() => createNativeEngine({ ...options, language: 'xxx' }))
      .to.throw(OcrError)
      .with.property('code', 'OCR_ENGINE_FAILED');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('reads a scan as tesseract.js does: fields, searchable PDF, and its version in the lineage', async function () {
    if (!existsSync(TESSERACT) && !process.env['LIENTHONG_REQUIRE_SERVICES']) return this.skip();
    service = createOcrService({ native: { command: TESSERACT }, jobs: 1 });

    const bytes = await makeScannedApplication(3);
    const output: OcrOutput = await service.recognize([{ name: 'quet.pdf', bytes }]);

    expect(service.engine).to.match(/^tesseract [5-9]\.\d+\S*, vie$/);
    expect(execFileSync(TESSERACT, ['--version'], { encoding: 'utf8' })).to.include(
      service.engine.replace(', vie', ''),
    );
    const { applicantName, identityNumber, dossierCode } = output.result.fields;
    expect(applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
    expect(identityNumber?.value).to.equal('048194003271');
    expect(dossierCode?.value).to.equal('H17.28-261104-0152');
    expect(pdftotext(output.pdf).normalize('NFC')).to.include('TRẦN THỊ HỒNG NHUNG');
    expect(output.result.pages[0]?.confidence).to.be.above(0.9);
  });

  it('reads word for word the same by the program’s library, without starting it for every page', async function () {
    if (!existsSync(TESSERACT) && !process.env['LIENTHONG_REQUIRE_SERVICES']) return this.skip();
    const library = libraryOf(TESSERACT);
    if (library === null) return this.skip();
    writeFileSync(join(folder, 'vie.traineddata'), gunzipSync(readModel(modelOf('vie', 'normal'))));
    const native = { command: TESSERACT, dataFolder: folder, language: 'vie', sharedLibrary: library };
    const pixels = await renderSvg(
      `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300"><rect width="900" height="300" fill="white"/>
       <text x="40" y="80" font-size="40">So 152/QD-UBND ngay 04</text>
       <text x="40" y="150" font-size="30">Dia chi: 12 Le Loi</text>
       <text x="40" y="230" font-size="40" transform="rotate(1.5)">Gia &lt; 5 &amp; &gt; 3 "tam" 'mot'</text></svg>`,
      900,
      300,
    );
    const image = { width: 900, height: 300, data: pixels.filter((_, i) => i % 3 === 0) };
    const byLibrary = await startLibraryRecognizer(native, library);

    const twice = await byLibrary.readAll([image, image], '11');

    const [byProgram] = await createNativeRecognizer(native, () => folder).readAll([image], '11');
    expect(byProgram?.map((word) => word.text).join(' ')).to.include('152/QD-UBND');
    // hOCR writes these as entities.
    expect(byProgram?.map((word) => word.text).join('')).to.match(/[<&>]/);
    expect(twice).to.deep.equal([byProgram, byProgram]);
    // As fine as tesseract.js says it: what is doubtful is told by tenths.
    expect(byProgram?.filter((word) => !Number.isInteger(word.confidence))).to.have.length.above(3);
    await byLibrary.close();
  });

  it('knows the library of a program, and that a script has none', async () => {
    expect(libraryOf(pretender(folder, 'script', 'exit 0'))).to.equal(null);
    expect(libraryOf(join(folder, 'nowhere'))).to.equal(null);
    expect(libraryOf(process.execPath)).to.equal(null);
    const native = { command: '/nowhere', dataFolder: folder, language: 'vie', sharedLibrary: '/nowhere.so' };
    expect(await codeOf(startLibraryRecognizer(native, '/nowhere.so'))).to.equal('OCR_ENGINE_FAILED');
  });

  it('refuses a program that is not there, is too old, or is another one', () => {
    const programs = [
      join(folder, 'nowhere'),
      'tesseract',
      pretender(folder, 'old', 'exit 0', 'tesseract 4.1.1'),
      pretender(folder, 'other', 'exit 0', 'cat (GNU coreutils) 9.1'),
    ];

    for (const command of programs)
      expect(() => createOcrService({ native: { command } }), command)
        .to.throw(OcrError)
        .with.property('code', 'OCR_ENGINE_FAILED');
  });

  it('says so when the program dies on a page, or leaves pages out', async () => {
    for (const then of ['exit 3', 'echo "<html></html>"']) {
      service = createOcrService({ native: { command: pretender(folder, 'weak', then) }, jobs: 1 });
      expect(await codeOf(service.recognize(await blank()))).to.equal('OCR_ENGINE_FAILED');
      await service.close();
    }
  });

  it('ends a program that hangs when the dossier is cancelled, and leaves no picture of it', async () => {
    const note = join(folder, 'pid');
    const tempDir = mkdtempSync(join(folder, 'temp-'));
    const command = pretender(folder, 'hangs', `echo $$ $1 > ${note}; exec sleep 3600`);
    service = createOcrService({ native: { command }, jobs: 1, tempDir });
    const stop = new AbortController();
    const reading = codeOf(service.recognize(await blank(), { signal: stop.signal }));
    await until(() => existsSync(note) && readFileSync(note, 'utf8').endsWith('\n'), 120_000);
    const [pid = '', list = ''] = readFileSync(note, 'utf8').trim().split(' ');
    expect(existsSync(list)).to.equal(true);

    stop.abort();

    expect(await reading).to.equal('OCR_CANCELLED');
    expect(existsSync(list)).to.equal(false);
    await service.close();
    expect(readdirSync(tempDir)).to.deep.equal([]);
    await until(() => {
      const { status, stdout } = spawnSync('ps', ['-o', 'state=', '-p', pid], { encoding: 'utf8' });
      return status !== 0 || stdout.startsWith('Z');
    });
  });
});
