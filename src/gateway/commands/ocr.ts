/** `ocr`: scanned files in, searchable PDF, text and fields out, no server needed. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { OcrOutput, OcrService, RecognizeOptions } from '../../ocr/index.ts';
import { EXIT, printJson } from './exit-codes.ts';
import type { SetExit } from './index.ts';
import { assertReadable, copyOutput, writeOutput } from './inputs.ts';

interface OcrCliOptions {
  outPdf?: string;
  outJson?: string;
  outText?: string;
  outHocr?: string;
  outAlto?: string;
  pdfa?: boolean;
  lang: string;
  jobs?: string;
  timeout: string;
  engine: string;
  tesseract: string;
  fast?: boolean;
  redo?: boolean;
  watch?: string;
}

/** What the shipped model reads; English letters are among those of `vie`. */
const LANGUAGES = ['vie', 'eng'];
const ENGINES = ['tesseract.js', 'native'];

/** Says an error of recognition in both languages. */
export function sayOcrError(cause: unknown): void {
  const { vi, en, code, message } = cause as { vi?: string; en?: string; code?: string; message: string };
  const reason = (cause as { details?: { reason?: string } }).details?.reason;
  process.stderr.write(
    `lienthong: ${vi ?? message}\n${en ?? ''}${reason === undefined ? '' : ` (${reason})`} [${code}]\n`,
  );
}

/** What the options ask of one dossier. */
function wishesOf(options: OcrCliOptions): RecognizeOptions {
  return {
    redo: options.redo === true,
    pdfa: options.pdfa === true,
    quality: options.fast === true ? 'fast' : 'normal',
  };
}

async function writeAll(options: OcrCliOptions, { result, text }: OcrOutput): Promise<void> {
  const { buildAlto, buildHocr } = await import('../../ocr/index.ts');
  if (options.outText !== undefined) await writeOutput(options.outText, text);
  if (options.outHocr !== undefined) await writeOutput(options.outHocr, buildHocr(result));
  if (options.outAlto !== undefined) await writeOutput(options.outAlto, buildAlto(result));
  if (options.outJson !== undefined)
    await writeOutput(options.outJson, `${JSON.stringify(result, null, 2)}\n`);
  else printJson(result);
}

async function readDossier(
  service: OcrService,
  files: readonly string[],
  options: OcrCliOptions,
  setExit: SetExit,
): Promise<void> {
  const startedAt = Date.now();
  for (const file of files) await assertReadable(file);
  const { outPdf } = options;
  const inputs = files.map((path) => ({ name: basename(path), path }));
  const output = await service.recognize(inputs, {
    ...wishesOf(options),
    takePdf: async (path) => {
      if (outPdf !== undefined) await copyOutput(path, outPdf);
    },
    onProgress({ page, pages }) {
      if (process.stderr.isTTY && Date.now() - startedAt > 2_000)
        process.stderr.write(`\rtrang / page ${page}/${pages} `);
    },
  });
  await writeAll(options, output);
  // What could be read is written; that not all of it could is still no success.
  for (const { file, page, code, vi, en } of output.result.problems) {
    const place = page === null ? files[file ?? 0] : `trang / page ${page}`;
    process.stderr.write(`lienthong: ${place}: ${vi}\n${en} [${code}]\n`);
    setExit(EXIT.unreadableInput);
  }
}

async function ocr(files: string[], options: OcrCliOptions, setExit: SetExit): Promise<void> {
  const { createOcrService, OcrError } = await import('../../ocr/index.ts');
  const wrong = wrongUsage(files, options);
  if (wrong !== null) {
    process.stderr.write(`lienthong: ${wrong}\n`);
    setExit(EXIT.usage);
    return;
  }
  let service: OcrService | null = null;
  try {
    service = createOcrService({
      lang: options.lang,
      ...(options.jobs === undefined ? {} : { jobs: Number(options.jobs) }),
      ...(options.engine === 'native' ? { native: { command: options.tesseract } } : {}),
      // Somebody waits for a command; a watched folder gives way to whatever else the machine does.
      ...(options.watch === undefined ? { niceness: 0 } : { keepReady: true }),
      limits: { dossierTimeoutMs: Number(options.timeout) * 1000 },
    });
    if (options.watch === undefined) await readDossier(service, files, options, setExit);
    else await watch(service, options.watch, options);
  } catch (cause) {
    if (!(cause instanceof OcrError)) throw cause;
    sayOcrError(cause);
    setExit(cause.kind === 'unavailable' ? EXIT.internal : EXIT.unreadableInput);
  } finally {
    await service?.close();
  }
}

function wrongUsage(files: readonly string[], options: OcrCliOptions): string | null {
  if (!ENGINES.includes(options.engine))
    return `--engine: ${ENGINES.join(' | ')}; không có / there is no ${options.engine}`;
  if (!/^[1-9]\d{0,2}$/.test(options.jobs ?? '1'))
    return `--jobs: một số từ 1 / a number from 1; không phải / not ${options.jobs}`;
  if (!(Number(options.timeout) > 0))
    return `--timeout: số giây lớn hơn 0 / seconds above 0; không phải / not ${options.timeout}`;
  if (options.lang.split('+').some((one) => !LANGUAGES.includes(one)) || !options.lang.startsWith('vie'))
    return `--lang: vie | vie+eng; không có / there is no ${options.lang}`;
  if (options.watch === undefined && files.length === 0)
    return 'cần ít nhất một tệp, hoặc --watch THƯ_MỤC / name a file, or --watch DIR';
  if (options.watch !== undefined && files.length > 0)
    return '--watch không đi cùng tên tệp / --watch takes no files';
  return null;
}

async function watch(service: OcrService, folder: string, options: OcrCliOptions): Promise<void> {
  const { watchFolder } = await import('../ocr-jobs/watch-folder.ts');
  const watcher = await watchFolder(folder, service, {
    wishes: wishesOf(options),
    onEvent: (event) => process.stderr.write(`${JSON.stringify(event)}\n`),
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  await watcher.stop();
}

/** Adds `ocr` to the program. */
export function addOcrCommand(program: Command, setExit: SetExit): void {
  program
    .command('ocr [files...]')
    .description(
      'Nhận dạng hồ sơ quét / read scanned files (PDF, TIFF, JPEG, PNG); several files make one dossier',
    )
    .option('--out-pdf <file>', 'PDF hai lớp / searchable PDF')
    .option('--out-json <file>', 'trang, trường dữ liệu, mã vạch / pages, fields, bar codes')
    .option('--out-text <file>', 'chữ của các trang / text of the pages')
    .option('--out-hocr <file>', 'hOCR 1.2')
    .option('--out-alto <file>', 'ALTO 4')
    .option('--pdfa', 'PDF theo / PDF conforming to PDF/A-2b')
    .option('--lang <lang>', 'vie, vie+eng', 'vie')
    .option('--engine <name>', 'tesseract.js | native', 'tesseract.js')
    .option('--tesseract <path>', 'chương trình của / the program of --engine native', '/usr/bin/tesseract')
    .option('--jobs <n>', 'số trang đọc cùng lúc / pages read side by side')
    .option('--timeout <seconds>', 'giới hạn thời gian / time limit', '1800')
    .option('--fast', 'nhanh hơn, kém chính xác hơn / faster, less exact')
    .option(
      '--redo',
      'nhận dạng lại trang quét đã có lớp chữ / read scanned pages again that have a text layer',
    )
    .option(
      '--watch <dir>',
      'đọc mọi tệp máy quét ghi vào thư mục / read whatever a scanner puts into a folder',
    )
    .option(
      '--json',
      'in kết quả JSON ra màn hình, như khi không có --out-json / JSON on stdout, as without --out-json',
    )
    .action((files: string[], options: OcrCliOptions) => ocr(files, options, setExit));
}
