/** `edxml check | parse | build`. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import {
  type AttachmentSource,
  agencyCodesOf,
  buildEdxml,
  type EdxmlAttachment,
  type EdxmlMessage,
  type Finding,
  judgeEdxml,
  PackageError,
  parseEdxml,
} from '../../packages/index.ts';
import { findAgencies } from '../directory/index.ts';
import { createFileSink } from '../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from './exit-codes.ts';
import type { SetExit } from './index.ts';
import { withStore } from './stored/admin.ts';

async function openInput(file: string): Promise<Readable> {
  const info = await stat(file).catch(() => null);
  if (info === null || !info.isFile())
    throw new CommandError(EXIT.unreadableInput, {
      vi: `Không đọc được tệp ${file}.`,
      en: `Can't read ${file}.`,
    });
  return createReadStream(file);
}

interface CheckLine {
  readonly code: string;
  readonly path?: string | undefined;
  readonly message: string;
  /** 1-based place in the file, where it is known. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

interface CheckOutcome {
  readonly wellFormed: boolean;
  readonly valid: boolean;
  readonly kind: 'document' | 'status' | null;
  readonly errors: readonly CheckLine[];
  readonly warnings: readonly CheckLine[];
}

function lineOf({ code, path, vi, en, line, column }: Finding): CheckLine {
  return { code, path, message: `${vi} / ${en}`, line, column };
}

/** Codes that say the bytes are no XML at all, or XML nobody should read. */
const NOT_XML = new Set(['EDXML_NOT_WELL_FORMED', 'EDXML_BAD_ENCODING', 'EDXML_DTD_REFUSED']);

async function checkFile(file: string, directory: Directory | null): Promise<CheckOutcome> {
  try {
    const parsed = await parseEdxml(await openInput(file));
    const known = await directory?.(agencyCodesOf(parsed.message));
    const { errors, warnings } = judgeEdxml(parsed, {
      now: new Date(),
      ...(known === undefined ? {} : { isKnownAgency: (code: string) => known.has(code) }),
    });
    return {
      wellFormed: true,
      valid: errors.length === 0,
      kind: parsed.message.kind,
      errors: errors.map(lineOf),
      warnings: warnings.map(lineOf),
    };
  } catch (cause) {
    if (!(cause instanceof PackageError)) throw cause;
    const { line, column, path } = cause.details;
    return {
      wellFormed: !NOT_XML.has(cause.code),
      valid: false,
      kind: null,
      errors: [{ code: cause.code, path, message: `${cause.vi} / ${cause.en}`, line, column }],
      warnings: [],
    };
  }
}

/** Which of these codes the directory knows. */
type Directory = (codes: readonly string[]) => Promise<ReadonlySet<string>>;

interface CheckOptions {
  json?: boolean;
  directory?: boolean;
  data?: string;
  config?: string;
}

async function check(file: string, options: CheckOptions, setExit: SetExit): Promise<void> {
  const outcome =
    options.directory === true
      ? await withStore(options, (store) =>
          checkFile(file, async (codes) => new Set((await findAgencies(store.read, codes)).keys())),
        )
      : await checkFile(file, null);
  if (options.json === true) printJson(outcome);
  else {
    printLine(
      outcome.valid ? `${file}: hợp lệ / valid (${outcome.kind})` : `${file}: KHÔNG hợp lệ / NOT valid`,
    );
    for (const fault of outcome.errors) printLine(`  ${fault.code}${placeOf(fault)}  ${fault.message}`);
    for (const warning of outcome.warnings)
      printLine(`  (cảnh báo / warning) ${warning.code}${placeOf(warning)}  ${warning.message}`);
  }
  setExit(outcome.valid ? EXIT.ok : EXIT.failed);
}

/** `:12:5` after a code, when the place is known and the message does not say it. */
function placeOf({ code, line, column }: CheckLine): string {
  return line === undefined || code.startsWith('EDXML_') ? '' : ` (${line}:${column ?? 1})`;
}

/** A name inside `folder` that is free: what a package calls its files never leaves the folder nor overwrites another. */
function freeName(name: string, taken: Set<string>): string {
  const safe = basename(name.replaceAll('\\', '/')).replace(/^\.+/, '') || 'tep';
  let candidate = safe;
  for (let n = 2; taken.has(candidate.toLowerCase()); n += 1)
    candidate = safe.replace(/(\.[^.]*)?$/, (extension) => `-${n}${extension}`);
  taken.add(candidate.toLowerCase());
  return candidate;
}

async function parse(file: string, options: { outDir?: string; json?: boolean }): Promise<void> {
  const { outDir } = options;
  const taken = new Set<string>();
  if (outDir !== undefined) await mkdir(outDir, { recursive: true });
  const { message } = await parseEdxml(await openInput(file), {
    ...(outDir === undefined
      ? {}
      : {
          openAttachment({ index }: { index: number }) {
            const part = join(outDir, `.${process.pid}-${index}.part`);
            const out = createFileSink(part);
            return {
              write: out.write,
              async end({ name }: { name: string }) {
                await out.end();
                await rename(part, join(outDir, freeName(name, taken)));
              },
              async abort() {
                await out.abort();
                await rm(part, { force: true });
              },
            };
          },
        }),
  });
  printJson(message);
}

async function build(
  metaFile: string,
  options: { attach: string[]; out: string; json?: boolean },
): Promise<void> {
  let message: EdxmlMessage;
  try {
    message = JSON.parse(await readFile(metaFile, 'utf8')) as EdxmlMessage;
  } catch (cause) {
    throw new CommandError(
      EXIT.unreadableInput,
      { vi: `${metaFile} không phải JSON đọc được.`, en: `${metaFile} is not readable JSON.` },
      { cause },
    );
  }
  if (message.kind !== 'document' && message.kind !== 'status') {
    throw new CommandError(EXIT.unreadableInput, {
      vi: `${metaFile}: "kind" phải là "document" hoặc "status".`,
      en: `${metaFile}: "kind" must be "document" or "status".`,
    });
  }
  const { attachments, sources } = await attachFiles(message, options.attach);
  const whole: EdxmlMessage = message.kind === 'document' ? { ...message, attachments } : message;
  const partial = `${options.out}.part`;
  try {
    await pipeline(Readable.from(buildEdxml(whole, sources)), createWriteStream(partial));
    await rename(partial, options.out);
  } catch (cause) {
    await rm(partial, { force: true });
    // The value is what a person wrote: a field of the wrong kind is its fault, not ours.
    if (!(cause instanceof TypeError)) throw cause;
    throw new CommandError(
      EXIT.unreadableInput,
      {
        vi: `${metaFile}: thiếu trường hoặc trường sai kiểu.`,
        en: `${metaFile}: a field is missing or of the wrong kind.`,
      },
      { cause },
    );
  }
  if (options.json === true) printJson({ out: options.out, sizeBytes: (await stat(options.out)).size });
}

/** A file of `--attach`, read once. */
interface AttachedFile {
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

async function readAttached(file: string): Promise<AttachedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of await openInput(file)) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { file, sha256: hash.digest('hex'), sizeBytes };
}

/**
 * Matches --attach files to the metadata's attachments by name, then by digest, then by order; the package has them in the
 * metadata's order, whatever that of the options. Files not described come behind.
 */
async function attachFiles(
  message: EdxmlMessage,
  files: readonly string[],
): Promise<{ attachments: EdxmlAttachment[]; sources: AttachmentSource[] }> {
  const described = message.kind === 'document' ? (message.attachments ?? []) : [];
  const left: AttachedFile[] = [];
  for (const file of files) left.push(await readAttached(file));
  const found = new Map<EdxmlAttachment, AttachedFile>();
  for (const fits of [
    (one: AttachedFile, known: EdxmlAttachment) => known.name === basename(one.file),
    (one: AttachedFile, known: EdxmlAttachment) => known.sha256 === one.sha256,
    () => true,
  ]) {
    for (const known of described.filter((one) => !found.has(one))) {
      const index = left.findIndex((one) => fits(one, known));
      const [one] = index >= 0 ? left.splice(index, 1) : [];
      if (one !== undefined) found.set(known, one);
    }
  }
  const missing = described.filter((known) => !found.has(known));
  if (missing.length > 0) {
    throw new CommandError(EXIT.usage, {
      vi: `Thiếu tệp cho: ${missing.map((attachment) => attachment.name).join(', ')} (dùng --attach).`,
      en: 'Files are missing; give them with --attach.',
    });
  }
  const pairs: (readonly [Partial<EdxmlAttachment>, AttachedFile])[] = [
    ...described.flatMap((known) => {
      const file = found.get(known);
      return file === undefined ? [] : [[known, file] as const];
    }),
    ...left.map((file) => [{}, file] as const),
  ];
  const attachments: EdxmlAttachment[] = [];
  const sources: AttachmentSource[] = [];
  for (const [known, { file, sha256, sizeBytes }] of pairs) {
    const { contentId = randomUUID(), name = basename(file), wasZipped = true } = known;
    const { contentType = 'application/octet-stream' } = known;
    attachments.push({ ...known, contentId, name, contentType, sha256, sizeBytes, wasZipped });
    sources.push({ contentId, open: () => createReadStream(file), zip: wasZipped });
  }
  return { attachments, sources };
}

export function addEdxmlCommands(program: Command, setExit: SetExit): void {
  const edxml = program.command('edxml').description('Gói tin edXML (QCVN 102:2016) / edXML packages');
  edxml
    .command('check <file>')
    .description('Kiểm tra gói tin, báo mọi lỗi một lần / check a package, every fault at once')
    .option('--json')
    .option('--directory', 'đối chiếu mã cơ quan với danh mục / look agency codes up in the directory')
    .option('--data <dir>', 'thư mục dữ liệu / data folder')
    .option('--config <file>', 'tệp cấu hình / configuration file')
    .action((file: string, options) => check(file, options, setExit));
  edxml
    .command('parse <file>')
    .description('Đọc gói tin thành JSON, ghi tệp đính kèm / read a package into JSON, write its attachments')
    .option('--out-dir <dir>')
    .option('--json')
    .action(parse);
  edxml
    .command('build <meta>')
    .description('Tạo gói tin từ JSON và tệp / build a package from JSON and files')
    .option(
      '--attach <file>',
      'tệp đính kèm (lặp lại được) / attachment (repeatable)',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .requiredOption('--out <file>')
    .option('--json')
    .action(build);
}
