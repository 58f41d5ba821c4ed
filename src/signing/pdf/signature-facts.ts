/** From a signature dictionary and its signed octets to facts. */
import { imprintMatches, readCms } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { SignatureFacts } from '../facts.ts';
import type { Octets } from '../octets/octets.ts';
import { pdfFault, pdfRemark } from './faults.ts';
import type { SignatureValue } from './form.ts';
import { get, type PdfDocument } from './syntax/document.ts';
import { decodeText, isName, isString } from './syntax/values.ts';

const FORMATS: Readonly<Record<string, string>> = {
  'ETSI.CAdES.detached': 'PAdES-B-B',
  'adbe.pkcs7.detached': 'PKCS7-detached',
  'adbe.pkcs7.sha1': 'PKCS7-sha1',
};

/** `D:YYYYMMDDHHmmSSOHH'mm'` (ISO 32000-2 §7.9.4), or null. No zone is taken as UTC+7, the habit of Vietnamese signing tools. */
export function parsePdfDate(value: string): Date | null {
  const match =
    /^(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:(Z)|([+-])(\d{2})'?(\d{2})?'?)?/.exec(value);
  if (match === null) return null;
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    zulu,
    sign,
    zoneHour = '00',
    zoneMinute = '00',
  ] = match;
  const zone =
    sign === undefined
      ? zulu === undefined && hour !== '00'
        ? '+07:00'
        : 'Z'
      : `${sign}${zoneHour}:${zoneMinute}`;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(time.getTime()) ? null : time;
}

function claimedTime(document: PdfDocument, value: SignatureValue): Date | null {
  const stated = get(document, value.dict, 'M');
  return isString(stated) ? parsePdfDate(decodeText(stated)) : null;
}

function formatOf(document: PdfDocument, value: SignatureValue): string | null {
  const subFilter = get(document, value.dict, 'SubFilter');
  return isName(subFilter) ? (FORMATS[subFilter.value] ?? null) : null;
}

/** Facts of a signature that cannot be looked into. */
export function emptyFacts(
  id: string,
  document: PdfDocument,
  value: SignatureValue,
  formatFaults: SignatureFacts['formatFaults'],
): SignatureFacts {
  return {
    id,
    format: formatOf(document, value) ?? 'PDF-unknown',
    formatFaults,
    digestsMatch: null,
    signatureValid: null,
    signerCertificate: null,
    signerCertificateBound: null,
    certificates: [],
    crls: [],
    ocsps: [],
    digestAlgorithm: 'unknown',
    signatureAlgorithm: 'unknown',
    claimedSigningTime: claimedTime(document, value),
    timestamps: [],
    coverage: 'partial',
    changesAfterSigning: [],
    remarks: [],
  };
}

/** adbe.pkcs7.sha1 signs the SHA-1 digest of the range, carried as the CMS content (ISO 32000-1 §12.8.3.3.1). */
function readSha1(contents: Uint8Array, over: Octets): SignatureFacts | undefined {
  const [own] = readCms(contents, { profile: 'pdf-sha1' });
  const [compared] = readCms(contents, { profile: 'pdf', content: over.digest('sha1') });
  if (own === undefined || compared === undefined) return undefined;
  return {
    ...own,
    digestsMatch: own.digestsMatch === true && compared.digestsMatch === true,
    digestAlgorithm: 'sha1',
  };
}

/** Facts of a signature whose range is sound. */
export function signatureFacts(
  id: string,
  document: PdfDocument,
  value: SignatureValue,
  over: Octets,
): SignatureFacts {
  const format = formatOf(document, value);
  const contents = get(document, value.dict, 'Contents');
  if (format === null || !isString(contents))
    return emptyFacts(id, document, value, [pdfFault('PDF_SUBFILTER_UNKNOWN')]);
  try {
    const read =
      format === 'PKCS7-sha1'
        ? readSha1(contents.bytes, over)
        : readCms(contents.bytes, { profile: 'pdf', content: over })[0];
    if (read === undefined) return emptyFacts(id, document, value, [pdfFault('PDF_CMS_INVALID')]);
    const remarks = [...read.remarks];
    if (format === 'PAdES-B-B' && read.claimedSigningTime !== null)
      remarks.push(pdfRemark('PDF_SIGNING_TIME_IN_CMS', 'info'));
    if (format === 'PAdES-B-B' && read.signerCertificateBound === null)
      remarks.push(pdfRemark('PDF_NOT_PADES'));
    const claimed =
      format === 'PAdES-B-B'
        ? (claimedTime(document, value) ?? read.claimedSigningTime)
        : (read.claimedSigningTime ?? claimedTime(document, value));
    return { ...read, id, format, claimedSigningTime: claimed, remarks };
  } catch (error) {
    if (error instanceof SigningError) return emptyFacts(id, document, value, [pdfFault('PDF_CMS_INVALID')]);
    throw error;
  }
}

/** Facts of a document time-stamp (ISO 32000-2 §12.8.5) that stands in a file without any signature. */
export function timestampFacts(
  id: string,
  document: PdfDocument,
  value: SignatureValue,
  over: Octets,
): SignatureFacts {
  const contents = get(document, value.dict, 'Contents');
  const format = 'DocTimeStamp';
  try {
    const [read] = isString(contents) ? readCms(contents.bytes, { profile: 'pdf-sha1' }) : [];
    if (read === undefined || !isString(contents)) throw new SigningError('CMS_INVALID');
    const matches = read.digestsMatch === true && imprintMatches(contents.bytes, over) === true;
    return { ...read, id, format, digestsMatch: matches };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { ...emptyFacts(id, document, value, [pdfFault('PDF_CMS_INVALID')]), format };
  }
}
