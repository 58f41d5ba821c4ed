/** Sealing of secrets and personal data at rest: AES-256-GCM, the key in a file outside the database. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError } from '../config.ts';

/** Opens what it sealed. `context` binds a value to its place: opening it elsewhere fails. */
export interface Sealer {
  seal(plain: string, context: string): string;
  open(sealed: string, context: string): string;
  /** Signs a short-lived address (claim checks): lowercase hex HMAC-SHA256. */
  sign(text: string): string;
  isSignature(text: string, signature: string): boolean;
}

/** AES-256. */
const KEY_BYTES = 32;

/**
 * Reads the key, making it first when there is none. A new key is written and synced under another name and then linked
 * into place, which fails when someone was faster: a process that starts at the same time never reads half a key.
 */
function readOrMakeKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) makeKey(file);
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  if (key.length !== KEY_BYTES) throw new ConfigError([`${file}: not a key of ${KEY_BYTES} bytes in hex`]);
  return key;
}

function makeKey(file: string): void {
  const own = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = openSync(own, 'wx', 0o600);
  try {
    writeSync(handle, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(own, file);
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EEXIST') throw cause;
  } finally {
    unlinkSync(own);
  }
}

/** Uses (making it at the first start) the key in `dataDir/keys/sealing.key`. */
export function openSealer(dataDir: string): Sealer {
  const key = readOrMakeKey(join(dataDir, 'keys', 'sealing.key'));
  const signingKey = createHmac('sha256', key).update('lienthong claim addresses').digest();
  const sign = (text: string): string => createHmac('sha256', signingKey).update(text, 'utf8').digest('hex');
  return {
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context, 'utf8'));
      return Buffer.concat([
        nonce,
        cipher.update(plain, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]).toString('base64');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(context, 'utf8'))
        .setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
    },
    sign,
    isSignature(text, signature) {
      const expected = Buffer.from(sign(text), 'utf8');
      const given = Buffer.from(signature, 'utf8');
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
  };
}
