/** SoftHSM2 tokens for tests: a real PKCS#11 module, each token in a scratch folder. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLACES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
];

/** Path of the module; null where SoftHSM is not installed. */
export const SOFTHSM_MODULE = PLACES.find(existsSync) ?? null;

/** The PIN of every token made here. */
export const PIN = '24681357';

/** Skips a suite where SoftHSM is missing; `make test` installs it, so there it must be. */
export function needSoftHsm(context: { skip(): void }): string {
  if (SOFTHSM_MODULE !== null) return SOFTHSM_MODULE;
  if (process.env['LIENTHONG_REQUIRE_SERVICES'] === '1') throw new Error('softhsm2 is not installed');
  context.skip();
  throw new Error('unreachable');
}

/** A key and certificate to put on a token. */
export interface TokenObject {
  readonly label: string;
  /** Hex. */
  readonly id: string;
  readonly key?: KeyObject;
  /** DER. */
  readonly certificates?: readonly Uint8Array[];
}

/** A folder with tokens; the module finds it by SOFTHSM2_CONF. */
export interface Tokens {
  readonly folder: string;
  add(label: string, objects: readonly TokenObject[]): void;
  remove(): void;
}

function tool(name: string, ...args: readonly string[]): string {
  return execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Starts an empty token folder and points SOFTHSM2_CONF of this process at it. */
export function makeTokens(): Tokens {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-softhsm-'));
  const tokens = join(folder, 'tokens');
  mkdirSync(tokens);
  writeFileSync(
    join(folder, 'softhsm2.conf'),
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`,
  );
  const before = process.env['SOFTHSM2_CONF'];
  process.env['SOFTHSM2_CONF'] = join(folder, 'softhsm2.conf');
  let count = 0;
  function putKey(label: string, object: TokenObject): void {
    if (object.key === undefined) return;
    const file = join(folder, 'key.pem');
    writeFileSync(file, object.key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    const where = ['--token', label, '--pin', PIN, '--label', object.label, '--id', object.id];
    tool('softhsm2-util', '--import', file, ...where);
    rmSync(file);
  }
  function putCertificate(label: string, id: string, name: string, der: Uint8Array): void {
    count += 1;
    const file = join(folder, `${count}.der`);
    writeFileSync(file, der);
    const login = ['--module', SOFTHSM_MODULE ?? '', '--token-label', label, '--login', '--pin', PIN];
    const object = ['--write-object', file, '--type', 'cert', '--label', name, '--id', id];
    tool('pkcs11-tool', ...login, ...object);
  }
  return {
    folder,
    add(label, objects) {
      tool('softhsm2-util', '--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', PIN);
      for (const object of objects) {
        putKey(label, object);
        for (const [index, der] of (object.certificates ?? []).entries())
          putCertificate(label, index === 0 ? object.id : `ff0${index}`, object.label, der);
      }
    },
    remove() {
      if (before === undefined) delete process.env['SOFTHSM2_CONF'];
      else process.env['SOFTHSM2_CONF'] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A self-signed certificate with its key, made by OpenSSL. */
export function selfSigned(
  folder: string,
  kind: 'rsa' | 'ec' | 'weak',
  commonName: string,
): { key: KeyObject; certificate: Uint8Array } {
  const { privateKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: kind === 'weak' ? 1024 : 2048 });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const file = join(folder, 'self.pem');
  writeFileSync(file, pem);
  const subject = ['-subj', `/CN=${commonName}`, '-utf8', '-days', '30'];
  const certificate = tool('openssl', 'req', '-x509', '-new', '-key', file, ...subject);
  rmSync(file);
  return { key: createPrivateKey(pem), certificate: new Uint8Array(new X509Certificate(certificate).raw) };
}

/** Key and certificates of a PKCS#12 file, as OpenSSL reads them. */
export function keyOfFile(
  file: string,
  passphraseFile: string,
): { key: KeyObject; certificates: Uint8Array[] } {
  const text = tool('openssl', 'pkcs12', '-in', file, '-nodes', '-passin', `file:${passphraseFile}`);
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  const certificates = blocks
    .filter((block) => block.includes('BEGIN CERTIFICATE'))
    .map((block) => new Uint8Array(new X509Certificate(block).raw));
  return { key: createPrivateKey(blocks.find((block) => block.includes('PRIVATE KEY')) ?? ''), certificates };
}
