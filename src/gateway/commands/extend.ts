/** `extend`: raises signatures that are there to T, LT or LTA, or renews their archive time-stamps. No key is needed. */
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import type { SignatureLevel } from '../../signing/index.ts';
import { printJson, printLine } from './exit-codes.ts';
import { many, readForSigning, readLarge, writeOutput } from './inputs.ts';
import {
  askingForPassword,
  authorityOf,
  evidenceOf,
  pdfPassword,
  type TrustOptions,
  withTrustOptions,
} from './signing-options.ts';

interface ExtendCommandOptions extends TrustOptions {
  out: string;
  level: Exclude<SignatureLevel, 'B'>;
  content: string[];
  renew?: boolean;
  pdfPasswordFile?: string;
  json?: boolean;
}

async function extend(file: string, options: ExtendCommandOptions): Promise<void> {
  const { extendFile } = await import('../../signing/index.ts');
  const { bytes, room } = await readForSigning(file);
  const contents = await Promise.all(
    options.content.map(async (path) => ({ name: basename(path), bytes: await readLarge(path) })),
  );
  const timestampAuthority = await authorityOf(options, options.level);
  const given = await pdfPassword(options.pdfPasswordFile);
  const evidence = { ...(await evidenceOf(options)), now: new Date() };
  const { bytes: extended, level } = await askingForPassword((asked) =>
    extendFile(
      { bytes, room, contents, ...given, ...asked },
      {
        level: options.level,
        digest: options.digest,
        evidence,
        renew: options.renew === true,
        ...(timestampAuthority === undefined ? {} : { timestampAuthority }),
      },
    ),
  );
  await writeOutput(options.out, extended);
  if (options.json === true)
    printJson({ out: options.out, sizeBytes: extended.length, level, changed: extended !== bytes });
  else printLine(options.out);
}

export function addExtendCommand(program: Command): void {
  const command = program
    .command('extend <file>')
    .description(
      'Nâng mức chữ ký, gia hạn dấu thời gian lưu trữ / raise signatures to T, LT, LTA; renew archive time-stamps',
    )
    .requiredOption('--out <file>')
    .addOption(new Option('--level <level>').choices(['T', 'LT', 'LTA']).default('LTA'))
    .addOption(new Option('--digest <digest>').choices(['sha256', 'sha384', 'sha512']).default('sha256'))
    .option(
      '--pdf-password-file <file>',
      'mật khẩu của PDF mã hoá; không có thì LIENTHONG_PDF_PASSWORD, rồi hỏi / password of an encrypted PDF, else LIENTHONG_PDF_PASSWORD, else asked for',
    )
    .option('--content <file>', 'nội dung của chữ ký tách rời / content of a detached signature', many, [])
    .option(
      '--renew',
      'thêm dấu thời gian lưu trữ dù đã có / add an archive time-stamp although there is one',
    );
  withTrustOptions(command).option('--json').action(extend);
}
