import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { OcrError } from '../errors.ts';
import { modelOf, readModel } from '../model/model.ts';
import { makeFolder, removeFolder } from '../private-folder.ts';
import { type OcrEngine, QUALITIES } from '../types.ts';
import { createProcessEngine } from './pool.ts';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const VERSION_TIMEOUT_MS = 10_000;

/**
 * What the operator's program calls itself: `tesseract 5.3.0`.
 * @throws OcrError OCR_ENGINE_FAILED when it is not there or no Tesseract 5 or newer
 */
export function nativeVersion(command: string): string {
  if (!isAbsolute(command) || !isExecutable(command))
    throw new OcrError('OCR_ENGINE_FAILED', { reason: `no program ${command}` });
  let said: string;
  try {
    const options = { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS, env: {}, stdio: 'pipe' } as const;
    said = execFileSync(command, ['--version'], options);
  } catch (error) {
    throw new OcrError('OCR_ENGINE_FAILED', { reason: `${command} --version failed` }, error);
  }
  const [name, major] = /^tesseract v?(\d+)[\w.-]*/i.exec(said) ?? [];
  if (name === undefined || Number(major) < 5)
    throw new OcrError('OCR_ENGINE_FAILED', { reason: `${command} is no Tesseract 5 or newer` });
  return name.replace(/ v/, ' ');
}

/** Lists what a program is linked with (Linux). */
const LDD = '/usr/bin/ldd';

/** The shared library the program runs on, as the loader finds it; `null` when it is none, or nobody can tell. */
export function libraryOf(command: string): string | null {
  try {
    const options = { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS, env: {}, stdio: 'pipe' } as const;
    const linked = execFileSync(LDD, [command], options);
    return /libtesseract\.so\.\d+ => (\/\S+)/.exec(linked)?.[1] ?? null;
  } catch {
    // A script, a static program, another system: the program itself is started.
    return null;
  }
}

/**
 * The operator's own `tesseract` (5 or newer) in place of tesseract.js, with the same language data.
 * @throws OcrError OCR_ENGINE_FAILED when the language data are not those they should be
 */
export function createNativeEngine(options: {
  jobs: number;
  language: string;
  /** Absolute path. */
  command: string;
  niceness: number;
  /** Where its language data are put for as long as it lives. */
  tempDir: string;
}): OcrEngine {
  const { command, language } = options;
  const folder = makeFolder(options.tempDir);
  try {
    for (const quality of QUALITIES) {
      mkdirSync(join(folder, quality), { mode: 0o700 });
      const data = gunzipSync(readModel(modelOf(language, quality)));
      writeFileSync(join(folder, quality, `${language}.traineddata`), data, { mode: 0o600 });
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const engine = createProcessEngine({
    jobs: options.jobs,
    language,
    niceness: options.niceness,
    native: { command, dataFolder: folder, sharedLibrary: libraryOf(command) },
  });
  return {
    prepare: (pages, quality) => engine.prepare?.(pages, quality),
    readPage: (page, signal) => engine.readPage(page, signal),
    rest: () => engine.rest?.(),
    async close() {
      await engine.close();
      await removeFolder(folder);
    },
  };
}
