import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OcrEngine, OcrError, OcrErrorCode, PageReading } from '../../src/ocr/index.ts';
import type { Box, OcrWord, ReadLine } from '../../src/ocr/types.ts';

/** Runs `use` with the path of a file that holds `bytes`, removed afterwards. */
export function withFile<T>(bytes: Uint8Array, use: (path: string, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-test-'));
  try {
    const path = join(folder, 'file');
    writeFileSync(path, bytes);
    return use(path, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Text of a PDF by poppler, a second opinion. */
export function pdftotext(pdf: Uint8Array): string {
  return withFile(pdf, (path) => execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' }));
}

/** Output of `qpdf --check`; throws when qpdf finds an error or has a warning. */
export function qpdfCheck(pdf: Uint8Array): string {
  return withFile(pdf, (path) => execFileSync('qpdf', ['--check', path], { encoding: 'utf8' }));
}

/** Encrypts a PDF with qpdf. */
export function encryptPdf(pdf: Uint8Array, userPassword: string, ownerPassword: string): Uint8Array {
  return withFile(pdf, (path, folder) => {
    const out = join(folder, 'out.pdf');
    execFileSync('qpdf', ['--encrypt', userPassword, ownerPassword, '256', '--', path, out]);
    return new Uint8Array(readFileSync(out));
  });
}

/** The error a promise rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<OcrError> {
  try {
    await promise;
  } catch (error) {
    return error as OcrError;
  }
  throw new Error('the promise resolved');
}

/** Code of the error a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<OcrErrorCode> {
  return (await rejection(promise)).code;
}

/** A line of words laid out from the left, 12 pixels per letter. */
export function line(text: string, x: number, y: number, confidence = 0.95): ReadLine {
  const words: OcrWord[] = [];
  let at = x;
  for (const word of text.split(' ')) {
    const width = word.length * 12;
    words.push({ text: word, confidence, box: [at, y, at + width, y + 28] });
    at += width + 10;
  }
  const last = words.at(-1)?.box[2] ?? x;
  return { words, box: [x, y, last, y + 28] };
}

/** A page of an A4 scan at 200 dpi with the given lines. */
export function pageOf(
  lines: ReadLine[],
  barcodes: { format: string; text: string; box: Box }[] = [],
): PageReading {
  return { width: 1654, height: 2339, dpi: 200, rotation: 0, skewDegrees: 0, lines, barcodes };
}

/** An engine that gives the same reading for every page. */
export function fixedEngine(reading: PageReading): OcrEngine {
  return { readPage: () => Promise.resolve(reading), close: () => Promise.resolve() };
}

/** An engine that takes pages and never answers, not even to a cancel. */
export function engineThatNeverAnswers(): OcrEngine {
  return { readPage: () => new Promise(() => {}), close: () => Promise.resolve() };
}

/** An engine that breaks with a plain error, as libraries do. */
export function engineThatThrows(): OcrEngine {
  return {
    readPage: () => Promise.reject(new Error('wasm memory out of bounds')),
    close: () => Promise.resolve(),
  };
}
