/** Declares every command and its options; the work is in the other files of this folder. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { StoreError, type StoreErrorCode } from '../store/index.ts';
import { VERSION } from '../version.ts';
import { addCertsCommands } from './certs.ts';
import { addEdxmlCommands } from './edxml.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { addExtendCommand } from './extend.ts';
import { addOcrCommand } from './ocr.ts';
import { addServeCommands } from './serve.ts';
import { addSignCommand } from './sign.ts';
import { addAdminCommands } from './stored/admin.ts';
import { addAgencyCommands } from './stored/agencies.ts';
import { addArrivalsCommand } from './stored/arrivals.ts';
import { addBlobCommands } from './stored/blobs.ts';
import { addInsightCommands } from './stored/insight.ts';
import { addOperationCommands } from './stored/operations.ts';
import { addSecretCommands } from './stored/secrets.ts';
import { addCertifyCommand } from './trial/certify.ts';
import { addReplayCommand } from './trial/replay.ts';
import { addDoctorCommand } from './trust/doctor.ts';
import { addTrustCommands } from './trust/trust.ts';
import { addVerifyCommand } from './verify.ts';

/** Sets the exit code of the command that ran. */
export type SetExit = (code: number) => void;

/** Runs one command line. @returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const setExit: SetExit = (code) => {
    exitCode = code;
  };
  const program = new Command('lienthong')
    .description('Trục liên thông văn bản và hồ sơ điện tử / e-document interoperability gateway')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(lienthong --help)');
  addServeCommands(program);
  addVerifyCommand(program, setExit);
  addSignCommand(program);
  addExtendCommand(program);
  addOcrCommand(program, setExit);
  addCertsCommands(program, setExit);
  addEdxmlCommands(program, setExit);
  addAdminCommands(program);
  addSecretCommands(program);
  addAgencyCommands(program, setExit);
  addInsightCommands(program, setExit);
  addOperationCommands(program);
  addArrivalsCommand(program, setExit);
  addBlobCommands(program, setExit);
  addTrustCommands(program);
  addDoctorCommand(program, setExit);
  addCertifyCommand(program, setExit);
  addReplayCommand(program, setExit);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (cause) {
    return explain(cause);
  }
}

/** One place that turns an error into words on stderr and an exit code. */
function explain(cause: unknown): number {
  if (cause instanceof CommanderError) {
    // Commander has printed help, version or the usage error already.
    return cause.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (cause instanceof CommandError) {
    process.stderr.write(`lienthong: ${cause.message}\n`);
    return cause.exitCode;
  }
  if (cause instanceof ConfigError) {
    process.stderr.write(`lienthong: ${cause.message}\n`);
    return EXIT.config;
  }
  if (cause instanceof StoreError) {
    const vi = STORE_WORDS[cause.code] ?? 'Kho lưu trữ không sẵn sàng; hãy thử lại sau.';
    process.stderr.write(`lienthong: ${vi}\n${cause.message} [${cause.code}]\n`);
    return cause.code === 'BLOBS_REFUSED' ? EXIT.config : EXIT.tryLater;
  }
  if (isPortFault(cause)) {
    const { message } = cause as Error;
    process.stderr.write(`lienthong: Không mở được cổng. / Can't listen on the port.\n${message}\n`);
    return EXIT.unavailable;
  }
  const { code = '', vi, en, message, details } = cause as Partial<CodedError>;
  if (typeof vi !== 'string') {
    process.stderr.write(
      `lienthong: lỗi bên trong / internal fault: ${message ?? String(cause)}\n${(cause as Error).stack ?? ''}\n`,
    );
    return EXIT.internal;
  }
  const reason = details?.['reason'] === undefined ? '' : ` (${String(details['reason'])})`;
  process.stderr.write(`lienthong: ${vi}${reason}\n${en ?? ''} [${code}]\n`);
  return SIGNING_EXITS.find(([pattern]) => pattern.test(code))?.[1] ?? EXIT.unreadableInput;
}

/** What some faults of the store are, in plain words. */
const STORE_WORDS: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  STORE_IN_USE: 'Một trục khác đang chạy trên thư mục dữ liệu này.',
  BLOBS_UNAVAILABLE: 'Kho đối tượng (S3_URL) không trả lời; hãy thử lại sau.',
  BLOBS_REFUSED:
    'Kho đối tượng (S3_URL) từ chối khoá truy cập, hoặc không có bucket này; xem S3_URL, khoá, vùng, quyền, đồng hồ.',
};

/** An error of one of our modules, whichever. */
interface CodedError {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Faults of signing that are no fault of the input: the command was wrong, or what it takes does not answer now. */
const SIGNING_EXITS: readonly (readonly [RegExp, number])[] = [
  [/^KEY_(URI_INVALID|PIN_IN_URI|AMBIGUOUS)$/, EXIT.usage],
  [/^(KEY_TOKEN|REMOTE_SIGNING)_UNAVAILABLE$/, EXIT.tryLater],
  [/^KEY_MODULE_UNAVAILABLE$/, EXIT.unavailable],
  [
    /^(TSA_UNAVAILABLE|TSA_REFUSED|TIMESTAMP_INVALID|EVIDENCE_UNAVAILABLE|SIGNER_STATE_UNKNOWN)$/,
    EXIT.tryLater,
  ],
  [/^SIGNING_OPTION_INVALID$/, EXIT.usage],
  [/^SIGNING_RESULT_UNSOUND$/, EXIT.internal],
];

/** The address or port is taken, not ours to use, or not there. */
function isPortFault(cause: unknown): boolean {
  const { syscall = '', code = '' } = (cause ?? {}) as { syscall?: string; code?: string };
  return syscall === 'listen' && /^(EADDRINUSE|EACCES|EADDRNOTAVAIL)$/.test(code);
}
