/** What a signature in a container must be beyond sound (EN 319 162-1 §4.4, §5.2: XAdES baseline, and one list of files). */
import type { Message, SignatureFacts, TimestampFacts } from '../facts.ts';
import { coversData, parseTimestampToken, type TimestampToken } from '../timestamp/index.ts';
import { tryCertificate, tryOcsp } from '../x509/index.ts';
import { asicMessage } from './faults.ts';
import type { ListedFile } from './manifest.ts';

type Fault = Message & { readonly subIndication?: string };

/** What makers write who do not know the type of a file. */
const UNSPECIFIED = 'application/octet-stream';

function tokenOf({ token }: TimestampFacts): TimestampToken | null {
  try {
    return parseTimestampToken(token);
  } catch {
    return null;
  }
}

/** Media types of the list must be those the signer saw. */
function mediaTypeFaults(facts: SignatureFacts, list: readonly ListedFile[]): Fault[] {
  return (facts.mediaTypes ?? []).flatMap(({ name, type }) => {
    const listed = list.find((item) => item.name === name)?.mediaType ?? '';
    const same = [listed, type].some((item) => item === '' || item === UNSPECIFIED);
    if (same) return [];
    if (listed.toLowerCase() === type.toLowerCase()) return [];
    return [asicMessage('ASIC_MEDIA_TYPE_DIFFERS', 'error', `${name}: ${listed}, ${type}`)];
  });
}

/** On which side of the certificate's validity a time lies: -1, 0 or 1. */
function side(time: number, validity: { readonly notBefore: number; readonly notAfter: number }): number {
  if (time < validity.notBefore) return -1;
  return time > validity.notAfter ? 1 : 0;
}

function timestampFaults(facts: SignatureFacts): Fault[] {
  const stamps = facts.timestamps.filter((stamp) => stamp.type === 'signature');
  const faults: Fault[] = [];
  // Tokens of one property share the octets they are over.
  if (new Set(stamps.map((stamp) => stamp.over)).size < stamps.length)
    faults.push(asicMessage('ASIC_TIMESTAMP_REPEATED', 'error', `${stamps.length}`));
  const signer = facts.signerCertificate === null ? null : tryCertificate(facts.signerCertificate);
  for (const stamp of stamps) {
    const token = tokenOf(stamp);
    if (token === null || !coversData(token, stamp.over)) {
      faults.push(
        asicMessage('ASIC_TIMESTAMP_FOREIGN', 'error', token === null ? 'unreadable' : token.policy),
      );
      continue;
    }
    const where = signer === null ? 0 : side(token.genTime, signer);
    if (where === 0) continue;
    const subIndication = where < 0 ? 'NOT_YET_VALID' : 'EXPIRED';
    const detail = new Date(token.genTime).toISOString();
    faults.push({ ...asicMessage('ASIC_TIMESTAMP_OUTSIDE_VALIDITY', 'error', detail), subIndication });
  }
  return faults;
}

function evidenceFaults(facts: SignatureFacts): Fault[] {
  const bad = facts.ocsps.filter((der) => tryOcsp(der) === null).length;
  return bad === 0 ? [] : [asicMessage('ASIC_REVOCATION_VALUE_UNREADABLE', 'error', `OCSP: ${bad}`)];
}

/** Faults of a XAdES signature as part of a container. */
export function baselineFaults(facts: SignatureFacts, list: readonly ListedFile[]): Fault[] {
  return [...mediaTypeFaults(facts, list), ...timestampFaults(facts), ...evidenceFaults(facts)];
}
