/** Options that `sign` and `extend` share: trust, evidence, time-stamping authorities. */
import type { Command } from 'commander';
import type { EvidenceOptions, SignatureLevel, TimestampAuthority } from '../../signing/index.ts';
import { pdfPassword as pdfPasswordSetting } from '../config.ts';
import { askSecret, canAsk, readSecretFile } from '../keys/index.ts';
import { openOnline } from '../pki/open.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { many, readMany } from './inputs.ts';

/** As commander gives them. */
export interface TrustOptions {
  trust: string[];
  intermediates: string[];
  crl: string[];
  ocsp: string[];
  tsa: string[];
  tsaPolicy?: string;
  digest: 'sha256' | 'sha384' | 'sha512';
  offline?: boolean;
  allowUnknownRevocation?: boolean;
}

/** Adds them to a command. */
export function withTrustOptions(command: Command): Command {
  return command
    .option(
      '--tsa <url>',
      'dịch vụ dấu thời gian, nhiều địa chỉ thì thử lần lượt / time-stamping authority, tried in order',
      many,
      [],
    )
    .option('--tsa-policy <oid>', 'chính sách dấu thời gian phải có / policy the time-stamp must be under')
    .option(
      '--trust <cert|dir>',
      'neo tin cậy; không có thì gốc đi cùng khoá / trust anchor; default the root with the key',
      many,
      [],
    )
    .option('--intermediates <cert|dir>', 'chứng thư trung gian / intermediates', many, [])
    .option('--crl <file|dir>', 'danh sách thu hồi / CRL', many, [])
    .option('--ocsp <file|dir>', 'trả lời OCSP / OCSP answer', many, [])
    .option('--offline', 'không hỏi tình trạng chứng thư qua mạng / ask nobody about certificates')
    .option(
      '--allow-unknown-revocation',
      'vẫn làm khi không biết tình trạng thu hồi / go on although revocation is unknown',
    );
}

/** Evidence of the options: files named, and the network where it may be asked. */
export async function evidenceOf(options: TrustOptions): Promise<Omit<EvidenceOptions, 'now'>> {
  const { readCertificates, readCrls } = await import('../../signing/index.ts');
  const online = await openOnline(options);
  const trust = await readMany(options.trust, readCertificates);
  return {
    intermediates: await readMany(options.intermediates, readCertificates),
    crls: await readMany(options.crl, readCrls),
    ocsps: await readMany(options.ocsp, (content) => [content]),
    allowUnknownRevocation: options.allowUnknownRevocation === true,
    ...(trust.length === 0 ? {} : { trust }),
    ...(online === null ? {} : { revocation: online.revocation }),
  };
}

/**
 * The authorities named, asked in order and at no other address; undefined when none is.
 * @throws CommandError 64 when the level needs one and none is named
 */
export async function authorityOf(
  options: TrustOptions,
  level: SignatureLevel,
): Promise<TimestampAuthority | undefined> {
  if (options.tsa.length === 0) {
    if (level === 'B') return undefined;
    throw new CommandError(EXIT.usage, { vi: `Mức ${level} cần --tsa.`, en: `Level ${level} needs --tsa.` });
  }
  const { createTsaClient } = await import('../../signing/index.ts');
  return createTsaClient({
    urls: options.tsa,
    fetch: (url, init) => fetch(url, { ...init, body: Buffer.from(init.body), redirect: 'error' }),
    ...(options.tsaPolicy === undefined ? {} : { policy: options.tsaPolicy }),
  });
}

/**
 * Runs with the password given; an encrypted PDF without one asks for it at the terminal, when there is somebody to ask.
 * @param run gets the password to use beside what was given.
 */
export async function askingForPassword<T>(run: (asked: { password?: string }) => Promise<T>): Promise<T> {
  try {
    return await run({});
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? '';
    const wants = code === 'PDF_ENCRYPTED' || code === 'PDF_PASSWORD_WRONG';
    if (!wants || !canAsk() || pdfPasswordSetting() !== null) throw cause;
    const password = await askSecret('Mật khẩu của tệp PDF / password of the PDF: ');
    if (password === null) throw cause;
    return run({ password });
  }
}

/** The password of an encrypted PDF: from a file or LIENTHONG_PDF_PASSWORD; nothing when neither is given. */
export async function pdfPassword(file: string | undefined): Promise<{ password?: string }> {
  const password = file === undefined ? pdfPasswordSetting() : await readSecretFile(file);
  return password === null ? {} : { password };
}
