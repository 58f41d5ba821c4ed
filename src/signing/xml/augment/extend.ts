/** Raises the XAdES signatures of a document to T, LT or LTA, and renews archive time-stamps (ETSI EN 319 132-1 §6). */
import type { XmlElement } from 'libxml2-wasm';
import { SigningError } from '../../errors.ts';
import {
  type Evidence,
  evidenceWhereRequired,
  joinEvidence,
  missingEvidence,
  withEvidence,
} from '../../evidence/index.ts';
import type { SignatureFacts } from '../../facts.ts';
import type { ExtendOptions } from '../../levels.ts';
import { canonicalElement, EXCLUSIVE_C14N, isolate } from '../c14n.ts';
import { parseXml, select, XML_LIMITS, type XmlLimits } from '../document.ts';
import { inspectXml, type XmlSupplies } from '../inspect.ts';
import {
  archiveTimestampText,
  hasProperty,
  type StampC14n,
  signatureTimestampText,
  stampValuesText,
  validationValuesText,
  withProperty,
} from './properties.ts';

/** How to extend an XML document. */
export interface XmlExtendOptions extends ExtendOptions {
  /** Files that detached references name. */
  readonly supplies?: XmlSupplies;
  readonly limits?: Partial<XmlLimits>;
}

const EXCLUSIVE = { mode: 1, comments: false, prefixes: [] } as const;
const INCLUSIVE_C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';

/** One signature of a document being raised. */
class Augmentation {
  xml: Uint8Array;
  readonly ordinal: number;
  readonly options: XmlExtendOptions;
  readonly limits: XmlLimits;

  constructor(xml: Uint8Array, ordinal: number, options: XmlExtendOptions) {
    this.xml = xml;
    this.ordinal = ordinal;
    this.options = options;
    this.limits = { ...XML_LIMITS, ...options.limits };
  }

  /** Looks at the signature in a fresh copy of the document. */
  look<T>(work: (signature: XmlElement) => T): T {
    const doc = parseXml(this.xml, this.limits);
    try {
      const signature = select(doc, '//ds:Signature')[this.ordinal];
      if (signature === undefined) throw new SigningError('XML_INVALID');
      return work(signature);
    } finally {
      doc.dispose();
    }
  }

  with(piece: string): Uint8Array {
    const doc = parseXml(this.xml, this.limits);
    try {
      const made = withProperty(this.xml, doc, this.ordinal, piece);
      if (made === null) throw new SigningError('SIGNING_NOTHING_TO_EXTEND');
      return made;
    } finally {
      doc.dispose();
    }
  }

  async facts(xml: Uint8Array = this.xml): Promise<SignatureFacts> {
    const facts = (await inspectXml(xml, this.options.limits, this.options.supplies))[this.ordinal];
    if (facts === undefined) throw new SigningError('XML_INVALID');
    return facts;
  }

  async token(data: Uint8Array | readonly Uint8Array[]): Promise<Uint8Array> {
    const { timestampAuthority, digest = 'sha256' } = this.options;
    if (timestampAuthority === undefined)
      throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'time-stamping authority' } });
    return timestampAuthority.timestamp(data, digest);
  }

  has(name: string): boolean {
    return this.look((signature) => hasProperty(signature, name));
  }

  /** T: over the canonical SignatureValue. */
  async stamp(): Promise<void> {
    if (this.has('SignatureTimeStamp')) return;
    const octets = this.look((signature) => {
      const [value] = select(signature, 'ds:SignatureValue');
      if (value === undefined) throw new SigningError('XML_INVALID');
      isolate(value);
      return canonicalElement(value, EXCLUSIVE);
    });
    this.xml = this.with(signatureTimestampText(await this.token(octets)));
  }

  /** LT: values of the signer where they belong once, those of time-stamps (and all later ones) beside them. */
  async keepEvidence(): Promise<void> {
    const facts = await this.facts();
    const { signer, stamps } = await evidenceWhereRequired(
      facts,
      this.options.evidence,
      this.options.required,
    );
    const inside: Evidence = { certificates: facts.certificates, crls: facts.crls, ocsps: facts.ocsps };
    const own = missingEvidence(signer, inside);
    const first = !this.has('CertificateValues') && !this.has('RevocationValues');
    const beside = missingEvidence(
      first ? stamps : joinEvidence(signer, stamps),
      joinEvidence(inside, first ? own : inside),
    );
    const piece = (first ? validationValuesText(own) : '') + stampValuesText(beside);
    if (piece !== '') this.xml = this.with(piece);
  }

  /** LTA: what a time-stamp standing last would cover is told by our own reader, then stamped and written. */
  async archive(): Promise<void> {
    const placeholder = Uint8Array.of(0x30, 0x00);
    for (const c14n of [EXCLUSIVE_C14N, INCLUSIVE_C14N] satisfies StampC14n[]) {
      const facts = await this.facts(this.with(archiveTimestampText(placeholder, c14n)));
      const mine = facts.timestamps.find(
        (item) => item.type === 'archive' && item.token.length === placeholder.length,
      );
      if (mine === undefined) continue;
      this.xml = this.with(archiveTimestampText(await this.token(mine.over.pieces), c14n));
      return;
    }
    throw new SigningError('FORMAT_UNSUPPORTED', {
      details: { reason: 'archive time-stamp over these references' },
    });
  }
}

async function raised(
  xml: Uint8Array,
  ordinal: number,
  facts: SignatureFacts,
  options: XmlExtendOptions,
): Promise<Uint8Array> {
  if (facts.format === 'XAdES-B-LTA' && options.renew !== true) return xml;
  const work = new Augmentation(xml, ordinal, options);
  await work.stamp();
  if (options.level === 'T') return work.xml;
  await work.keepEvidence();
  if (options.level === 'LT') return work.xml;
  await work.archive();
  await work.keepEvidence();
  return work.xml;
}

/** Whether another signature that was sound before covers what has been added. */
async function breaksAnother(
  before: readonly SignatureFacts[],
  next: Uint8Array,
  options: XmlExtendOptions,
): Promise<boolean> {
  const after = await inspectXml(next, options.limits, options.supplies);
  return before.some((facts, index) => facts.digestsMatch === true && after[index]?.digestsMatch !== true);
}

/**
 * The document with its XAdES signatures at `options.level` at least; no octet outside the properties added changes. A
 * signature that another one covers (so that adding to it would break that one) is left as it is.
 * @throws SigningError SIGNING_NOTHING_TO_EXTEND when no signature could be raised, EVIDENCE_UNAVAILABLE,
 *   SIGNING_OPTION_INVALID without an authority, XML_INVALID, what the authority throws
 */
export async function extendXml(xml: Uint8Array, options: XmlExtendOptions): Promise<Uint8Array> {
  const all = await inspectXml(xml, options.limits, options.supplies);
  let file = xml;
  let evidence = options.evidence;
  let count = 0;
  for (const [ordinal, facts] of all.entries()) {
    if (!facts.format.startsWith('XAdES') || facts.id.includes('/counter-')) continue;
    const next = await raised(file, ordinal, facts, { ...options, evidence });
    if (next !== file && (await breaksAnother(all, next, options))) continue;
    file = next;
    count += 1;
    const [own] = (await inspectXml(file, options.limits, options.supplies)).slice(ordinal);
    if (own !== undefined) evidence = withEvidence(evidence, own);
  }
  if (count === 0) throw new SigningError('SIGNING_NOTHING_TO_EXTEND');
  return file;
}
