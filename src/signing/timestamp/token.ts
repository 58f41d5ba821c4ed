/** RFC 3161 tokens and responses: from octets to values. */
import { child, type DerNode, readDer, readOctets, readOid, readSmallInteger } from '../cms/der.ts';
import { readSignedData } from '../cms/read.ts';
import type { SignedDataParts } from '../cms/signer-info.ts';
import { SigningError } from '../errors.ts';
import type { Octets } from '../octets/octets.ts';
import { digestOf, readAlgorithm } from '../x509/index.ts';

/** TSTInfo (RFC 3161 §2.4.2). */
export interface TimestampToken {
  readonly der: Uint8Array;
  /** TSA policy OID. */
  readonly policy: string;
  /** node:crypto name, or null for an unknown digest. */
  readonly digest: string | null;
  readonly imprint: Uint8Array;
  /** INTEGER octets, hex. */
  readonly serialNumber: string;
  /** Milliseconds since 1970. */
  readonly genTime: number;
  /** INTEGER octets, hex; null when the request had none. */
  readonly nonce: string | null;
}

const TST_INFO = '1.2.840.113549.1.9.16.1.4';

function invalid(reason: string, cause?: unknown): SigningError {
  return new SigningError('TIMESTAMP_INVALID', { cause, details: { reason } });
}

/** GeneralizedTime with optional fraction (RFC 3161 §2.4.2), milliseconds since 1970. */
function genTimeOf(node: DerNode): number {
  const text = Buffer.from(node.content).toString('latin1');
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:[.](\d{1,9}))?Z$/.exec(text);
  if (node.tag !== 0x18 || match === null) throw new Error('genTime is malformed');
  const [, year, month, day, hour, minute, second, fraction = '0'] = match;
  const time = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`,
  );
  if (Number.isNaN(time)) throw new Error('genTime is no time');
  return time;
}

function tstInfo(der: Uint8Array, info: DerNode): TimestampToken {
  if (readSmallInteger(child(info, 0)) !== 1) throw new Error('TSTInfo of another version');
  const extensions = info.children.slice(5).find((node) => node.tag === 0xa1);
  // Ours knows none (RFC 3161 §2.4.2): what must be understood is not. Implicitly tagged, its members are the extensions.
  if (extensions?.children.some((item) => item.children[1]?.tag === 0x01) === true)
    throw new Error('unknown critical extension');
  const imprint = child(info, 2, 0x30);
  const nonce = info.children.slice(5).find((node) => node.tag === 0x02);
  return {
    der,
    policy: readOid(child(info, 1)),
    digest: digestOf(readAlgorithm(child(imprint, 0)).oid),
    imprint: readOctets(child(imprint, 1)),
    serialNumber: Buffer.from(child(info, 3, 0x02).content).toString('hex'),
    genTime: genTimeOf(child(info, 4)),
    nonce: nonce === undefined ? null : Buffer.from(nonce.content).toString('hex'),
  };
}

/**
 * Decodes a TimeStampToken, without judging it.
 * @throws SigningError TIMESTAMP_INVALID
 */
export function parseTimestampToken(der: Uint8Array): TimestampToken {
  return readTimestampToken(der).token;
}

/** As {@link parseTimestampToken}, with the message it is in, for who goes on to judge that. */
export function readTimestampToken(der: Uint8Array): { token: TimestampToken; parts: SignedDataParts } {
  try {
    const parts = readSignedData(der);
    if (readOid(parts.eContentType) !== TST_INFO || parts.eContent === null)
      throw new Error('no TSTInfo inside');
    if (parts.signerInfos.length !== 1) throw new Error('exactly one signer expected');
    return { token: tstInfo(der, readDer(parts.eContent)), parts };
  } catch (cause) {
    throw invalid('malformed token', cause);
  }
}

/** PKIFailureInfo bits worth naming (RFC 3161 §2.4.2). */
const FAILURES: Readonly<Record<number, string>> = {
  0: 'badAlg',
  2: 'badRequest',
  5: 'badDataFormat',
  14: 'timeNotAvailable',
  15: 'unacceptedPolicy',
  16: 'unacceptedExtension',
  17: 'addInfoNotAvailable',
  25: 'systemFailure',
};

function failureName(status: DerNode): string {
  const bits = status.children.find((node) => node.tag === 0x03)?.content;
  if (bits === undefined) return `status ${child(status, 0).content[0] ?? -1}`;
  for (const [bit, name] of Object.entries(FAILURES)) {
    const at = Number(bit);
    if (((bits[1 + (at >> 3)] ?? 0) & (0x80 >> (at & 7))) !== 0) return name;
  }
  return 'refused';
}

/**
 * Takes the token out of a TimeStampResp.
 * @throws SigningError TSA_REFUSED with the failure named, TIMESTAMP_INVALID when it is no response.
 */
export function tokenOfResponse(der: Uint8Array): Uint8Array {
  let status: DerNode;
  let token: DerNode | undefined;
  try {
    const response = readDer(der);
    status = child(response, 0, 0x30);
    token = response.children[1];
    child(status, 0, 0x02);
  } catch (cause) {
    throw invalid('malformed response', cause);
  }
  const code = status.children[0]?.content[0];
  if (code !== 0 && code !== 1)
    throw new SigningError('TSA_REFUSED', { details: { reason: failureName(status) } });
  if (token === undefined) throw invalid('response without token');
  return token.bytes;
}

/** Whether the token was made over `data`. */
export function coversData(token: TimestampToken, data: Octets): boolean {
  return token.digest !== null && Buffer.compare(data.digest(token.digest), token.imprint) === 0;
}
