/** `verify`: the verdict on the signatures of files, no server needed. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import type { Diagnostic, VerificationReport } from '../../signing/index.ts';
import type { OnlineTrust } from '../pki/index.ts';
import { openOnline } from '../pki/open.ts';
import type { TrustSet } from '../trust/index.ts';
import { trustRoot } from '../trust/root.ts';
import { VERSION } from '../version.ts';
import { CommandError, EXIT, printJson, printLine } from './exit-codes.ts';
import type { SetExit } from './index.ts';
import { many, readInput, readLarge, readMany, writeOutput } from './inputs.ts';

interface VerifyOptions {
  content: string[];
  trust: string[];
  trustSet: string[];
  intermediates: string[];
  crl: string[];
  ocsp: string[];
  at?: string;
  offline?: boolean;
  policy?: string;
  data?: string;
  config?: string;
  batch?: string;
  report?: string;
  diagnostic?: string;
  lang: 'vi' | 'en';
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
  online: OnlineTrust | null,
): Promise<{ report: VerificationReport; exitCode: number }> {
  const { diagnosticOf, readCertificates, readCrls, readPolicy, SigningError, verifyFile } = await import(
    '../../signing/index.ts'
  );
  const at = options.at === undefined ? undefined : new Date(options.at);
  if (at !== undefined && Number.isNaN(at.getTime()))
    throw new CommandError(EXIT.usage, {
      vi: `--at "${options.at}" không phải thời điểm ISO 8601.`,
      en: '--at is not an ISO 8601 time.',
    });
  const bytes = await readLarge(file);
  let diagnostic: Diagnostic | null = null;
  try {
    const policy = options.policy === undefined ? undefined : readPolicy(await policyText(options.policy));
    const anchors = await trustOf(options, policy?.trustSets ?? null);
    const report = await verifyFile(
      {
        name: basename(file),
        bytes,
        contents: await Promise.all(
          options.content.map(async (path) => ({ name: basename(path), bytes: await readLarge(path) })),
        ),
      },
      {
        trust: [...(await readMany(options.trust, readCertificates)), ...anchors.trust],
        intermediates: [
          ...(await readMany(options.intermediates, readCertificates)),
          ...anchors.intermediates,
        ],
        crls: [...(await readMany(options.crl, readCrls)), ...anchors.crls],
        ocsps: [...(await readMany(options.ocsp, (content) => [content])), ...anchors.ocsps],
        now: new Date(),
        ...(at === undefined ? {} : { at }),
        offline: options.offline === true,
        ...online,
        ...(policy === undefined ? {} : { policy }),
        ...(options.diagnostic === undefined
          ? {}
          : {
              onFacts: (format, facts) => {
                diagnostic = diagnosticOf(basename(file), format, facts);
              },
            }),
      },
    );
    if (options.diagnostic !== undefined)
      await writeOutput(options.diagnostic, `${JSON.stringify(diagnostic, null, 2)}\n`);
    if (options.report !== undefined) await writeReport(report, bytes, options);
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

const NO_ANCHORS: TrustSet = { trust: [], intermediates: [], crls: [], ocsps: [] };

/** The sets named; without `--trust` and `--trust-set`, what a server on this data folder trusts. */
async function trustOf(options: VerifyOptions, ofPolicy: readonly string[] | null): Promise<TrustSet> {
  if (options.trustSet.length === 0 && options.trust.length > 0) return NO_ANCHORS;
  const [{ loadConfig }, { readTrustSet, setNames }] = await Promise.all([
    import('../config.ts'),
    import('../trust/index.ts'),
  ]);
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  const asked = options.trustSet.length > 0 ? options.trustSet : (ofPolicy ?? []);
  const named = asked.length > 0;
  const set = await readTrustSet(trustRoot(config), named ? asked : setNames(config.trustSets));
  if (named && set.trust.length === 0)
    throw new CommandError(EXIT.usage, {
      vi: `Các bộ tin cậy ${asked.join(', ')} không có neo nào; xem "lienthong trust sets".`,
      en: 'The trust sets named hold no anchor; see "lienthong trust sets".',
    });
  return set;
}

/** The report as a document for people, by the ending of its name. */
async function writeReport(
  report: VerificationReport,
  bytes: Uint8Array,
  options: VerifyOptions,
): Promise<void> {
  const { reportPage, reportPdf } = await import('../report/index.ts');
  const path = options.report ?? '';
  const context = {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    at: new Date(),
    by: `lienthong ${VERSION}`,
  };
  if (path.endsWith('.pdf')) await writeOutput(path, await reportPdf(report, context));
  else if (path.endsWith('.html')) await writeOutput(path, reportPage(report, context, options.lang));
  else
    throw new CommandError(EXIT.usage, {
      vi: '--report cần tên tệp kết thúc bằng .pdf hoặc .html.',
      en: '--report wants a name that ends in .pdf or .html.',
    });
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
          ['content', 'trust', 'trustSet', 'intermediates', 'crl', 'ocsp'].includes(name)
            ? [value].flat()
            : value,
        ]),
      );
      jobs.push({ file, options: { ...options, ...lists } });
    }
  }
  if (jobs.length === 0)
    throw new CommandError(EXIT.usage, { vi: 'Cần ít nhất một tệp.', en: 'At least one file is needed.' });
  const online = await openOnline(options);
  const single = jobs.length === 1 && options.batch === undefined;
  let worst: number = EXIT.ok;
  for (const job of jobs) {
    if (single) {
      const { report, exitCode } = await verifyOne(job.file, job.options, online);
      if (options.json === true) printJson(report);
      else showReport(report);
      return setExit(exitCode);
    }
    worst = Math.max(worst, await verifyLine(job, options.json === true, online));
  }
  setExit(worst);
}

/** One of several: a file that can't be read gets its own line and never stops the others. */
async function verifyLine(
  job: { file: string; options: VerifyOptions },
  json: boolean,
  online: OnlineTrust | null,
): Promise<number> {
  try {
    const { report, exitCode } = await verifyOne(job.file, job.options, online);
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

/** A policy that is built in goes by its name; anything else is a file. */
async function policyText(policy: string): Promise<string> {
  const { POLICIES } = await import('../../signing/index.ts');
  return Object.hasOwn(POLICIES, policy) ? policy : (await readInput(policy)).toString('utf8');
}

export function addVerifyCommand(program: Command, setExit: SetExit): void {
  program
    .command('verify [files...]')
    .description('Kiểm tra chữ ký số / verify signatures (PDF, XML, edXML)')
    .option('--content <file>', 'nội dung của chữ ký tách rời / content of a detached signature', many, [])
    .option('--trust <cert|dir>', 'neo tin cậy / trust anchor', many, [])
    .option('--trust-set <name>', 'bộ tin cậy (lienthong trust sets) / trust set', many, [])
    .option('--intermediates <cert|dir>', 'chứng thư trung gian / intermediates', many, [])
    .option('--crl <file|dir>', 'danh sách thu hồi / CRL', many, [])
    .option('--ocsp <file|dir>', 'trả lời OCSP / OCSP answer', many, [])
    .option('--at <time>', 'thời điểm kiểm tra / validate as of this ISO time')
    .option('--offline', 'không truy cập mạng / fetch nothing')
    .option('--policy <file>', 'chính sách / policy: default, strict, legal-archive, legacy or a JSON file')
    .option('--data <dir>', 'thư mục dữ liệu / data folder (settings, cache)')
    .option('--config <file>', 'tệp cấu hình / configuration file')
    .option('--report <file>', 'ghi báo cáo cho người đọc / write a report for people (.pdf, .html)')
    .option('--diagnostic <file>', 'ghi dữ kiện chưa phán xét, JSON / write the facts before any judgement')
    .addOption(
      new Option('--lang <lang>', 'ngôn ngữ báo cáo HTML / language of the HTML report')
        .choices(['vi', 'en'])
        .default('vi'),
    )
    .option('--batch <list>', 'mỗi dòng một JSON / a JSON line per file')
    .option('--json')
    .action((files: string[], options: VerifyOptions) => verify(files, options, setExit));
}
