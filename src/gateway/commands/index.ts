/** Declares every command and its options; the work is in the other files of this folder. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { StoreError } from '../store/index.ts';
import { VERSION } from '../version.ts';
import { addAdminCommands } from './admin.ts';
import { addCertsCommands } from './certs.ts';
import { addEdxmlCommands } from './edxml.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { addInsightCommands } from './insight.ts';
import { addOcrCommand } from './ocr.ts';
import { addServeCommands } from './serve.ts';
import { addSignCommand } from './sign.ts';
import { addUnavailableCommands } from './unavailable.ts';
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
  addOcrCommand(program, setExit);
  addCertsCommands(program, setExit);
  addEdxmlCommands(program, setExit);
  addAdminCommands(program);
  addInsightCommands(program, setExit);
  addUnavailableCommands(program);
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
    const inUse = cause.code === 'STORE_IN_USE';
    const vi = inUse
      ? 'Một trục khác đang chạy trên thư mục dữ liệu này.'
      : 'Kho lưu trữ không sẵn sàng; hãy thử lại sau.';
    process.stderr.write(`lienthong: ${vi}\n${cause.message} [${cause.code}]\n`);
    return EXIT.tryLater;
  }
  if (isPortFault(cause)) {
    const { message } = cause as Error;
    process.stderr.write(`lienthong: Không mở được cổng. / Can't listen on the port.\n${message}\n`);
    return EXIT.unavailable;
  }
  const { code, vi, en, message } = cause as { code?: string; vi?: string; en?: string; message?: string };
  const isOurs = typeof vi === 'string';
  process.stderr.write(
    isOurs
      ? `lienthong: ${vi}\n${en ?? ''} [${code ?? ''}]\n`
      : `lienthong: lỗi bên trong / internal fault: ${message ?? String(cause)}\n${(cause as Error).stack ?? ''}\n`,
  );
  return isOurs ? EXIT.unreadableInput : EXIT.internal;
}

/** The address or port is taken, not ours to use, or not there. */
function isPortFault(cause: unknown): boolean {
  const { syscall = '', code = '' } = (cause ?? {}) as { syscall?: string; code?: string };
  return syscall === 'listen' && /^(EADDRINUSE|EACCES|EADDRNOTAVAIL)$/.test(code);
}
