/** `sign`: one signature on one file (or on several in a container), no server needed. */
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import type { SignatureLevel, SignedFile, SignFileOptions, SigningFormat } from '../../signing/index.ts';
import { openCommandKey } from '../keys/index.ts';
import { CommandError, EXIT, printJson, printLine } from './exit-codes.ts';
import { many, readForSigning, readInput, writeOutput } from './inputs.ts';
import {
  askingForPassword,
  authorityOf,
  evidenceOf,
  pdfPassword,
  type TrustOptions,
  withTrustOptions,
} from './signing-options.ts';

interface SignOptions extends TrustOptions {
  key: string;
  passFile?: string;
  certificate: string[];
  pss?: boolean;
  out: string;
  format: SigningFormat;
  level: SignatureLevel;
  placement?: NonNullable<SignFileOptions['placement']>;
  detached?: boolean;
  asicForm: 'xades' | 'cades';
  also: string[];
  addTo?: boolean;
  uid: string[];
  whenUnavailable: 'refuse' | 'lower';
  profile: NonNullable<NonNullable<SignFileOptions['pdf']>['profile']>;
  image?: string;
  page?: string;
  box?: string;
  reason?: string;
  location?: string;
  documentCode?: string;
  signerName?: string;
  agencyName?: string;
  issueNumber?: string;
  issueDate?: string;
  copyForm?: 'SAO Y' | 'SAO LỤC' | 'TRÍCH SAO';
  incomingNumber?: string;
  incomingDate?: string;
  imageWidthMm?: string;
  field?: string;
  pdfPasswordFile?: string;
  certify?: '1' | '2' | '3';
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

function assertSensible(options: SignOptions): void {
  if (options.format === 'xmldsig' && options.level !== 'B')
    throw new CommandError(EXIT.usage, {
      vi: 'XML-DSig không có mức T, LT, LTA; dùng --format xades.',
      en: 'XML-DSig has no levels T, LT, LTA; use --format xades.',
    });
  if (options.also.length > 0 && options.format !== 'asice' && options.placement !== 'detached')
    throw new CommandError(EXIT.usage, {
      vi: '--also chỉ dùng với --format asice hoặc --placement detached.',
      en: '--also goes with --format asice or --placement detached only.',
    });
}

/** Today in Vietnam, dd/MM/yyyy. */
function today(): string {
  return new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10).split('-').reverse().join('/');
}

/** What the profiles show beside names. */
function profileOptions(options: SignOptions): Partial<NonNullable<SignFileOptions['pdf']>> {
  const { issueNumber, issueDate, incomingNumber = options.documentCode, incomingDate = today() } = options;
  if ((issueNumber === undefined) !== (issueDate === undefined))
    throw new CommandError(EXIT.usage, {
      vi: '--issue-number và --issue-date phải đi cùng nhau.',
      en: '--issue-number and --issue-date go together.',
    });
  return {
    ...(issueNumber === undefined || issueDate === undefined
      ? {}
      : { issue: { number: issueNumber, date: issueDate } }),
    ...(options.copyForm === undefined ? {} : { copyForm: options.copyForm }),
    ...(options.imageWidthMm === undefined ? {} : { imageWidthMm: Number(options.imageWidthMm) }),
    ...(options.profile === 'incoming' && incomingNumber !== undefined
      ? { incoming: { number: incomingNumber, date: incomingDate } }
      : {}),
  };
}

async function pdfOptions(options: SignOptions): Promise<NonNullable<SignFileOptions['pdf']>> {
  return {
    profile: options.profile,
    ...(options.image === undefined ? {} : { imagePng: await readInput(options.image) }),
    ...(options.page === undefined ? {} : { page: Number(options.page) }),
    ...(options.box === undefined ? {} : { box: parseBox(options.box) }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.location === undefined ? {} : { location: options.location }),
    ...(options.documentCode === undefined ? {} : { documentCode: options.documentCode }),
    ...(options.signerName === undefined ? {} : { signerName: options.signerName }),
    ...(options.agencyName === undefined ? {} : { agencyName: options.agencyName }),
    ...profileOptions(options),
    ...(options.field === undefined ? {} : { field: options.field }),
    ...(await pdfPassword(options.pdfPasswordFile)),
    ...(options.certify === undefined ? {} : { certify: Number(options.certify) as 1 | 2 | 3 }),
  };
}

async function fileOptions(options: SignOptions, room: Uint8Array): Promise<SignFileOptions> {
  const timestampAuthority = await authorityOf(options, options.level);
  return {
    format: options.format,
    level: options.level,
    signingTime: new Date(),
    digest: options.digest,
    evidence: await evidenceOf(options),
    whenUnavailable: options.whenUnavailable,
    asicForm: options.asicForm,
    detached: options.detached === true,
    addToContainer: options.addTo === true,
    pdf: { ...(await pdfOptions(options)), room },
    ...(options.placement === undefined ? {} : { placement: options.placement }),
    ...(options.uid.length === 0 ? {} : { expectedUids: options.uid }),
    ...(timestampAuthority === undefined ? {} : { timestampAuthority }),
  };
}

function tell(signed: SignedFile, options: SignOptions, signedAt: Date): void {
  for (const { level, vi, en } of signed.messages) process.stderr.write(`[${level}] ${vi} / ${en}\n`);
  if (options.json !== true) {
    printLine(options.out);
    return;
  }
  printJson({
    out: options.out,
    sizeBytes: signed.bytes.length,
    format: options.format,
    level: signed.level,
    wantedLevel: signed.wantedLevel,
    signedAt: signedAt.toISOString(),
    revocation: signed.check.revocation,
    path: signed.check.path,
    verdict: signed.verification.verdict,
    messages: signed.messages,
  });
}

async function sign(file: string, options: SignOptions): Promise<void> {
  assertSensible(options);
  const { signFile } = await import('../../signing/index.ts');
  const { bytes, room } = await readForSigning(file);
  const others = await Promise.all(
    options.also.map(async (path) => ({ name: basename(path), bytes: await readInput(path) })),
  );
  const signer = await openCommandKey(options);
  try {
    const wishes = await fileOptions(options, room);
    const signed = await askingForPassword((asked) =>
      signFile([{ name: basename(file), bytes }, ...others], signer, {
        ...wishes,
        pdf: { ...wishes.pdf, ...asked },
      }),
    );
    await writeOutput(options.out, signed.bytes);
    tell(signed, options, wishes.signingTime);
  } finally {
    await signer.close();
  }
}

function addKeyOptions(command: Command): Command {
  return command
    .requiredOption(
      '--key <address>',
      'tệp PKCS#12, pkcs11:… (thiết bị, HSM) hoặc csc+https://… (ký số từ xa) / PKCS#12 file, token or signing service',
    )
    .option(
      '--pass-file <file>',
      'tệp chứa mật khẩu hoặc PIN; không có thì LIENTHONG_KEY_PIN, rồi hỏi / file with passphrase or PIN; else LIENTHONG_KEY_PIN, else asked for',
    )
    .option(
      '--certificate <file|dir>',
      'chứng thư số khi thiết bị chỉ giữ khoá / certificates where a token holds only the key',
      many,
      [],
    )
    .option('--pss', 'RSA ký theo PSS / RSA keys sign with PSS')
    .option(
      '--uid <uid>',
      'UID phải có của người ký, vd. CCCD:…, MST:… / UID the certificate must have',
      many,
      [],
    );
}

function addFormatOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>')
        .choices(['pades', 'xades', 'xmldsig', 'cades', 'asics', 'asice'])
        .default('pades'),
    )
    .addOption(new Option('--level <level>').choices(['B', 'T', 'LT', 'LTA']).default('B'))
    .addOption(new Option('--digest <digest>').choices(['sha256', 'sha384', 'sha512']).default('sha256'))
    .addOption(
      new Option(
        '--when-unavailable <what>',
        'khi thiếu dấu thời gian, bằng chứng / when time-stamp or evidence cannot be had',
      )
        .choices(['refuse', 'lower'])
        .default('refuse'),
    )
    .addOption(
      new Option('--placement <where>', 'vị trí chữ ký XML / where an XML signature stands').choices([
        'enveloped',
        'enveloping',
        'detached',
        'edxml-header',
      ]),
    )
    .option('--detached', 'CAdES không kèm nội dung / CAdES without the content')
    .addOption(new Option('--asic-form <form>').choices(['xades', 'cades']).default('xades'))
    .option(
      '--also <file>',
      'thêm tệp vào gói hoặc chữ ký tách rời / another file of the container',
      many,
      [],
    )
    .option(
      '--add-to',
      'tệp là gói ASiC-E có sẵn, thêm chữ ký / the file is an ASiC-E container, add a signature',
    );
}

function addAppearanceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--profile <profile>')
        .choices(['plain', 'leader', 'agency', 'copy', 'appendix', 'incoming', 'issue'])
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
      '--issue-number <n>',
      'số văn bản, điền vào chỗ trống trước khi ký / number, put on before signing',
    )
    .option('--issue-date <yyyy-MM-dd>', 'ngày ban hành / date of issue')
    .addOption(new Option('--copy-form <form>').choices(['SAO Y', 'SAO LỤC', 'TRÍCH SAO']))
    .option(
      '--incoming-number <n>',
      'số đến; không có thì --document-code / arrival number, else --document-code',
    )
    .option('--incoming-date <date>', 'ngày đến; không có thì hôm nay / date of arrival, else today')
    .option('--image-width-mm <mm>', 'bề rộng thật của ảnh / real width of the image')
    .option(
      '--pdf-password-file <file>',
      'mật khẩu của PDF mã hoá; không có thì LIENTHONG_PDF_PASSWORD, rồi hỏi / password of an encrypted PDF, else LIENTHONG_PDF_PASSWORD, else asked for',
    )
    .option('--field <name>', 'trường chữ ký có sẵn / signature field of the PDF')
    .addOption(
      new Option('--certify <level>', 'chữ ký chứng nhận (DocMDP) / certification signature').choices([
        '1',
        '2',
        '3',
      ]),
    );
}

export function addSignCommand(program: Command): void {
  const command = program
    .command('sign <file>')
    .description('Ký số / sign (PAdES, XAdES, CAdES, ASiC at B, T, LT, LTA; XML-DSig)')
    .requiredOption('--out <file>');
  withTrustOptions(addAppearanceOptions(addFormatOptions(addKeyOptions(command))))
    .option('--json')
    .action(sign);
}
