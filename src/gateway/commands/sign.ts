/** `sign`: one signature on one file, no server needed. */
import { type Command, Option } from 'commander';
import type { PdfSignOptions, Signer } from '../../signing/index.ts';
import { openCommandKey } from '../keys/index.ts';
import { openOnline } from '../pki/open.ts';
import { CommandError, EXIT, printJson, printLine } from './exit-codes.ts';
import { many, readInput, readMany, writeOutput } from './inputs.ts';

interface SignOptions {
  key: string;
  passFile?: string;
  certificate: string[];
  pss?: boolean;
  out: string;
  format: string;
  level: string;
  tsa?: string;
  detached?: boolean;
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
  offline?: boolean;
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

/** Formats and the levels of ETSI EN 319 1x2 that can be made today. */
const LEVELS: Readonly<Record<string, readonly string[]>> = {
  pades: ['B', 'T'],
  cades: ['B', 'T'],
  xades: ['B'],
  xmldsig: ['B'],
};

function assertThere(options: SignOptions): void {
  if (LEVELS[options.format]?.includes(options.level) !== true) {
    throw new CommandError(EXIT.unavailable, {
      vi: `Chưa có: --format ${options.format} --level ${options.level} Hiện có pades và cades mức B, T; xades và xmldsig mức B.`,
      en: 'Not there yet; pades and cades at levels B and T, xades and xmldsig at level B are.',
    });
  }
  if (options.level === 'T' && options.tsa === undefined) {
    throw new CommandError(EXIT.usage, { vi: 'Mức T cần --tsa.', en: 'Level T needs --tsa.' });
  }
}

/** Signs in the format asked for; the time-stamp, when asked for, comes from the address the caller named and no other. */
async function signAs(
  bytes: Uint8Array,
  signer: Signer,
  options: SignOptions,
  signingTime: Date,
): Promise<Uint8Array> {
  const { buildCms, createTsaClient, signPdf, signXml } = await import('../../signing/index.ts');
  const authority =
    options.level !== 'T' || options.tsa === undefined
      ? {}
      : {
          timestampAuthority: createTsaClient({
            urls: [options.tsa],
            fetch: (url, init) => fetch(url, { ...init, body: Buffer.from(init.body), redirect: 'error' }),
          }),
        };
  if (options.format === 'pades')
    return signPdf(bytes, signer, { ...(await pdfOptions(options, signingTime)), ...authority });
  if (options.format === 'cades')
    return buildCms(signer, {
      content: [bytes],
      attached: options.detached !== true,
      signingTime,
      ...authority,
    });
  return signXml(bytes, signer, { signingTime, xades: options.format === 'xades' });
}

async function sign(file: string, options: SignOptions): Promise<void> {
  assertThere(options);
  const { assertMaySign, readCrls } = await import('../../signing/index.ts');
  const bytes = await readInput(file);
  const signer = await openCommandKey(options);
  try {
    const signingTime = new Date();
    const online = await openOnline(options);
    await assertMaySign(signer, {
      at: signingTime,
      crls: await readMany(options.crl, readCrls),
      allowUnknownRevocation: options.allowUnknownRevocation === true,
      ...(online === null ? {} : { revocation: online.revocation }),
    });
    const signed = await signAs(bytes, signer, options, signingTime);
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
    await signer.close();
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

export function addSignCommand(program: Command): void {
  program
    .command('sign <file>')
    .description('Ký số / sign (PAdES and CAdES at B and T, XML-DSig, XAdES-B)')
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
    .requiredOption('--out <file>')
    .addOption(
      new Option('--format <format>')
        .choices(['pades', 'xades', 'xmldsig', 'cades', 'asice'])
        .default('pades'),
    )
    .addOption(new Option('--level <level>').choices(['B', 'T', 'LT', 'LTA']).default('B'))
    .option('--tsa <url>', 'dịch vụ dấu thời gian cho mức T / time-stamping authority for level T')
    .option('--detached', 'CAdES không kèm nội dung / CAdES without the content')
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
    .option('--offline', 'không hỏi tình trạng chứng thư qua mạng / ask nobody about the certificate')
    .option(
      '--allow-unknown-revocation',
      'vẫn ký khi không biết tình trạng thu hồi / sign although revocation is unknown',
    )
    .option('--json')
    .action(sign);
}
