/** The key a command names, with a person or a script behind it. */
import { readMany } from '../commands/inputs.ts';
import { keyPin } from '../config.ts';
import { type OpenedSigner, openKey } from './open.ts';
import { askSecret } from './prompt.ts';

/** The options of a command about its key. */
export interface KeyOptions {
  /** `--key` */
  readonly key: string;
  /** `--pass-file` */
  readonly passFile?: string;
  /** `--certificate`: files or folders. */
  readonly certificate?: readonly string[];
  /** `--pss` */
  readonly pss?: boolean;
}

/**
 * Opens it. The secret comes from `--pass-file`, what the address names, LIENTHONG_KEY_PIN, or is asked for at the terminal.
 * @throws SigningError as `openKey`
 */
export async function openCommandKey(options: KeyOptions): Promise<OpenedSigner> {
  const { readCertificates } = await import('../../signing/index.ts');
  return openKey(options.key, {
    passFile: options.passFile,
    pin: async () => keyPin() ?? askSecret('Mật khẩu hoặc PIN / passphrase or PIN: '),
    otp: () => askSecret('Mã OTP / one-time code: '),
    certificates: await readMany(options.certificate ?? [], readCertificates),
    pss: options.pss === true,
  });
}
