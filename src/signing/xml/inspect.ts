/** `inspectXml`: every XML signature of a document as facts, read strictly (W3C XML-DSig 1.1, ETSI EN 319 132-1). */
import type { KeyObject } from 'node:crypto';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { SigningError } from '../errors.ts';
import type { SignatureFacts } from '../facts.ts';
import { publicKeyOf, tryCertificate } from '../x509/index.ts';
import { isSharedSecret, schemeOf, verifyValue, type XmlSignatureScheme } from './algorithms.ts';
import { type C14nMethod, canonicalElement, isC14n, readC14n } from './c14n.ts';
import {
  attribute,
  childElements,
  DS,
  hasDoctype,
  isDs,
  onlyBase64,
  parseXml,
  select,
  toUtf8,
  XML_LIMITS,
  type XmlLimits,
} from './document.ts';
import { FaultSignal, xmlFault, xmlRemark } from './faults.ts';
import { keyInfoCertificates, keyValue } from './key-info.ts';
import { contentReferences, propertiesFault, renamed } from './place/content.ts';
import { Coverings } from './place/covered.ts';
import { judgeManifests, planManifests } from './place/manifests.ts';
import { coversMaster, masterOf, placeOf } from './place/placement.ts';
import { withPiece } from './reference/octets.ts';
import { type Outline, outlineOf, standalone } from './reference/outline.ts';
import { each, judgeAll, planReference } from './reference/references.ts';
import type { DetachedFile, ReferenceOutcome, XmlSource } from './reference/types.ts';
import {
  archiveTimestamps,
  bindsCertificate,
  qualifyingProperties,
  readXades,
  type XadesFacts,
} from './xades.ts';

type Draft = { -readonly [K in keyof SignatureFacts]: SignatureFacts[K] };

function emptyFacts(id: string): Draft {
  return {
    id,
    format: 'XML-DSig',
    formatFaults: [],
    digestsMatch: null,
    signatureValid: null,
    signerCertificate: null,
    signerCertificateBound: null,
    certificates: [],
    crls: [],
    ocsps: [],
    digestAlgorithm: 'unknown',
    signatureAlgorithm: 'unknown',
    claimedSigningTime: null,
    timestamps: [],
    coverage: 'partial',
    changesAfterSigning: [],
    remarks: [],
  };
}

interface Parts {
  readonly signedInfo: XmlElement;
  readonly value: Uint8Array;
  readonly keyInfo: XmlElement | undefined;
  readonly method: C14nMethod;
  readonly scheme: XmlSignatureScheme;
  readonly references: readonly XmlElement[];
}

function structure(detail: string): FaultSignal {
  return new FaultSignal('XML_SIGNATURE_STRUCTURE', detail);
}

/** A Reference to another file as it is costs one digest; into the document or through transforms it costs a parse. */
function namesWholeFile(reference: XmlElement): boolean {
  const uri = attribute(reference, 'URI') ?? '';
  return (
    uri !== '' && !uri.startsWith('#') && !childElements(reference).some((child) => isDs(child, 'Transforms'))
  );
}

/** The children of ds:Signature in the order of the schema (XML-DSig §4.2), each where it belongs and no others. */
function partsOf(signature: XmlElement, limits: XmlLimits): Parts {
  const [signedInfo, signatureValue, ...rest] = childElements(signature);
  if (!isDs(signedInfo, 'SignedInfo')) throw structure('SignedInfo');
  if (!isDs(signatureValue, 'SignatureValue')) throw structure('SignatureValue');
  const keyInfo = isDs(rest[0], 'KeyInfo') ? rest.shift() : undefined;
  if (rest.some((element) => !isDs(element, 'Object'))) throw structure('Signature');
  const value = onlyBase64(signatureValue);
  if (value === null) throw structure('SignatureValue');
  const [c14n, method, ...references] = childElements(signedInfo);
  if (!isDs(c14n, 'CanonicalizationMethod') || !isDs(method, 'SignatureMethod'))
    throw structure('SignedInfo');
  if (references.length === 0 || references.some((element) => !isDs(element, 'Reference')))
    throw structure('Reference');
  const costly = references.filter((reference) => !namesWholeFile(reference)).length;
  if (costly > limits.maxReferences || references.length - costly > limits.maxFileReferences)
    throw new FaultSignal('XML_TOO_MANY_REFERENCES', `${references.length}`);
  const c14nUri = attribute(c14n, 'Algorithm');
  const methodUri = attribute(method, 'Algorithm');
  const scheme = schemeOf(method);
  if (!isC14n(c14nUri)) throw new FaultSignal('XML_ALGORITHM_UNKNOWN', (c14nUri ?? '').slice(0, 100));
  if (isSharedSecret(methodUri)) throw new FaultSignal('XML_SHARED_SECRET', (methodUri ?? '').slice(0, 100));
  if (scheme === null) throw new FaultSignal('XML_ALGORITHM_UNKNOWN', (methodUri ?? '').slice(0, 100));
  return { signedInfo, value, keyInfo, method: readC14n(c14nUri, c14n), scheme, references };
}

/** The signer's certificate: the one the signed properties bind, else the one whose key made the signature, else the first. */
function chooseSigner(
  candidates: readonly Uint8Array[],
  xades: XadesFacts | null,
  verifies: (key: KeyObject | null) => boolean,
): Uint8Array | null {
  const bound = candidates.find((der) => bindsCertificate(xades?.certificateDigests ?? null, der) === true);
  const working = () => candidates.find((der) => verifies(keyOf(der)));
  return bound ?? working() ?? candidates[0] ?? null;
}

function keyOf(der: Uint8Array): KeyObject | null {
  const certificate = tryCertificate(der);
  try {
    return certificate === null ? null : publicKeyOf(certificate.publicKey);
  } catch {
    return null;
  }
}

function keyOfInfo(spki: Uint8Array): KeyObject | null {
  try {
    return publicKeyOf(spki);
  } catch {
    return null;
  }
}

/** Supplied certificates tried against a signature that carries none. */
const MAX_SUPPLIED = 200;

function readSigner(
  draft: Draft,
  parts: Parts,
  xades: XadesFacts | null,
  supplied: readonly Uint8Array[],
  vouched: readonly Uint8Array[],
): void {
  const octets = canonicalElement(parts.signedInfo, parts.method);
  const verifies = (key: KeyObject | null) =>
    key !== null && verifyValue(parts.scheme, key, octets, parts.value);
  const own = keyInfoCertificates(parts.keyInfo);
  const candidates = own.length > 0 ? own : [...(xades?.certificates ?? [])];
  const fromOutside = () => supplied.slice(0, MAX_SUPPLIED).find((der) => verifies(keyOf(der))) ?? null;
  const bare = keyValue(parts.keyInfo) ?? vouched.map(keyOfInfo).find(verifies) ?? null;
  // Certificates among the properties that fit neither the reference nor the signature are no signer's, where a key is given.
  const chosen = chooseSigner(candidates, xades, verifies);
  const stray = own.length === 0 && bare !== null && chosen !== null && !verifies(keyOf(chosen));
  const signer = (stray ? null : chosen) ?? fromOutside();
  draft.signatureAlgorithm = parts.scheme.family;
  draft.certificates = [...own, ...(xades?.certificates ?? [])];
  draft.signerCertificate = signer;
  if (signer !== null) {
    draft.signatureValid = verifies(keyOf(signer));
    draft.signerCertificateBound = bindsCertificate(xades?.certificateDigests ?? null, signer);
    return;
  }
  draft.signatureValid = bare === null ? null : verifies(bare);
}

function readProperties(draft: Draft, signature: XmlElement): XadesFacts | null {
  const properties = qualifyingProperties(signature);
  if (properties === null) return null;
  const xades = readXades(signature, properties);
  draft.format = xades.format;
  draft.claimedSigningTime = xades.claimedSigningTime;
  draft.crls = xades.crls;
  draft.ocsps = xades.ocsps;
  draft.timestamps = xades.timestamps;
  return xades;
}

function weakestDigest(parts: Parts, outcomes: readonly ReferenceOutcome[]): string {
  const used = [
    ...outcomes.map((outcome) => outcome.digest),
    ...(parts.scheme.digest === null ? [] : [parts.scheme.digest]),
  ];
  return ['md5', 'sha1', 'ripemd160'].find((digest) => used.includes(digest)) ?? used[0] ?? 'unknown';
}

/** Loose parts named in one report. */
const MAX_NAMED = 10;

/** Reads one signature, number `ordinal` in document order. */
function readSignature(
  draft: Draft,
  doc: XmlDocument,
  ordinal: number,
  coverings: Coverings,
  source: XmlSource,
): void {
  const section = source.outline.signatures[ordinal];
  const original = select(doc, '/descendant::ds:Signature')[ordinal];
  if (section === undefined || original === undefined) throw structure('Signature');
  withPiece(source, standalone(source.outline, section, true), (piece) => {
    const signature = piece.root;
    const parts = partsOf(signature, source.limits);
    const xades = readProperties(draft, signature);
    readSigner(draft, parts, xades, source.certificates, source.keys);
    const plans = each(parts.references, (reference) => planReference(reference, source));
    const content = contentReferences(plans.read, xades, doc, original);
    const listed = planManifests(doc, content, source);
    for (const { target, plan } of listed.entries.read)
      if (target.kind === 'element') coverings.add(target.id, plan.remove, original);
    const shown = [...content.filter((item) => !listed.lists.includes(item)), ...listed.entries.read];
    const place = placeOf(doc, original, shown, coverings);
    const extra = [propertiesFault(xades, plans.read), ...(xades?.faults ?? [])].filter(
      (fault) => fault !== null,
    );
    if (!coversMaster(original, content)) extra.push(xmlFault('XADES_COUNTER_SIGNATURE'));
    const own = {
      section,
      alone: source.outline.signatures.length === 1 && listed.entries.read.length === 0,
    };
    const manifests = judgeManifests(listed, own, source);
    const { read, faults } = judgeAll(plans.read, own, source);
    const outcomes = read.map((item) => item.outcome);
    const allFaults = [...plans.faults, ...faults];
    extra.push(...manifests.faults);
    if (outcomes.some((outcome) => !outcome.matches)) draft.digestsMatch = false;
    else draft.digestsMatch = outcomes.length === parts.references.length ? true : null;
    if (allFaults.length === 0 && content.length === 0)
      extra.push(xmlFault('XML_NOTHING_SIGNED', '', 'SIGNED_DATA_NOT_FOUND'));
    if (xades !== null && allFaults.length === 0)
      draft.timestamps = [...draft.timestamps, ...archiveTimestamps(signature, outcomes, draft.timestamps)];
    if (place.twin) extra.push(xmlFault('XML_UNSIGNED_TWIN', '', 'SIG_CONSTRAINTS_FAILURE'));
    draft.digestAlgorithm = weakestDigest(parts, outcomes);
    draft.coverage = place.coverage;
    const covered = read.filter(({ reference }) => content.includes(reference)).map((item) => item.outcome);
    draft.coveredNames = [...covered, ...manifests.matching].flatMap(({ target }) =>
      target.kind === 'file' ? [target.file.name] : [],
    );
    draft.remarks = [
      ...place.loose.slice(0, MAX_NAMED).map((name) => xmlRemark('XML_PART_NOT_SIGNED', name)),
      ...manifests.remarks,
      ...covered.flatMap(renamed).map((detail) => xmlRemark('XML_FILE_RENAMED', detail)),
    ];
    draft.mediaTypes = covered.flatMap(({ id, target }) => {
      const type = xades?.mediaTypes.get(id ?? '') ?? '';
      return target.kind === 'file' && type !== '' ? [{ name: target.file.name, type }] : [];
    });
    draft.formatFaults = [...draft.formatFaults, ...allFaults, ...extra];
    const [first] = covered;
    if (draft.digestsMatch === true && first !== undefined)
      draft.signedContent = covered.length === 1 ? first.octets : join(covered);
  });
}

function join(outcomes: readonly ReferenceOutcome[]): Uint8Array {
  return Buffer.concat(outcomes.map((outcome) => outcome.octets));
}

/** Something called Signature with a SignedInfo, but in another namespace: not a signature, and not to be passed over. */
function impostors(doc: XmlDocument, outline: Outline): SignatureFacts[] {
  if (outline.impostors === 0) return [];
  const found = select(
    doc,
    `//*[local-name()='Signature' and namespace-uri()!='${DS}'][*[local-name()='SignedInfo']]`,
  ).slice(0, 10);
  return found.map((_, index) => ({
    ...emptyFacts(`not-a-signature-${index + 1}`),
    formatFaults: [xmlFault('XML_SIGNATURE_NAMESPACE')],
  }));
}

function idOf(signature: XmlElement, ordinal: number, taken: Set<string>): string {
  const master = masterOf(signature);
  if (master !== null) {
    const of = attribute(master, 'Id') ?? 'sig';
    for (let index = 1; ; index += 1)
      if (!taken.has(`${of}/counter-${index}`)) return reserve(`${of}/counter-${index}`, taken);
  }
  const given = attribute(signature, 'Id');
  // An id of that form is given to counter-signatures alone.
  const isOwn = given !== null && given !== '' && given.length <= 200 && !/\/counter-\d+$/.test(given);
  return reserve(isOwn && !taken.has(given) ? given : `sig-${ordinal + 1}`, taken);
}

function reserve(id: string, taken: Set<string>): string {
  taken.add(id);
  return id;
}

function factsOf(doc: XmlDocument, source: XmlSource): SignatureFacts[] {
  const signatures = select(doc, '/descendant::ds:Signature');
  if (signatures.length !== source.outline.signatures.length)
    return [
      {
        ...emptyFacts('sig-1'),
        formatFaults: [xmlFault('XML_SIGNATURE_STRUCTURE', 'octets and tree differ')],
      },
    ];
  const strangers = impostors(doc, source.outline);
  const coverings = Coverings.of(doc, source.limits);
  const taken = new Set<string>();
  const ids = signatures
    .slice(0, source.limits.maxSignatures)
    .map((signature, ordinal) => idOf(signature, ordinal, taken));
  const facts = ids.map((id, ordinal) => {
    const draft = emptyFacts(id);
    try {
      readSignature(draft, doc, ordinal, coverings, source);
    } catch (error) {
      if (!(error instanceof FaultSignal)) throw error;
      draft.formatFaults = [...draft.formatFaults, error.fault];
    }
    return draft;
  });
  if (signatures.length > ids.length) {
    facts.push({
      ...emptyFacts('too-many'),
      formatFaults: [xmlFault('XML_SIGNATURE_STRUCTURE', `${signatures.length} signatures`)],
    });
  }
  return [...facts, ...strangers];
}

/** Whether a file that will not be parsed claims to be signed: then it gets a verdict and not just an error. */
function mentionsSignatures(xml: Uint8Array): boolean {
  return Buffer.from(xml.buffer, xml.byteOffset, xml.length).includes(DS);
}

/** What may complete a document: detached files, and certificates of signers it only names. */
export interface XmlSupplies {
  readonly contents?: readonly DetachedFile[];
  readonly certificates?: readonly Uint8Array[];
  /** Public keys (SubjectPublicKeyInfo, DER) for signatures that only name theirs: whole, but still nobody's without a certificate. */
  readonly keys?: readonly Uint8Array[];
  /** Whether a single file must carry the name referred to as well; default false. */
  readonly exactNames?: boolean;
}

const BASE_WORK = 64 * 1024 * 1024;

/**
 * Facts of every ds:Signature in a document. Nothing outside the file is read but what `supplied` hands in; DOCTYPE,
 * transforms outside a short list and algorithms outside a closed table are refused.
 * @throws SigningError XML_INVALID, XML_TOO_LARGE when the file cannot be read at all.
 */
export async function inspectXml(
  xml: Uint8Array,
  limits: Partial<XmlLimits> = {},
  supplied: XmlSupplies = {},
): Promise<SignatureFacts[]> {
  const all = { ...XML_LIMITS, ...limits };
  if (hasDoctype(xml) && mentionsSignatures(xml))
    return [{ ...emptyFacts('sig-1'), formatFaults: [xmlFault('XML_DOCTYPE')] }];
  const { contents = [], certificates = [], keys = [], exactNames = false } = supplied;
  const doc = parseXml(xml, all, 'checked');
  const source: XmlSource = {
    whole: doc,
    outline: { bytes: Buffer.alloc(0), signatures: [], impostors: 0, tagsWithId: [] },
    contents,
    exactNames,
    certificates,
    keys: keys.slice(0, MAX_SUPPLIED),
    limits: all,
    budget: BASE_WORK + xml.length * all.maxWork,
  };
  try {
    source.outline = outlineFor(xml, all);
    return factsOf(doc, source);
  } finally {
    source.whole?.dispose();
  }
}

/** The outline of a parsed file. @throws SigningError XML_INVALID when it nests too deeply or is in an encoding not handled. */
function outlineFor(xml: Uint8Array, limits: XmlLimits): Outline {
  const bytes = toUtf8(xml);
  if (bytes === null)
    throw new SigningError('XML_INVALID', {
      details: { reason: 'encoding is not UTF-8, UTF-16 or ISO 8859' },
    });
  try {
    return outlineOf(bytes, limits.maxDepth);
  } catch (cause) {
    if (!(cause instanceof FaultSignal)) throw cause;
    throw new SigningError('XML_INVALID', { cause, details: { reason: cause.fault.en } });
  }
}
