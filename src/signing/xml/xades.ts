/** XAdES qualifying properties (ETSI EN 319 132-1) inside a ds:Object of the signature. */
import type { XmlElement } from 'libxml2-wasm';
import type { TimestampFacts } from '../facts.ts';
import { octetsOf } from '../octets/octets.ts';
import { coversData, parseTimestampToken } from '../timestamp/index.ts';
import { hash, xmlDigest } from './algorithms.ts';
import { type C14nMethod, canonicalElement, DEFAULT_C14N, EXCLUSIVE, isC14n, readC14n } from './c14n.ts';
import { attribute, childElements, onlyBase64, onlyText, select } from './document.ts';
import { FaultSignal, type XmlFault, xmlFault } from './faults.ts';
import type { ReferenceOutcome } from './reference/types.ts';

/** What the properties of one signature say. */
export interface XadesFacts {
  readonly format: string;
  readonly signedPropertiesId: string | null;
  /** Id of the ds:Object that holds them: XAdES 1.1.1 points there with a path. */
  readonly objectId: string | null;
  readonly claimedSigningTime: Date | null;
  /** Digests of SigningCertificate(V2), the signer's first; null when the property is absent. */
  /** MimeType of each DataObjectFormat, by the Id of the Reference it speaks of. */
  readonly mediaTypes: ReadonlyMap<string, string>;
  readonly certificateDigests: readonly { readonly digest: string; readonly value: Uint8Array }[] | null;
  readonly certificates: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
  readonly timestamps: readonly TimestampFacts[];
  readonly faults: readonly XmlFault[];
}

/** Namespaces of XAdES 1.1.1 to 1.4.1. */
const XADES = /^http:\/\/uri\.etsi\.org\/01903\/v1\.\d\.\d#$/;

/** Embedded certificates, lists and tokens read from one signature. */
const MAX_VALUES = 200;

function isXades(element: XmlElement, name: string): boolean {
  return element.name === name && XADES.test(element.namespaceUri);
}

function inXades(from: XmlElement, path: string): XmlElement[] {
  const steps = path.split('/').map((name) => (name === '' ? '' : `*[local-name()='${name}']`));
  return select(from, steps.join('/')).filter((element) => XADES.test(element.namespaceUri));
}

/** The QualifyingProperties of this signature: a direct child of its own ds:Object. */
export function qualifyingProperties(signature: XmlElement): XmlElement | null {
  const found = select(signature, 'ds:Object/*').filter((element) =>
    isXades(element, 'QualifyingProperties'),
  );
  if (found.length > 1) throw new FaultSignal('XADES_PROPERTIES_STRUCTURE', 'several QualifyingProperties');
  return found[0] ?? null;
}

function signingTime(signed: XmlElement): Date | null {
  const [element] = inXades(signed, 'SignedSignatureProperties/SigningTime');
  const text = element === undefined ? null : onlyText(element)?.trim();
  if (text == null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/.test(text))
    return null;
  const time = new Date(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? null : time;
}

function certificateDigests(signed: XmlElement): XadesFacts['certificateDigests'] {
  const holder =
    inXades(signed, 'SignedSignatureProperties/SigningCertificateV2')[0] ??
    inXades(signed, 'SignedSignatureProperties/SigningCertificate')[0];
  if (holder === undefined) return null;
  return inXades(holder, 'Cert/CertDigest').map((item) => {
    // XAdES 1.1.1 has DigestMethod and DigestValue in its own namespace.
    const [method] = select(item, "*[local-name()='DigestMethod']");
    const [value] = select(item, "*[local-name()='DigestValue']");
    const digest = method === undefined ? null : xmlDigest(attribute(method, 'Algorithm'));
    const octets = value === undefined ? null : onlyBase64(value);
    if (digest === null || octets === null)
      throw new FaultSignal('XADES_PROPERTIES_STRUCTURE', 'SigningCertificate');
    return { digest, value: octets };
  });
}

function values(signature: XmlElement, name: string): Uint8Array[] {
  const found = select(signature, `.//*[local-name()='${name}']`).slice(0, MAX_VALUES);
  return found
    .filter((element) => XADES.test(element.namespaceUri))
    .map(onlyBase64)
    .filter((octets) => octets !== null);
}

function methodOf(timestamp: XmlElement) {
  const [element] = select(timestamp, 'ds:CanonicalizationMethod');
  const uri = element === undefined ? null : attribute(element, 'Algorithm');
  return element !== undefined && isC14n(uri) ? readC14n(uri, element) : DEFAULT_C14N;
}

/** Whether a token was made over these octets. */
function isOver(token: Uint8Array, octets: Uint8Array): boolean {
  try {
    return coversData(parseTimestampToken(token), octetsOf(octets));
  } catch {
    return false;
  }
}

/**
 * Octets under the method the property names. One that names none means inclusive canonicalisation; makers are met that
 * used the exclusive one and did not say so, and both are forms of the same element.
 */
function stampedOctets(timestamp: XmlElement, tokens: readonly Uint8Array[], value: XmlElement): Uint8Array {
  const octets = canonicalElement(value, methodOf(timestamp));
  const named = select(timestamp, 'ds:CanonicalizationMethod').length > 0;
  if (named || tokens.some((token) => isOver(token, octets))) return octets;
  const exclusive = canonicalElement(value, EXCLUSIVE);
  return tokens.some((token) => isOver(token, exclusive)) ? exclusive : octets;
}

function tokensOf(timestamp: XmlElement): Uint8Array[] {
  return inXades(timestamp, 'EncapsulatedTimeStamp')
    .map(onlyBase64)
    .filter((octets) => octets !== null);
}

/** Everything canonicalised one by one and joined, as archive time-stamps take it. */
function canonicalAll(elements: readonly XmlElement[], method: C14nMethod): Uint8Array {
  return Buffer.concat(elements.map((element) => canonicalElement(element, method)));
}

/** ds:Object elements that nothing in SignedInfo refers to, without the one that holds the properties. */
function looseObjects(signature: XmlElement, outcomes: readonly ReferenceOutcome[]): XmlElement[] {
  const referred = new Set(outcomes.map(({ target }) => (target.kind === 'element' ? target.id : '')));
  return select(signature, 'ds:Object').filter((object) => {
    const holdsProperties = childElements(object).some((element) => isXades(element, 'QualifyingProperties'));
    return !holdsProperties && !referred.has(attribute(object, 'Id') ?? '');
  });
}

/**
 * Archive time-stamps (EN 319 132-1 §5.5.2.2): references, SignedInfo, SignatureValue, KeyInfo, the unsigned properties
 * before the time-stamp, loose objects. Only those of the 1.4.1 namespace; older ones are not rebuilt.
 */
export function archiveTimestamps(
  signature: XmlElement,
  outcomes: readonly ReferenceOutcome[],
  others: readonly TimestampFacts[],
): TimestampFacts[] {
  const properties = qualifyingProperties(signature);
  const [container] =
    properties === null ? [] : inXades(properties, 'UnsignedProperties/UnsignedSignatureProperties');
  if (container === undefined) return [];
  const unsigned = childElements(container);
  const core = childElements(signature).filter((element) =>
    ['SignedInfo', 'SignatureValue', 'KeyInfo'].includes(element.name),
  );
  const made: TimestampFacts[] = [];
  // What stands behind an archive time-stamp may have been put there later, whatever time it claims.
  const coversOf = (index: number) => {
    const before = unsigned.slice(0, index).flatMap(tokensOf);
    return [...others, ...made].filter((stamp) =>
      before.some((token) => Buffer.compare(token, stamp.token) === 0),
    );
  };
  for (const [index, timestamp] of unsigned.entries()) {
    if (timestamp.name !== 'ArchiveTimeStamp' || !timestamp.namespaceUri.endsWith('/v1.4.1#')) continue;
    const method = methodOf(timestamp);
    if (outcomes.some(({ explicitC14n }) => !explicitC14n && method.mode !== DEFAULT_C14N.mode)) continue;
    const parts = [...core, ...unsigned.slice(0, index), ...looseObjects(signature, outcomes)];
    const over = octetsOf(...outcomes.map((outcome) => outcome.octets), canonicalAll(parts, method));
    const covers = coversOf(index);
    made.push(...tokensOf(timestamp).map((token) => ({ type: 'archive', token, over, covers }) as const));
  }
  return made;
}

/** Signature time-stamps: over the canonical SignatureValue element (EN 319 132-1 §5.3). */
function signatureTimestamps(signature: XmlElement, properties: XmlElement): TimestampFacts[] {
  const [value] = select(signature, 'ds:SignatureValue');
  if (value === undefined) return [];
  return inXades(properties, 'UnsignedProperties/UnsignedSignatureProperties/SignatureTimeStamp').flatMap(
    (timestamp) => {
      const tokens = tokensOf(timestamp);
      const over = octetsOf(stampedOctets(timestamp, tokens, value));
      return tokens.map((token) => ({ type: 'signature', token, over }) as const);
    },
  );
}

function levelOf(properties: XmlElement): string {
  const has = (name: string) =>
    inXades(properties, `UnsignedProperties/UnsignedSignatureProperties/${name}`).length > 0;
  if (has('ArchiveTimeStamp')) return 'XAdES-B-LTA';
  if (!has('SignatureTimeStamp')) return 'XAdES-B-B';
  return has('RevocationValues') || has('CertificateValues') ? 'XAdES-B-LT' : 'XAdES-B-T';
}

function mediaTypes(signed: XmlElement): ReadonlyMap<string, string> {
  const formats = inXades(signed, 'SignedDataObjectProperties/DataObjectFormat').slice(0, MAX_VALUES);
  return new Map(
    formats.map((format) => {
      const [type] = inXades(format, 'MimeType');
      return [
        (attribute(format, 'ObjectReference') ?? '').replace(/^#/, ''),
        type === undefined ? '' : (onlyText(type)?.trim() ?? ''),
      ];
    }),
  );
}

/** Reads the qualifying properties; the signature must be the root of a document of its own. */
export function readXades(signature: XmlElement, properties: XmlElement): XadesFacts {
  const signedList = childElements(properties).filter((element) => isXades(element, 'SignedProperties'));
  const [signed] = signedList;
  const faults: XmlFault[] = [];
  if (signedList.length !== 1)
    faults.push(
      xmlFault(
        'XADES_PROPERTIES_STRUCTURE',
        'SignedProperties',
        signed === undefined ? 'SIGNED_DATA_NOT_FOUND' : undefined,
      ),
    );
  return {
    format: levelOf(properties),
    signedPropertiesId: signed === undefined ? null : attribute(signed, 'Id'),
    objectId: properties.parent === null ? null : attribute(properties.parent, 'Id'),
    claimedSigningTime: signed === undefined ? null : signingTime(signed),
    mediaTypes: signed === undefined ? new Map() : mediaTypes(signed),
    certificateDigests: signed === undefined ? null : certificateDigests(signed),
    certificates: values(properties, 'EncapsulatedX509Certificate'),
    crls: values(properties, 'EncapsulatedCRLValue'),
    ocsps: values(properties, 'EncapsulatedOCSPValue'),
    timestamps: signatureTimestamps(signature, properties),
    faults,
  };
}

/** Whether the digests bind `certificate`: true, false, or null when the property is absent. */
export function bindsCertificate(
  digests: XadesFacts['certificateDigests'],
  certificate: Uint8Array,
): boolean | null {
  if (digests === null) return null;
  return digests.some((item) => Buffer.compare(hash(item.digest, certificate), item.value) === 0);
}
