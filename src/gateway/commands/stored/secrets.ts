/** `secrets seal`: a password or key of a counterparty as `systems.json` may hold it: useless without this gateway's sealing key. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openSealer } from '../../access/index.ts';
import { loadConfig } from '../../config.ts';
import { SYSTEMS_SECRET } from '../../counterparties/systems/file.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import { type DataOptions, onData } from './admin.ts';

/** Far above the longest honest key. */
const MOST_BYTES = 64 * 1024;

function readSecret(file: string): string {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (cause) {
    throw new CommandError(EXIT.usage, {
      vi: `Không đọc được ${file} (${(cause as { code?: string }).code}).`,
      en: `${file} cannot be read (${(cause as { code?: string }).code}).`,
    });
  }
  if (text === '' || text.length > MOST_BYTES)
    throw new CommandError(EXIT.usage, {
      vi: 'Khoá bí mật rỗng hoặc quá dài.',
      en: 'The secret is empty or too long.',
    });
  return text;
}

function seal(options: DataOptions & { secretFile: string }): void {
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  const sealed = openSealer(config.dataDir).seal(readSecret(options.secretFile), SYSTEMS_SECRET);
  if (options.json === true) printJson({ sealed });
  else printLine(JSON.stringify({ sealed }));
}

export function addSecretCommands(program: Command): void {
  const secrets = program
    .command('secrets')
    .description('Khoá bí mật của các hệ thống bên ngoài / secrets of counterparties');
  onData(
    secrets
      .command('seal')
      .description(
        'Niêm phong để ghi vào systems.json; chỉ máy giữ keys/sealing.key mở được / seal for systems.json',
      ),
  )
    .requiredOption('--secret-file <file>', 'tệp chứa khoá; - đọc từ đầu vào chuẩn / - for standard input')
    .action(seal);
}
