/** `ocr`: scanned files in, searchable PDF, text and fields out, no server needed. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { EXIT, printJson } from './exit-codes.ts';
import type { SetExit } from './index.ts';
import { readInput, writeOutput } from './inputs.ts';

interface OcrCliOptions {
  outPdf?: string;
  outJson?: string;
  outText?: string;
  lang: string;
  jobs?: string;
  timeout: string;
  redo?: boolean;
}

async function ocr(files: string[], options: OcrCliOptions, setExit: SetExit): Promise<void> {
  const { createOcrService, OcrError } = await import('../../ocr/index.ts');
  const service = createOcrService({
    lang: options.lang,
    ...(options.jobs === undefined ? {} : { jobs: Number(options.jobs) }),
    limits: { dossierTimeoutMs: Number(options.timeout) * 1000 },
  });
  const startedAt = Date.now();
  try {
    const inputs = await Promise.all(
      files.map(async (file) => ({ name: basename(file), bytes: await readInput(file) })),
    );
    const { result, pdf, text } = await service.recognize(inputs, {
      redo: options.redo === true,
      onProgress({ page, pages }) {
        if (process.stderr.isTTY && Date.now() - startedAt > 2_000)
          process.stderr.write(`\rtrang / page ${page}/${pages} `);
      },
    });
    if (options.outPdf !== undefined) await writeOutput(options.outPdf, pdf);
    if (options.outText !== undefined) await writeOutput(options.outText, text);
    if (options.outJson !== undefined)
      await writeOutput(options.outJson, `${JSON.stringify(result, null, 2)}\n`);
    else printJson(result);
  } catch (cause) {
    if (!(cause instanceof OcrError)) throw cause;
    const { vi, en } = cause as { vi?: string; en?: string };
    process.stderr.write(`lienthong: ${vi ?? cause.message}\n${en ?? ''} [${cause.code}]\n`);
    setExit(EXIT.unreadableInput);
  } finally {
    await service.close();
  }
}

export function addOcrCommand(program: Command, setExit: SetExit): void {
  program
    .command('ocr <files...>')
    .description('Nhận dạng hồ sơ quét / read scanned files (PDF, TIFF, JPEG, PNG)')
    .option('--out-pdf <file>')
    .option('--out-json <file>')
    .option('--out-text <file>')
    .option('--lang <lang>', 'vie', 'vie')
    .option('--jobs <n>')
    .option('--timeout <seconds>', 'giới hạn thời gian / time limit', '1800')
    .option('--redo', 'nhận dạng lại trang đã có chữ / read pages that have text again')
    .option('--json')
    .action((files: string[], options: OcrCliOptions) => ocr(files, options, setExit));
}
