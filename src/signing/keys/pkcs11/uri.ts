/** PKCS#11 URIs (RFC 7512): which module, which token, which key. */
import { SigningError } from '../../errors.ts';

/** What a URI asks for; every attribute left out matches anything. */
export interface Pkcs11Uri {
  readonly token?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly slotId?: number;
  /** CKA_LABEL of the key. */
  readonly object?: string;
  /** CKA_ID of the key, octets. */
  readonly id?: Uint8Array;
  /** Path of the module (a shared library of the token's maker). */
  readonly modulePath?: string;
  /** File that holds the PIN. */
  readonly pinFile?: string;
}

function invalid(reason: string): SigningError {
  return new SigningError('KEY_URI_INVALID', { details: { reason } });
}

/** RFC 7512 §2.3: percent-encoded octets; everything but `id` is UTF-8. */
function octets(value: string): Uint8Array {
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) throw invalid('percent encoding');
  const parts = value.split(/(%[0-9A-Fa-f]{2})/);
  return Buffer.concat(
    parts.map((part) =>
      /^%[0-9A-Fa-f]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part),
    ),
  );
}

function text(value: string): string {
  return Buffer.from(octets(value)).toString('utf8').normalize('NFC');
}

/** Splits `a=b;c=d`; an attribute given twice is an error (RFC 7512 §2.3). */
function attributes(part: string, separator: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const one of part.split(separator)) {
    if (one === '') continue;
    const at = one.indexOf('=');
    if (at < 1) throw invalid('attribute without a value');
    const name = one.slice(0, at);
    if (found.has(name)) throw invalid(`${name} is given twice`);
    found.set(name, one.slice(at + 1));
  }
  return found;
}

const PATH = [
  'token',
  'manufacturer',
  'serial',
  'model',
  'slot-id',
  'object',
  'id',
  'type',
  'library-manufacturer',
  'library-version',
  'library-description',
  'slot-manufacturer',
  'slot-description',
];
const QUERY = ['module-path', 'pin-source'];

/** A PIN in a URI would stand in process lists, shell histories and configuration, so it is refused rather than used. */
function refusePinValue(query: Map<string, string>): void {
  if (query.has('pin-value'))
    throw new SigningError('KEY_PIN_IN_URI', {
      details: { reason: 'use pin-source=file:/path, a PIN file or the prompt' },
    });
}

function pinFileOf(source: string | undefined): string | undefined {
  if (source === undefined) return undefined;
  const value = text(source);
  if (value.startsWith('|')) throw invalid('pin-source names a command; only files are read');
  const path = value.startsWith('file:') ? value.slice('file:'.length).replace(/^\/\/(?=\/)/, '') : value;
  if (!path.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(path))
    throw invalid('pin-source must be an absolute path');
  return path;
}

/**
 * Reads a PKCS#11 URI. Unknown attributes are refused, because leaving one out could choose another key than the one meant.
 * @throws SigningError KEY_URI_INVALID; KEY_PIN_IN_URI when it carries `pin-value`.
 */
export function parsePkcs11Uri(uri: string): Pkcs11Uri {
  if (!uri.startsWith('pkcs11:')) throw invalid('not a pkcs11: URI');
  if (uri.length > 4096) throw invalid('too long');
  const [path = '', query = ''] = uri.slice('pkcs11:'.length).split(/\?(.*)/s);
  const pathAttributes = attributes(path, ';');
  const queryAttributes = attributes(query, '&');
  refusePinValue(queryAttributes);
  for (const name of pathAttributes.keys())
    if (!PATH.includes(name)) throw invalid(`unknown attribute ${name}`);
  for (const name of queryAttributes.keys())
    if (!QUERY.includes(name)) throw invalid(`unknown attribute ${name}`);
  const type = pathAttributes.get('type');
  if (type !== undefined && type !== 'private' && type !== 'cert') throw invalid(`type ${type} cannot sign`);
  const slot = pathAttributes.get('slot-id');
  if (slot !== undefined && !/^\d{1,10}$/.test(slot)) throw invalid('slot-id');
  const id = pathAttributes.get('id');
  const pinFile = pinFileOf(queryAttributes.get('pin-source'));
  const named = (name: string): string | undefined => {
    const value = (pathAttributes.get(name) ?? queryAttributes.get(name)) as string | undefined;
    return value === undefined ? undefined : text(value);
  };
  return withoutUndefined({
    token: named('token'),
    manufacturer: named('manufacturer'),
    model: named('model'),
    serial: named('serial'),
    slotId: slot === undefined ? undefined : Number(slot),
    object: named('object'),
    id: id === undefined ? undefined : octets(id),
    modulePath: named('module-path'),
    pinFile,
  });
}

function withoutUndefined(value: { [K in keyof Pkcs11Uri]-?: Pkcs11Uri[K] | undefined }): Pkcs11Uri {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Pkcs11Uri;
}
