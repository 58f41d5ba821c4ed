/** `signAsic`: ASiC-S and ASiC-E containers with XAdES or CAdES signatures at level B (ETSI EN 319 162-1 §4). */
import { buildCms } from '../../cms/index.ts';
import { SigningError } from '../../errors.ts';
import type { Signer, SigningDigest } from '../../ports.ts';
import { type FileToSign, signFilesAsXml } from '../../xml/index.ts';
import { readZip, type ZipEntry, type ZipLimits } from '../zip.ts';
import { asicManifest, contentList, freeNumber, xadesSignatures } from './manifest.ts';
import { writeZip } from './zip.ts';

/** How to sign. */
export interface AsicSignOptions {
  /** `S`: one file. `E`: any number. */
  readonly kind: 'S' | 'E';
  readonly form: 'xades' | 'cades';
  readonly signingTime: Date;
  /** Default sha256. */
  readonly digest?: SigningDigest;
  readonly zip?: Partial<ZipLimits>;
}

const MIMETYPES = {
  S: 'application/vnd.etsi.asic-s+zip',
  E: 'application/vnd.etsi.asic-e+zip',
} as const;

function option(reason: string): SigningError {
  return new SigningError('SIGNING_OPTION_INVALID', { details: { reason } });
}

/** Names that can be kept apart from the container's own, and leave it nowhere when unpacked. */
function checkNames(files: readonly FileToSign[], kind: AsicSignOptions['kind']): void {
  if (files.length === 0 || (kind === 'S' && files.length !== 1))
    throw option(kind === 'S' ? 'ASiC-S holds exactly one file' : 'no file to sign');
  const seen = new Set<string>();
  for (const { name } of files) {
    const parts = name.split('/');
    const bad =
      name === '' ||
      name === 'mimetype' ||
      /^META-INF(?:\/|$)/i.test(name) ||
      /[\\\0]/.test(name) ||
      parts.some((part) => ['', '.', '..'].includes(part));
    if (bad || seen.has(name)) throw option('file name in the container');
    seen.add(name);
  }
}

function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

async function newSignature(
  entries: readonly ZipEntry[],
  files: readonly FileToSign[],
  signer: Signer,
  options: AsicSignOptions,
): Promise<ZipEntry[]> {
  const { kind, form, signingTime, digest = 'sha256' } = options;
  if (form === 'xades') {
    const number = freeNumber(entries, (n) => [`META-INF/signatures${n}.xml`]);
    const name = kind === 'S' ? 'META-INF/signatures.xml' : `META-INF/signatures${number}.xml`;
    const bytes = await signFilesAsXml(files, signer, { signingTime, digest, xades: true }, xadesSignatures);
    return [{ name, bytes }];
  }
  if (kind === 'S') {
    const content = [files[0]?.bytes ?? new Uint8Array()];
    return [
      { name: 'META-INF/signature.p7s', bytes: await buildCms(signer, { content, digest, signingTime }) },
    ];
  }
  const number = freeNumber(entries, (n) => [`META-INF/signature${n}.p7s`, `META-INF/ASiCManifest${n}.xml`]);
  const name = `META-INF/signature${number}.p7s`;
  const typed = files.map((file) => ({ mimeType: 'application/octet-stream', ...file }));
  const manifest = asicManifest({ name, mimeType: 'application/pkcs7-signature' }, typed, digest);
  return [
    { name: `META-INF/ASiCManifest${number}.xml`, bytes: manifest },
    { name, bytes: await buildCms(signer, { content: [manifest], digest, signingTime }) },
  ];
}

/**
 * A new container with the files and one signature over all of them.
 * @throws SigningError SIGNING_OPTION_INVALID (no file, several in ASiC-S, a name the container needs itself), ASIC_TOO_LARGE
 */
export async function signAsic(
  files: readonly FileToSign[],
  signer: Signer,
  options: AsicSignOptions,
): Promise<Uint8Array> {
  checkNames(files, options.kind);
  const mimetype = MIMETYPES[options.kind];
  const list = options.kind === 'E' && options.form === 'xades';
  const entries: ZipEntry[] = [
    { name: 'mimetype', bytes: utf8(mimetype) },
    ...files.map(({ name, bytes }) => ({ name, bytes })),
    ...(list ? [{ name: 'META-INF/manifest.xml', bytes: contentList(mimetype, files) }] : []),
  ];
  return writeZip([...entries, ...(await newSignature(entries, files, signer, options))]);
}

/**
 * An ASiC-E container with another signature over all its files; everything in it stays as it was.
 * @throws SigningError ASIC_INVALID, ASIC_TOO_LARGE, SIGNING_OPTION_INVALID for an ASiC-S container
 */
export async function addAsicSignature(
  container: Uint8Array,
  signer: Signer,
  options: Omit<AsicSignOptions, 'kind'>,
): Promise<Uint8Array> {
  const entries = readZip(container, options.zip);
  const mimetype = entries.find((entry) => entry.name === 'mimetype');
  if (mimetype === undefined || !Buffer.from(mimetype.bytes).equals(Buffer.from(MIMETYPES.E)))
    throw option('only an ASiC-E container takes another signature');
  const files = entries.filter((entry) => entry !== mimetype && !/^META-INF\//i.test(entry.name));
  checkNames(files, 'E');
  const others = entries.filter((entry) => entry !== mimetype);
  return writeZip([
    mimetype,
    ...others,
    ...(await newSignature(entries, files, signer, { ...options, kind: 'E' })),
  ]);
}
