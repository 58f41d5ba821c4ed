/** Encrypts and decrypts the strings and streams of a file (ISO 32000-2 §7.6.3): RC4, AES-128, AES-256. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  isDict,
  isName,
  type PdfDict,
  type PdfStream,
  type PdfString,
  type PdfValue,
} from '../syntax/values.ts';
import { rc4 } from './rc4.ts';

/** How one kind of value is encrypted. */
export type CryptMethod = 'none' | 'rc4' | 'aes128' | 'aes256';

/** An opened file's cipher. */
export interface PdfCipher {
  readonly key: Uint8Array;
  readonly strings: CryptMethod;
  readonly streams: CryptMethod;
  readonly encryptMetadata: boolean;
  /** Number of the encryption dictionary, which is never encrypted itself; null when it stands in the trailer. */
  readonly dictionaryNumber: number | null;
  /** Whose password opened it. */
  readonly as: 'owner' | 'user';
  /** /P: what the owner lets a user do. */
  readonly permissions: number;
}

/** Algorithm 1: the key of one object. */
function objectKey(cipher: PdfCipher, method: CryptMethod, num: number, gen: number): Uint8Array {
  if (method === 'aes256') return cipher.key;
  const place = Uint8Array.of(
    num & 0xff,
    (num >> 8) & 0xff,
    (num >> 16) & 0xff,
    gen & 0xff,
    (gen >> 8) & 0xff,
  );
  const hash = createHash('md5').update(cipher.key).update(place);
  if (method === 'aes128') hash.update('sAlT');
  return hash.digest().subarray(0, Math.min(16, cipher.key.length + 5));
}

function aesName(method: CryptMethod): string {
  return method === 'aes256' ? 'aes-256-cbc' : 'aes-128-cbc';
}

function decryptOctets(method: CryptMethod, key: Uint8Array, data: Uint8Array): Uint8Array {
  if (method === 'rc4') return rc4(key, data);
  if (data.length < 32) return new Uint8Array();
  const body = data.subarray(16, data.length - (data.length % 16));
  const cipher = createDecipheriv(aesName(method), key, data.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([cipher.update(body), cipher.final()]);
  const pad = plain.at(-1) ?? 0;
  return new Uint8Array(pad >= 1 && pad <= 16 ? plain.subarray(0, plain.length - pad) : plain);
}

function encryptOctets(method: CryptMethod, key: Uint8Array, data: Uint8Array): Uint8Array {
  if (method === 'rc4') return rc4(key, data);
  const iv = randomBytes(16);
  const cipher = createCipheriv(aesName(method), key, iv);
  return new Uint8Array(Buffer.concat([iv, cipher.update(data), cipher.final()]));
}

type Work = (method: CryptMethod, key: Uint8Array, data: Uint8Array) => Uint8Array;

/** Streams that stay as they are: the cross-reference itself, metadata where the file says so, and those with a filter of their own. */
function isExempt(cipher: PdfCipher, stream: PdfStream): boolean {
  const type = stream.dict.entries.get('Type');
  if (isName(type, 'XRef')) return true;
  if (isName(type, 'Metadata') && !cipher.encryptMetadata) return true;
  const filter = stream.dict.entries.get('Filter');
  const first = typeof filter === 'object' && filter?.kind === 'array' ? filter.items[0] : filter;
  return isName(first, 'Crypt');
}

class Walker {
  readonly cipher: PdfCipher;
  readonly num: number;
  readonly gen: number;
  readonly work: Work;

  constructor(cipher: PdfCipher, num: number, gen: number, work: Work) {
    this.cipher = cipher;
    this.num = num;
    this.gen = gen;
    this.work = work;
  }

  octets(method: CryptMethod, data: Uint8Array): Uint8Array {
    return method === 'none'
      ? data
      : this.work(method, objectKey(this.cipher, method, this.num, this.gen), data);
  }

  string(value: PdfString): PdfString {
    return { ...value, bytes: this.octets(this.cipher.strings, value.bytes) };
  }

  /** /Contents of a signature dictionary is never encrypted (§7.6.2). */
  dict(value: PdfDict): PdfDict {
    const signature = value.entries.has('ByteRange');
    const entries = [...value.entries].map(
      ([key, entry]) => [key, signature && key === 'Contents' ? entry : this.value(entry)] as const,
    );
    return { ...value, entries: new Map(entries) };
  }

  value(value: PdfValue): PdfValue {
    if (typeof value !== 'object' || value === null) return value;
    if (value.kind === 'string') return this.string(value);
    if (value.kind === 'array') return { ...value, items: value.items.map((item) => this.value(item)) };
    if (isDict(value)) return this.dict(value);
    if (value.kind !== 'stream') return value;
    const raw = isExempt(this.cipher, value) ? value.raw : this.octets(this.cipher.streams, value.raw);
    return { ...value, dict: this.dict(value.dict), raw };
  }
}

/** An object as read from the file, in the clear. */
export function decryptObject(cipher: PdfCipher, num: number, gen: number, value: PdfValue): PdfValue {
  return num === cipher.dictionaryNumber ? value : new Walker(cipher, num, gen, decryptOctets).value(value);
}

/** An object as it is to stand in the file. */
export function encryptObject(cipher: PdfCipher, num: number, gen: number, value: PdfValue): PdfValue {
  return num === cipher.dictionaryNumber ? value : new Walker(cipher, num, gen, encryptOctets).value(value);
}
