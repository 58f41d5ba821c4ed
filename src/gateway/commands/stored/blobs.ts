/** `blobs move`: takes all blobs from the disk into the bucket of S3_URL, or back. */
import { type Command, Option } from 'commander';
import { loadConfig } from '../../config.ts';
import { diskFolder, lockFolder, moveBlobs, openConfiguredBucket } from '../../store/index.ts';
import { CommandError, EXIT, printJson, printLine } from '../exit-codes.ts';
import type { SetExit } from '../index.ts';
import { type DataOptions, onData } from './admin.ts';

interface MoveCommandOptions extends DataOptions {
  to: 's3' | 'disk';
  removeSource?: boolean;
}

/** A line of progress each so many blobs. */
const TOLD_EACH = 1_000;

async function move(options: MoveCommandOptions, setExit: SetExit): Promise<void> {
  const { config } = loadConfig({ flags: { dataDir: options.data }, file: options.config });
  if (config.s3Url === '')
    throw new CommandError(EXIT.usage, {
      vi: 'Cần S3_URL (và khoá) của bucket, cho cả hai chiều.',
      en: 'S3_URL (and its keys) must name the bucket, for either direction.',
    });
  // With SQLite a running gateway holds the folder; it must not lose what it is working on.
  const isAlone = options.removeSource === true && config.databaseUrl === '';
  const lock = isAlone ? lockFolder(config.dataDir) : null;
  const bucket = openConfiguredBucket(config);
  try {
    const result = await moveBlobs({
      direction: options.to === 's3' ? 'to-bucket' : 'to-disk',
      folder: diskFolder(config),
      bucket,
      removeSource: options.removeSource === true,
      onProgress(done) {
        if (done % TOLD_EACH === 0) process.stderr.write(`${done} …\n`);
      },
    });
    if (options.json === true) printJson({ to: options.to, ...result });
    else {
      const { moved, kept, bytes, removed, corrupt } = result;
      printLine(
        `${moved} chép / copied (${bytes} byte), ${kept} đã có / there already, ${removed} xoá ở nguồn / removed at the source`,
      );
      for (const sha256 of corrupt)
        printLine(`✗ ${sha256}: nội dung đã bị thay đổi / its bytes were changed`);
    }
    if (result.corrupt.length > 0) setExit(EXIT.failed);
  } finally {
    bucket.close();
    lock?.release();
  }
}

/** Adds `blobs move`. */
export function addBlobCommands(program: Command, setExit: SetExit): void {
  const blobs = program.command('blobs').description('Nội dung đã lưu / stored bytes');
  onData(
    blobs
      .command('move')
      .description(
        'Chép mọi tệp giữa đĩa và bucket của S3_URL, đối chiếu mã băm; chạy lại được / copy all between disk and bucket, compared with their digests; may be run again',
      ),
  )
    .addOption(new Option('--to <where>', 'đích / where to').choices(['s3', 'disk']).makeOptionMandatory())
    .option('--remove-source', 'xoá ở nguồn những gì đã sang / remove at the source what has arrived')
    .action((options: MoveCommandOptions) => move(options, setExit));
}
