/** `certify`: an integrator runs its document system against us and learns what it does right and wrong. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Line, Report, Session } from '../../certify/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { untilSignal } from '../serve.ts';

interface CertifyOptions {
  port: number;
  host?: string;
  id: string;
  secretFile?: string;
  agency: string;
  agencyName: string;
  partner: string;
  minutes: number;
  json?: boolean;
}

function numberIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`${least}–${most}`);
    return value;
  };
}

/** The secret of a file, or one made for this session: it opens nothing but the session. */
function secretOf({ secretFile }: CertifyOptions): string {
  if (secretFile === undefined) return randomBytes(24).toString('base64');
  let secret: string;
  try {
    secret = readFileSync(secretFile, 'utf8').trim();
  } catch (cause) {
    throw new CommandError(
      EXIT.unreadableInput,
      { vi: `Không đọc được tệp ${secretFile}.`, en: `Can't read ${secretFile}.` },
      { cause },
    );
  }
  if (secret !== '') return secret;
  throw new CommandError(EXIT.usage, { vi: 'Tệp khoá trống.', en: 'The secret file is empty.' });
}

const MARKS = { passed: '✓', failed: '✗', 'not-seen': '·' } as const;

/** Progress goes to stderr with --json, so that stdout holds one object and nothing else. */
function teller(options: CertifyOptions): (text: string) => void {
  return options.json === true ? (text) => void process.stderr.write(`${text}\n`) : printLine;
}

function lineText({ state, vi, en, required, faults }: Line): string {
  const advice = required ? '' : ' (khuyến nghị / advice)';
  const fault = state === 'failed' ? faults.at(-1) : undefined;
  const why = fault === undefined ? '' : `\n    ${fault.vi}\n    ${fault.en}`;
  return `${MARKS[state]} ${vi}${advice}\n  ${en}${why}`;
}

async function start(
  options: CertifyOptions,
  secret: string,
  tell: (text: string) => void,
): Promise<Session> {
  const { startSession } = await import('../../certify/index.ts');
  try {
    return await startSession({
      port: options.port,
      ...(options.host === undefined ? {} : { host: options.host }),
      systemId: options.id,
      secret,
      client: { code: options.agency, name: options.agencyName },
      partner: { code: options.partner, name: 'Cơ quan đối tác (thử)' },
      changed: (line) => tell(lineText(line)),
    });
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EADDRINUSE') throw cause;
    throw new CommandError(
      EXIT.usage,
      { vi: `Cổng ${options.port} đang có người dùng.`, en: `Port ${options.port} is in use.` },
      { cause },
    );
  }
}

async function certify(options: CertifyOptions, setExit: SetExit): Promise<void> {
  if (options.agency === options.partner)
    throw new CommandError(EXIT.usage, {
      vi: '--agency và --partner phải khác nhau.',
      en: '--agency and --partner must differ.',
    });
  const tell = teller(options);
  const secret = secretOf(options);
  const session = await start(options, secret, tell);
  tell(`endpoint: ${session.baseUrl}`);
  tell(`systemid: ${options.id}`);
  tell(options.secretFile === undefined ? `secret:   ${secret}` : `secret:   ${options.secretFile}`);
  tell(`cơ quan / agency: ${options.agency}; đối tác / partner: ${options.partner}`);
  tell('Hãy cho phần mềm nhận văn bản, trả lời, và gửi một văn bản tới đối tác. Ctrl+C để kết thúc.');
  tell('Let the client fetch, answer, and send one document to the partner. Ctrl+C ends.\n');
  const timer = new AbortController();
  const end = new Promise<void>((resolve) => {
    const handle = setTimeout(resolve, options.minutes * 60_000);
    timer.signal.addEventListener('abort', () => clearTimeout(handle));
  });
  await Promise.race([session.passed, end, untilSignal()]);
  timer.abort();
  const report = session.report();
  await session.close();
  print(report, options);
  if (!report.passed) setExit(EXIT.failed);
}

function print(report: Report, options: CertifyOptions): void {
  if (options.json === true) {
    printJson({ systemId: options.id, agency: options.agency, ...report });
    return;
  }
  printLine('\n— Kết quả / result —');
  for (const line of report.checks) printLine(lineText(line));
  const open = report.checks.filter(({ required, state }) => required && state !== 'passed').length;
  printLine(
    report.passed
      ? `ĐẠT / PASSED (${report.calls} lượt gọi / calls)`
      : `CHƯA ĐẠT / NOT PASSED: còn ${open} mục / rules left (${report.calls} lượt gọi / calls)`,
  );
}

export function addCertifyCommand(program: Command, setExit: SetExit): void {
  program
    .command('certify')
    .description(
      'Kiểm tra một hệ thống văn bản nói VXP có đúng không / certify a document system that speaks VXP',
    )
    .option('--port <n>', 'cổng / port; 0: còn trống / a free one', numberIn(0, 65_535), 0)
    .option('--host <address>', 'địa chỉ nghe / address to listen on (default 127.0.0.1)')
    .option('--id <systemId>', 'mã hệ thống / system id', 'thu.nghiem.01')
    .option('--secret-file <file>', 'tệp chứa khoá bí mật; không có thì tạo mới / secret; made when absent')
    .option('--agency <code>', 'mã cơ quan của hệ thống / its agency', 'H99.01')
    .option('--agency-name <name>', 'tên cơ quan / its name', 'Cơ quan thử nghiệm')
    .option('--partner <code>', 'mã cơ quan đối tác / the partner agency', 'G99.02')
    .option('--minutes <n>', 'kết thúc sau / end after', numberIn(1, 1_440), 30)
    .option('--json', 'in kết quả dạng JSON / print the result as JSON')
    .addHelpText(
      'after',
      '\nTự kết thúc khi mọi mục bắt buộc đều đạt; mã thoát 0 đạt, 1 chưa đạt.\nEnds by itself when every required rule has passed; exit 0 passed, 1 not.',
    )
    .action((options: CertifyOptions) => certify(options, setExit));
}
