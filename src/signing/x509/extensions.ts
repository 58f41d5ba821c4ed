/** Certificate extensions (RFC 5280 §4.2), decoded once; malformed known ones make the certificate unusable. */
import { child, type DerNode, expectTag, readOctets, readOid, retagged } from '../cms/der.ts';
import { booleanOf, integerHex, namedBits, nested, smallInteger } from './asn1.ts';
import { type GeneralName, isConstraint, readGeneralName, readGeneralNames } from './names.ts';

/** anyPolicy of RFC 5280 §4.2.1.4. */
export const ANY_POLICY = '2.5.29.32.0';

/** Bits of KeyUsage (RFC 5280 §4.2.1.3). */
export const KEY_USAGE = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

/** One subtree of a name constraint; minimum and maximum must be absent (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** One distribution point (RFC 5280 §4.2.1.13). */
export interface DistributionPoint {
  readonly fullName: readonly GeneralName[] | null;
  /** Octets of RelativeDistinguishedName when the point is relative to the CRL issuer. */
  readonly relativeName: DerNode | null;
  /** Reason bits; null means all. */
  readonly reasons: ReadonlySet<number> | null;
  readonly crlIssuer: readonly GeneralName[];
}

/** Authority key identifier. */
export interface AuthorityKey {
  readonly keyId: string | null;
  readonly issuer: readonly GeneralName[];
  readonly serialNumber: string | null;
}

/** The extensions of one certificate; null means absent. */
export interface Extensions {
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  readonly keyUsage: ReadonlySet<number> | null;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly extendedKeyUsageCritical: boolean;
  readonly policies: readonly string[] | null;
  readonly policyMappings: readonly { readonly issuer: string; readonly subject: string }[];
  readonly requireExplicitPolicy: number | null;
  readonly inhibitPolicyMapping: number | null;
  readonly inhibitAnyPolicy: number | null;
  readonly nameConstraints: NameConstraints | null;
  readonly subjectAltNames: readonly GeneralName[] | null;
  readonly authorityKey: AuthorityKey | null;
  readonly subjectKeyId: string | null;
  readonly distributionPoints: readonly DistributionPoint[];
  readonly freshestCrl: readonly DistributionPoint[];
  readonly ocspUrls: readonly string[];
  readonly issuerUrls: readonly string[];
  readonly ocspNoCheck: boolean;
  /** OIDs of critical extensions this software does not process. */
  readonly unknownCritical: readonly string[];
  /** OIDs of all critical extensions. */
  readonly critical: ReadonlySet<string>;
}

type Draft = { -readonly [K in keyof Extensions]: Extensions[K] };

const MAX_EXTENSIONS = 100;

/** One Extension of any object: OID, criticality and the octets inside. */
export interface RawExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Reads a SEQUENCE OF Extension, refusing duplicates (RFC 5280 §4.2). */
export function readRawExtensions(list: DerNode): readonly RawExtension[] {
  if (list.tag !== 0x30 || list.children.length > MAX_EXTENSIONS) throw new Error('malformed extension list');
  const seen = new Set<string>();
  return list.children.map((node) => {
    const oid = readOid(child(node, 0));
    if (seen.has(oid)) throw new Error('extension given twice');
    seen.add(oid);
    const second = child(node, 1);
    const critical = second.tag === 0x01 && booleanOf(second);
    return { oid, critical, value: readOctets(child(node, second.tag === 0x01 ? 2 : 1, 0x04)) };
  });
}

function basicConstraints(draft: Draft, node: DerNode): void {
  const parts = [...expectTag(node, 0x30).children];
  const ca = parts[0]?.tag === 0x01 && booleanOf(expectTag(parts.shift() ?? node, 0x01));
  const length = parts.shift();
  if (length !== undefined) expectTag(length, 0x02);
  if (parts.length > 0) throw new Error('more than two basic constraints');
  draft.basicConstraints = { ca, pathLength: length === undefined ? null : smallInteger(length.content) };
}

/** Qualifiers that bind nobody: a pointer to the practice statement, and a notice to be shown. */
const KNOWN_QUALIFIERS = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2']);

/** Of a critical list of policies each qualifier must be understood too (RFC 5280 §4.2.1.4). */
function policies(draft: Draft, node: DerNode, critical: boolean): void {
  const oids = node.children.map((info) => readOid(child(info, 0)));
  if (new Set(oids).size !== oids.length) throw new Error('policy given twice');
  draft.policies = oids;
  if (!critical) return;
  const qualifiers = node.children.flatMap((info) => info.children[1]?.children ?? []);
  draft.unknownCritical = qualifiers
    .map((item) => readOid(child(item, 0)))
    .filter((oid) => !KNOWN_QUALIFIERS.has(oid));
}

function policyMappings(draft: Draft, node: DerNode): void {
  draft.policyMappings = node.children.map((pair) => ({
    issuer: readOid(child(pair, 0)),
    subject: readOid(child(pair, 1)),
  }));
}

function policyConstraints(draft: Draft, node: DerNode): void {
  for (const field of node.children) {
    if (field.tag === 0x80) draft.requireExplicitPolicy = smallInteger(field.content);
    else if (field.tag === 0x81) draft.inhibitPolicyMapping = smallInteger(field.content);
    else throw new Error('unknown policy constraint');
  }
}

function subtrees(node: DerNode): readonly GeneralName[] {
  if (node.children.length === 0) throw new Error('empty list of name constraints');
  return node.children.map((tree) => {
    const minimum = tree.children[1];
    if (
      tree.children.length > 2 ||
      (minimum !== undefined && (minimum.tag !== 0x80 || smallInteger(minimum.content) !== 0))
    ) {
      throw new Error('subtree distances are not supported');
    }
    const base = readGeneralName(child(tree, 0));
    if (!isConstraint(base)) throw new Error('malformed name constraint');
    return base;
  });
}

function nameConstraints(draft: Draft, node: DerNode): void {
  const field = (tag: number) => {
    const found = node.children.find((item) => item.tag === tag);
    return found === undefined ? [] : subtrees(found);
  };
  if (node.children.length === 0) throw new Error('empty name constraints');
  draft.nameConstraints = { permitted: field(0xa0), excluded: field(0xa1) };
}

function authorityKey(draft: Draft, node: DerNode): void {
  expectTag(node, 0x30);
  const field = (tag: number) => node.children.find((item) => item.tag === tag);
  const keyId = field(0x80);
  const issuer = field(0xa1);
  const serial = field(0x82);
  draft.authorityKey = {
    keyId: keyId === undefined ? null : Buffer.from(keyId.content).toString('hex'),
    issuer: issuer === undefined ? [] : readGeneralNames(issuer),
    serialNumber: serial === undefined ? null : integerHex(retagged(serial, 0x02)),
  };
}

/** Decodes one DistributionPoint, also as found in the issuing distribution point of a CRL. */
export function readDistributionName(node: DerNode): Pick<DistributionPoint, 'fullName' | 'relativeName'> {
  const inner = child(node, 0);
  if (inner.tag === 0xa0) return { fullName: readGeneralNames(inner), relativeName: null };
  if (inner.tag === 0xa1) return { fullName: null, relativeName: inner };
  throw new Error('unknown distribution point name');
}

function distributionPoints(node: DerNode): readonly DistributionPoint[] {
  return node.children.map((point) => {
    const field = (tag: number) => point.children.find((item) => item.tag === tag);
    const name = field(0xa0);
    const reasons = field(0x81);
    const issuer = field(0xa2);
    return {
      ...(name === undefined ? { fullName: null, relativeName: null } : readDistributionName(name)),
      reasons: reasons === undefined ? null : namedBits(reasons.content),
      crlIssuer: issuer === undefined ? [] : readGeneralNames(issuer),
    };
  });
}

function informationAccess(draft: Draft, node: DerNode): void {
  const urls = (method: string) =>
    node.children
      .filter((item) => readOid(child(item, 0)) === method && child(item, 1).tag === 0x86)
      .map((item) => Buffer.from(child(item, 1).content).toString('latin1'));
  draft.ocspUrls = urls('1.3.6.1.5.5.7.48.1');
  draft.issuerUrls = urls('1.3.6.1.5.5.7.48.2');
}

/** What each extension we process does to the draft. Reaching an OID outside this table while critical is fatal. */
const READERS: Readonly<Record<string, (draft: Draft, node: DerNode, critical: boolean) => void>> = {
  '2.5.29.19': basicConstraints,
  '2.5.29.15': (draft, node) => {
    draft.keyUsage = namedBits(expectTag(node, 0x03).content);
  },
  '2.5.29.37': (draft, node, critical) => {
    draft.extendedKeyUsage = expectTag(node, 0x30).children.map(readOid);
    if (draft.extendedKeyUsage.length === 0) throw new Error('empty extended key usage');
    draft.extendedKeyUsageCritical = critical;
  },
  '2.5.29.32': policies,
  '2.5.29.33': policyMappings,
  '2.5.29.36': policyConstraints,
  '2.5.29.54': (draft, node) => {
    draft.inhibitAnyPolicy = smallInteger(node.content);
  },
  '2.5.29.30': nameConstraints,
  '2.5.29.17': (draft, node) => {
    draft.subjectAltNames = readGeneralNames(node);
  },
  '2.5.29.35': authorityKey,
  '2.5.29.14': (draft, node) => {
    draft.subjectKeyId = Buffer.from(expectTag(node, 0x04).content).toString('hex');
  },
  '2.5.29.31': (draft, node) => {
    draft.distributionPoints = distributionPoints(node);
  },
  '2.5.29.46': (draft, node) => {
    draft.freshestCrl = distributionPoints(node);
  },
  '1.3.6.1.5.5.7.1.1': informationAccess,
  '1.3.6.1.5.5.7.48.1.5': (draft) => {
    draft.ocspNoCheck = true;
  },
};

function emptyDraft(): Draft {
  return {
    basicConstraints: null,
    keyUsage: null,
    extendedKeyUsage: null,
    extendedKeyUsageCritical: false,
    policies: null,
    policyMappings: [],
    requireExplicitPolicy: null,
    inhibitPolicyMapping: null,
    inhibitAnyPolicy: null,
    nameConstraints: null,
    subjectAltNames: null,
    authorityKey: null,
    subjectKeyId: null,
    distributionPoints: [],
    freshestCrl: [],
    ocspUrls: [],
    issuerUrls: [],
    ocspNoCheck: false,
    unknownCritical: [],
    critical: new Set(),
  };
}

/** Decodes all extensions of a certificate; `list` null when it has none. */
export function readExtensions(list: DerNode | null): Extensions {
  const draft = emptyDraft();
  const unknown: string[] = [];
  const criticals = new Set<string>();
  for (const { oid, critical, value } of list === null ? [] : readRawExtensions(list)) {
    if (critical) criticals.add(oid);
    const reader = READERS[oid];
    if (reader !== undefined) reader(draft, nested(value), critical);
    else if (critical) unknown.push(oid);
  }
  draft.unknownCritical = [...draft.unknownCritical, ...unknown];
  draft.critical = criticals;
  return draft;
}
