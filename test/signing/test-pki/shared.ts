/** One test PKI for all signing tests of a run, and the outside tools they ask for a second opinion. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signer } from '../../../src/signing/ports.ts';
import { createTestPki, openTestKey, type TestPki } from '../../../src/signing/test-pki/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'lienthong-pki-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
let pki: Promise<TestPki> | undefined;

/** The clock of the signing tests. */
export const TEST_NOW = new Date('2026-11-21T03:04:05Z');

/** The PKI, made on first use. */
export function sharedPki(): Promise<TestPki> {
  pki ??= createTestPki(join(directory, 'pki'), { now: TEST_NOW });
  return pki;
}

/** The signer of one identity. */
export async function signerOf(id: string): Promise<Signer & { close(): void }> {
  const identity = (await sharedPki()).identities[id];
  if (identity === undefined) throw new TypeError(`no identity ${id}`);
  return openTestKey(identity);
}

/** Writes a scratch file and gives its path. */
export function scratch(name: string, bytes: Uint8Array | string): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

/** Path of a scratch file to be written by a tool. */
export function scratchPath(name: string): string {
  return join(directory, name);
}

/** DER certificate as PEM. */
export function pem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const body = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
  return `-----BEGIN ${label}-----\n${body.trimEnd()}\n-----END ${label}-----\n`;
}

/** Runs a tool that must succeed; gives stdout. */
export function run(tool: string, ...args: readonly string[]): string {
  return execFileSync(tool, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Runs a tool that may fail; gives status and all it said. */
export function attempt(tool: string, ...args: readonly string[]): { status: number | null; output: string } {
  const result = spawnSync(tool, args, { encoding: 'utf8' });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

/** Root and sub CA as one PEM file. */
export async function authorityFile(): Promise<string> {
  const { authorities } = await sharedPki();
  return scratch('authorities.pem', pem(authorities.root.certificate) + pem(authorities.sub.certificate));
}

/** Asserts a SigningError code; gives the error. */
export async function errorCode(work: () => Promise<unknown> | unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as { code?: string }).code ?? `uncoded: ${String(error)}`;
  }
  return 'no error';
}
