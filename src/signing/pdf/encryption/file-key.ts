/** From a password to the key of an encrypted file: the standard security handler, revisions 2 to 6 (ISO 32000-2 §7.6.4). */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { rc4 } from './rc4.ts';

/** What the encryption dictionary says, as far as keys go. */
export interface HandlerParameters {
  readonly revision: number;
  /** Key length, octets. */
  readonly keyLength: number;
  readonly owner: Uint8Array;
  readonly user: Uint8Array;
  /** /OE and /UE; empty before revision 5. */
  readonly ownerKey: Uint8Array;
  readonly userKey: Uint8Array;
  readonly permissions: number;
  /** First element of the file identifier. */
  readonly id: Uint8Array;
  readonly encryptMetadata: boolean;
}

/** A file opened: its key, and in whose name. */
export interface FileKey {
  readonly key: Uint8Array;
  readonly as: 'owner' | 'user';
}

const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
const MAX_PASSWORD_BYTES = 127;

function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Algorithm 2, step a: 32 octets. Characters outside Latin-1 cannot be in such a password. */
function padded(password: string): Uint8Array {
  return Buffer.concat([Buffer.from(password, 'latin1'), PADDING]).subarray(0, 32);
}

function xored(key: Uint8Array, mask: number): Uint8Array {
  return key.map((octet) => octet ^ mask);
}

/** Algorithm 2: the key from the (padded) user password. */
function keyFromUser(password: Uint8Array, parameters: HandlerParameters): Uint8Array {
  const { revision, keyLength, owner, permissions, id, encryptMetadata } = parameters;
  const flags = Buffer.alloc(4);
  flags.writeInt32LE(permissions | 0);
  const tail = revision >= 4 && !encryptMetadata ? [Buffer.from('ffffffff', 'hex')] : [];
  let key = md5(password, owner.subarray(0, 32), flags, id, ...tail);
  const length = revision === 2 ? 5 : keyLength;
  if (revision >= 3) for (let round = 0; round < 50; round += 1) key = md5(key.subarray(0, length));
  return key.subarray(0, length);
}

/** Algorithms 4 to 6: whether the key is the one /U was made with. */
function opensUser(key: Uint8Array, { revision, user, id }: HandlerParameters): boolean {
  if (revision === 2) return same(rc4(key, PADDING), user.subarray(0, 32));
  let value = rc4(key, md5(PADDING, id));
  for (let round = 1; round <= 19; round += 1) value = rc4(xored(key, round), value);
  return same(value, user.subarray(0, 16));
}

/** Algorithm 7: the user password hidden in /O. */
function userFromOwner(password: Uint8Array, { revision, keyLength, owner }: HandlerParameters): Uint8Array {
  let key = md5(password);
  if (revision >= 3) for (let round = 0; round < 50; round += 1) key = md5(key);
  key = key.subarray(0, revision === 2 ? 5 : keyLength);
  let value: Uint8Array = owner.subarray(0, 32);
  if (revision === 2) return rc4(key, value);
  for (let round = 19; round >= 0; round -= 1) value = rc4(xored(key, round), value);
  return value;
}

function oldKey(password: string, parameters: HandlerParameters): FileKey | null {
  const given = padded(password);
  const asOwner = keyFromUser(userFromOwner(given, parameters), parameters);
  if (opensUser(asOwner, parameters)) return { key: asOwner, as: 'owner' };
  const asUser = keyFromUser(given, parameters);
  return opensUser(asUser, parameters) ? { key: asUser, as: 'user' } : null;
}

/** Algorithm 2.B; revision 5 stops after the first digest. */
function hardened(password: Uint8Array, salt: Uint8Array, user: Uint8Array, revision: number): Uint8Array {
  let key: Uint8Array = createHash('sha256').update(password).update(salt).update(user).digest();
  if (revision === 5) return key;
  for (let round = 0, last = 255; round < 64 || last > round - 32; round += 1) {
    const block = Buffer.concat([password, key, user]);
    const input = Buffer.concat(Array.from({ length: 64 }, () => block));
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32)).setAutoPadding(
      false,
    );
    const output = Buffer.concat([cipher.update(input), cipher.final()]);
    const remainder = output.subarray(0, 16).reduce((sum, octet) => sum + octet, 0) % 3;
    key = createHash(['sha256', 'sha384', 'sha512'][remainder] as string)
      .update(output)
      .digest();
    last = output.at(-1) ?? 0;
  }
  return key.subarray(0, 32);
}

function unwrapped(key: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const cipher = createDecipheriv('aes-256-cbc', key, new Uint8Array(16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(wrapped.subarray(0, 32)), cipher.final()]);
}

/** Algorithm 2.A. */
function newKey(password: string, parameters: HandlerParameters): FileKey | null {
  const { revision, owner, user, ownerKey, userKey } = parameters;
  const given = Buffer.from(password.normalize('NFKC'), 'utf8').subarray(0, MAX_PASSWORD_BYTES);
  const whole = user.subarray(0, 48);
  const none = new Uint8Array();
  if (same(hardened(given, owner.subarray(32, 40), whole, revision), owner.subarray(0, 32)))
    return {
      key: unwrapped(hardened(given, owner.subarray(40, 48), whole, revision), ownerKey),
      as: 'owner',
    };
  if (!same(hardened(given, user.subarray(32, 40), none, revision), user.subarray(0, 32))) return null;
  return { key: unwrapped(hardened(given, user.subarray(40, 48), none, revision), userKey), as: 'user' };
}

/** The key of the file, or null when the password is neither the owner's nor the user's. */
export function fileKey(password: string, parameters: HandlerParameters): FileKey | null {
  return parameters.revision >= 5 ? newKey(password, parameters) : oldKey(password, parameters);
}
