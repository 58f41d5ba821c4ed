/** One signature at level B (T where the format takes its time-stamp at once), in the format asked for. */
import { addAsicSignature, signAsic } from '../asic/index.ts';
import { buildCms } from '../cms/index.ts';
import type { SigningError } from '../errors.ts';
import { type PdfSignOptions, signPdf } from '../pdf/index.ts';
import type { Signer, SigningDigest, TimestampAuthority } from '../ports.ts';
import { type FileToSign, signFilesAsXml, signXml, type XmlSignOptions } from '../xml/index.ts';

/** Formats of new signatures. */
export type SigningFormat = 'pades' | 'xades' | 'xmldsig' | 'cades' | 'asics' | 'asice';

/** Formats with levels above B. */
export const LEVELLED_FORMATS: readonly SigningFormat[] = ['pades', 'xades', 'cades', 'asics', 'asice'];

/** What to sign: one file, or several for a detached signature or a container. */
export type FilesToSign = readonly [FileToSign, ...FileToSign[]];

/** Wishes about the format. */
export interface FormatOptions {
  readonly format: SigningFormat;
  readonly signingTime: Date;
  /** Default sha256. */
  readonly digest?: SigningDigest;
  /** For `pades`: appearance, field, reason and so on. */
  readonly pdf?: Omit<PdfSignOptions, 'signingTime' | 'digest' | 'timestampAuthority' | 'onTimestampFailure'>;
  /** For `xades` and `xmldsig`; `detached` signs the files by name. */
  readonly placement?: NonNullable<XmlSignOptions['placement']> | 'detached';
  /** For `cades`: without the content. Default false. */
  readonly detached?: boolean;
  /** Form of the signature in a container; default `xades`. */
  readonly asicForm?: 'xades' | 'cades';
  /** For `asice`: the file is such a container already and gets another signature. Default false. */
  readonly addToContainer?: boolean;
}

/** The authority, and who is told when it has none to give. */
export interface Stamping {
  readonly timestampAuthority?: TimestampAuthority;
  readonly onTimestampFailure?: (error: SigningError) => void;
}

/** Signs. Only `pades` and `cades` take the time-stamp here; the others are raised afterwards. */
export async function signOnce(
  files: FilesToSign,
  signer: Signer,
  options: FormatOptions,
  stamping: Stamping,
): Promise<Uint8Array> {
  const { format, signingTime, digest = 'sha256', placement, asicForm = 'xades' } = options;
  const [{ bytes }] = files;
  const base = { signingTime, digest };
  switch (format) {
    case 'pades':
      return signPdf(bytes, signer, { ...options.pdf, ...base, ...stamping });
    case 'cades':
      return buildCms(signer, {
        ...base,
        ...stamping,
        content: [bytes],
        attached: options.detached !== true,
      });
    case 'xades':
    case 'xmldsig': {
      const xades = format === 'xades';
      if (placement === 'detached') return signFilesAsXml(files, signer, { ...base, xades });
      return signXml(bytes, signer, { ...base, xades, ...(placement === undefined ? {} : { placement }) });
    }
    case 'asics':
      return signAsic(files, signer, { ...base, kind: 'S', form: asicForm });
    case 'asice':
      if (options.addToContainer === true)
        return addAsicSignature(bytes, signer, { ...base, form: asicForm });
      return signAsic(files, signer, { ...base, kind: 'E', form: asicForm });
  }
}
