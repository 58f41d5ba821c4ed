/** `sign`, `verify`, `ocr`: one file in, one answer out, no server needed. */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import type { PdfSignOptions, VerificationReport } from '../../signing/index.ts';
import { CommandError, EXIT, printJson, printLine } from './exit-codes.ts';
import type { SetExit } from './index.ts';

const MAX_INPUT_BYTES = 512 * 1024 * 1024;

async function readInput(file: string): Promise<Buffer> {
  const info = await stat(file).catch(() => null);
  if (info === null || !info.isFile())
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Không đọc được tệp ${file}.`,
      en: `Can't read ${file}.`,
    });
  if (info.size > MAX_INPUT_BYTES)
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Tệp ${file} lớn hơn 512 MiB.`,
      en: `${file} is larger than 512 MiB.`,
    });
  return readFile(file);
}

/** Writes whole or not at all. */
async function writeOutput(file: string, bytes: Uint8Array | string): Promise<void> {
  const partial = `${file}.part`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new CommandError(
      EXIT.cantCreate,
      { vi: `Không ghi được ${file}.`, en: `Can't write ${file}.` },
      { cause },
    );
  }
}

async function readMany(
  paths: readonly string[],
  read: (bytes: Uint8Array) => Uint8Array[],
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => null);
    if (info === null)
      throw new CommandError(EXIT.unreadableInput, { vi: `Không có ${path}.`, en: `There is no ${path}.` });
    const files = info.isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    for (const file of files) found.push(...read(await readFile(file)));
  }
  return found;
}

// ------------------------------------------------------------------------------------------------ verify

interface VerifyOptions {
  content: string[];
  trust: string[];
  intermediates: string[];
  crl: string[];
  ocsp: string[];
  at?: string;
  offline?: boolean;
  policy?: string;
  batch?: string;
  json?: boolean;
}

const VERDICT_EXIT: Readonly<Record<string, number>> = {
  'TOTAL-PASSED': EXIT.ok,
  'TOTAL-FAILED': EXIT.failed,
  INDETERMINATE: EXIT.indeterminate,
  'NO-SIGNATURE': EXIT.noSignature,
};

async function verifyOne(
  file: string,
  options: VerifyOptions,
): Promise<{ report: VerificationReport; exitCode: number }> {
  const { readCertificates, readCrls, readPolicy, SigningError, verifyFile } = await import(
    '../../signing/index.ts'
  );
  const at = options.at === undefined ? undefined : new Date(options.at);
  if (at !== undefined && Number.isNaN(at.getTime()))
    throw new CommandError(EXIT.usage, {
      vi: `--at "${options.at}" không phải thời điểm ISO 8601.`,
      en: '--at is not an ISO 8601 time.',
    });
  const bytes = await readInput(file);
  try {
    const report = await verifyFile(
      {
        name: basename(file),
        bytes,
        contents: await Promise.all(
          options.content.map(async (path) => ({ name: basename(path), bytes: await readInput(path) })),
        ),
      },
      {
        trust: await readMany(options.trust, readCertificates),
        intermediates: await readMany(options.intermediates, readCertificates),
        crls: await readMany(options.crl, readCrls),
        ocsps: await readMany(options.ocsp, (content) => [content]),
        now: new Date(),
        ...(at === undefined ? {} : { at }),
        offline: true,
        ...(options.policy === undefined ? {} : { policy: await readPolicy(options.policy) }),
      },
    );
    return { report: { ...report, file }, exitCode: VERDICT_EXIT[report.verdict] ?? EXIT.internal };
  } catch (cause) {
    if (!(cause instanceof SigningError)) throw cause;
    throw new CommandError(
      EXIT.unreadableInput,
      { vi: `${file}: ${cause.vi}`, en: `${cause.en} [${cause.code}]` },
      { cause },
    );
  }
}

function showReport(report: VerificationReport): void {
  printLine(`${report.file}: ${report.verdict} (${report.format})`);
  for (const signature of report.signatures) {
    printLine(
      `  ${signature.id}  ${signature.format}  ${signature.indication}${signature.subIndication === null ? '' : ` / ${signature.subIndication}`}`,
    );
    printLine(`    ${signature.signer?.subject ?? '(không rõ người ký / unknown signer)'}`);
    for (const message of signature.messages)
      printLine(`    [${message.level}] ${message.vi} / ${message.en}`);
  }
}

async function verify(files: string[], options: VerifyOptions, setExit: SetExit): Promise<void> {
  const jobs: { file: string; options: VerifyOptions }[] = files.map((file) => ({ file, options }));
  if (options.batch !== undefined) {
    for (const line of (await readInput(options.batch)).toString('utf8').split('\n')) {
      if (line.trim() === '') continue;
      const { file, ...own } = JSON.parse(line) as { file: string } & Partial<VerifyOptions>;
      const lists = Object.fromEntries(
        Object.entries(own).map(([name, value]) => [
          name,
          ['content', 'trust', 'intermediates', 'crl', 'ocsp'].includes(name) ? [value].flat() : value,
        ]),
      );
      jobs.push({ file, options: { ...options, ...lists } });
    }
  }
  if (jobs.length === 0)
    throw new CommandError(EXIT.usage, { vi: 'Cần ít nhất một tệp.', en: 'At least one file is needed.' });
  const single = jobs.length === 1 && options.batch === undefined;
  let worst: number = EXIT.ok;
  for (const job of jobs) {
    if (single) {
      const { report, exitCode } = await verifyOne(job.file, job.options);
      if (options.json === true) printJson(report);
      else showReport(report);
      return setExit(exitCode);
    }
    worst = Math.max(worst, await verifyLine(job, options.json === true));
  }
  setExit(worst);
}

/** One of several: a file that can't be read gets its own line and never stops the others. */
async function verifyLine(job: { file: string; options: VerifyOptions }, json: boolean): Promise<number> {
  try {
    const { report, exitCode } = await verifyOne(job.file, job.options);
    if (json) printLine(JSON.stringify(report));
    else showReport(report);
    return exitCode;
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    if (json)
      printLine(
        JSON.stringify({
          file: job.file,
          format: 'UNKNOWN',
          verdict: null,
          error: cause.message,
          exitCode: cause.exitCode,
          signatures: [],
        }),
      );
    else printLine(`${job.file}: ${cause.message}`);
    return cause.exitCode;
  }
}

// ------------------------------------------------------------------------------------------------ sign

interface SignOptions {
  key: string;
  passFile: string;
  out: string;
  format: string;
  level: string;
  profile: NonNullable<PdfSignOptions['profile']>;
  image?: string;
  page?: string;
  box?: string;
  reason?: string;
  location?: string;
  documentCode?: string;
  signerName?: string;
  agencyName?: string;
  allowUnknownRevocation?: boolean;
  crl: string[];
  json?: boolean;
}

function parseBox(text: string): [number, number, number, number] {
  const numbers = text.split(',').map(Number);
  if (numbers.length !== 4 || numbers.some((value) => !Number.isFinite(value)))
    throw new CommandError(EXIT.usage, {
      vi: '--box cần x,y,w,h (điểm, gốc dưới trái).',
      en: '--box wants x,y,w,h in points from the lower left.',
    });
  return numbers as [number, number, number, number];
}

async function sign(file: string, options: SignOptions): Promise<void> {
  if (
    !/^(pades|xmldsig|xades)$/.test(options.format) ||
    options.level !== 'B' ||
    /^(pkcs11:|csc\+)/.test(options.key)
  ) {
    throw new CommandError(EXIT.unavailable, {
      vi: `Chưa có: --format ${options.format} --level ${options.level} với khoá này. Hiện có pades, xmldsig và xades mức B, khoá PKCS#12.`,
      en: 'Not there yet; pades, xmldsig and xades at level B with PKCS#12 keys are.',
    });
  }
  const { assertMaySign, openPkcs12, readCrls, signPdf, signXml } = await import('../../signing/index.ts');
  const bytes = await readInput(file);
  const passphrase = (await readInput(options.passFile)).toString('utf8').replace(/\r?\n$/, '');
  const signer = await openPkcs12(await readInput(options.key), passphrase);
  try {
    const signingTime = new Date();
    await assertMaySign(signer, {
      at: signingTime,
      crls: await readMany(options.crl, readCrls),
      allowUnknownRevocation: options.allowUnknownRevocation === true,
    });
    const signed =
      options.format === 'pades'
        ? await signPdf(bytes, signer, await pdfOptions(options, signingTime))
        : await signXml(bytes, signer, { signingTime, xades: options.format === 'xades' });
    await writeOutput(options.out, signed);
    if (options.json === true)
      printJson({
        out: options.out,
        sizeBytes: signed.length,
        format: options.format,
        level: options.level,
        signedAt: signingTime.toISOString(),
      });
    else printLine(options.out);
  } finally {
    signer.close();
  }
}

async function pdfOptions(options: SignOptions, signingTime: Date): Promise<PdfSignOptions> {
  return {
    signingTime,
    profile: options.profile,
    ...(options.image === undefined ? {} : { imagePng: await readInput(options.image) }),
    ...(options.page === undefined ? {} : { page: Number(options.page) }),
    ...(options.box === undefined ? {} : { box: parseBox(options.box) }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.location === undefined ? {} : { location: options.location }),
    ...(options.documentCode === undefined ? {} : { documentCode: options.documentCode }),
    ...(options.signerName === undefined ? {} : { signerName: options.signerName }),
    ...(options.agencyName === undefined ? {} : { agencyName: options.agencyName }),
  };
}

// ------------------------------------------------------------------------------------------------ ocr

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

const many = (value: string, all: string[]): string[] => [...all, value];

export function addFileCommands(program: Command, setExit: SetExit): void {
  program
    .command('verify [files...]')
    .description('Kiểm tra chữ ký số / verify signatures (PDF, XML, edXML)')
    .option('--content <file>', 'nội dung của chữ ký tách rời / content of a detached signature', many, [])
    .option('--trust <cert|dir>', 'neo tin cậy / trust anchor', many, [])
    .option('--intermediates <cert|dir>', 'chứng thư trung gian / intermediates', many, [])
    .option('--crl <file|dir>', 'danh sách thu hồi / CRL', many, [])
    .option('--ocsp <file|dir>', 'trả lời OCSP / OCSP answer', many, [])
    .option('--at <time>', 'thời điểm kiểm tra / validate as of this ISO time')
    .option('--offline', 'không truy cập mạng (mặc định) / fetch nothing (the default)')
    .option('--policy <file>', 'chính sách / policy: strict, legacy or a JSON file')
    .option('--batch <list>', 'mỗi dòng một JSON / a JSON line per file')
    .option('--json')
    .action((files: string[], options: VerifyOptions) => verify(files, options, setExit));
  program
    .command('sign <file>')
    .description('Ký số / sign (PAdES-B, XML-DSig, XAdES-B)')
    .requiredOption('--key <p12>', 'tệp PKCS#12 / PKCS#12 file')
    .requiredOption('--pass-file <file>', 'tệp chứa mật khẩu / file with the passphrase')
    .requiredOption('--out <file>')
    .addOption(
      new Option('--format <format>')
        .choices(['pades', 'xades', 'xmldsig', 'cades', 'asice'])
        .default('pades'),
    )
    .addOption(new Option('--level <level>').choices(['B', 'T', 'LT', 'LTA']).default('B'))
    .option('--tsa <url>')
    .addOption(
      new Option('--profile <profile>')
        .choices(['plain', 'leader', 'agency', 'copy', 'appendix', 'incoming'])
        .default('plain'),
    )
    .option('--image <png>')
    .option('--page <n>')
    .option('--box <x,y,w,h>')
    .option('--reason <text>')
    .option('--location <text>')
    .option('--document-code <code>', 'số, ký hiệu')
    .option('--signer-name <name>', 'họ tên người ký')
    .option('--agency-name <name>', 'tên cơ quan')
    .option(
      '--crl <file|dir>',
      'danh sách thu hồi để kiểm tra trước khi ký / CRL to check before signing',
      many,
      [],
    )
    .option(
      '--allow-unknown-revocation',
      'vẫn ký khi không biết tình trạng thu hồi / sign although revocation is unknown',
    )
    .option('--json')
    .action(sign);
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
