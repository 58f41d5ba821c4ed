/** Reads an encryption dictionary (ISO 32000-2 §7.6.2, §7.6.6) and opens the file with a password. */
import { isArray, isDict, isName, isRef, isString, type PdfDict, type PdfValue } from '../syntax/values.ts';
import type { CryptMethod, PdfCipher } from './cipher.ts';
import { fileKey, type HandlerParameters } from './file-key.ts';

const METHODS: Readonly<Record<string, CryptMethod>> = {
  None: 'none',
  V2: 'rc4',
  AESV2: 'aes128',
  AESV3: 'aes256',
};

function number(dict: PdfDict, key: string, fallback: number): number {
  const value = dict.entries.get(key);
  return typeof value === 'number' ? value : fallback;
}

function octets(dict: PdfDict, key: string): Uint8Array {
  const value = dict.entries.get(key);
  return isString(value) ? value.bytes : new Uint8Array();
}

/** The method of a crypt filter by the name that /StmF or /StrF gives. */
function filterMethod(dict: PdfDict, key: string): CryptMethod {
  const named = dict.entries.get(key);
  if (!isName(named) || named.value === 'Identity') return 'none';
  const filters = dict.entries.get('CF');
  const filter = isDict(filters) ? filters.entries.get(named.value) : null;
  const method = isDict(filter) ? filter.entries.get('CFM') : null;
  return (isName(method) ? METHODS[method.value] : undefined) ?? 'none';
}

function firstIdentifier(trailer: PdfDict): Uint8Array {
  const id = trailer.entries.get('ID');
  const first = isArray(id) ? id.items[0] : null;
  return isString(first) ? first.bytes : new Uint8Array();
}

function parametersOf(dict: PdfDict, trailer: PdfDict): HandlerParameters | null {
  const version = number(dict, 'V', 0);
  const revision = number(dict, 'R', 0);
  if (!isName(dict.entries.get('Filter'), 'Standard') || ![1, 2, 4, 5].includes(version)) return null;
  if (revision < 2 || revision > 6) return null;
  const bits = version === 4 ? 128 : number(dict, 'Length', 40);
  return {
    revision,
    keyLength: version === 1 ? 5 : Math.min(16, Math.max(5, Math.floor(bits / 8))),
    owner: octets(dict, 'O'),
    user: octets(dict, 'U'),
    ownerKey: octets(dict, 'OE'),
    userKey: octets(dict, 'UE'),
    permissions: number(dict, 'P', 0),
    id: firstIdentifier(trailer),
    encryptMetadata: dict.entries.get('EncryptMetadata') !== false,
  };
}

/**
 * Opens an encrypted file.
 * @param dictionary the value of /Encrypt, resolved.
 * @returns null when the password is wrong or the handler is none we know.
 */
export function openCipher(dictionary: PdfValue, trailer: PdfDict, password: string): PdfCipher | null {
  if (!isDict(dictionary)) return null;
  const parameters = parametersOf(dictionary, trailer);
  const opened = parameters === null ? null : fileKey(password, parameters);
  if (parameters === null || opened === null) return null;
  const filtered = number(dictionary, 'V', 0) >= 4;
  const entry = trailer.entries.get('Encrypt');
  return {
    ...opened,
    strings: filtered ? filterMethod(dictionary, 'StrF') : 'rc4',
    streams: filtered ? filterMethod(dictionary, 'StmF') : 'rc4',
    encryptMetadata: parameters.encryptMetadata,
    dictionaryNumber: isRef(entry) ? entry.num : null,
    permissions: parameters.permissions,
  };
}
