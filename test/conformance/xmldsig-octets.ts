/** The octets behind XML signatures: canonical forms, and what goes into the digest of a Reference. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inspectXml, type SignatureFacts, SigningError } from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, readFiles } from './kit.ts';

interface CanonicalPair {
  readonly input: string;
  readonly output: string;
  readonly algorithm: string;
  readonly note: string;
}

interface OctetsKit {
  readonly c14nPairs?: readonly CanonicalPair[];
  readonly digestInputs?: { readonly files: readonly string[] };
}

type Answer = Pick<CaseOutcome, 'got' | 'met' | 'why' | 'refused'>;

/** The policy behind a refusal, by the words of the product. */
function policyOf(got: string, why: string): Pick<CaseOutcome, 'refused'> {
  if (got !== 'refused') return {};
  if (/REC-xpath|filter2/.test(why))
    return { refused: 'XPath beyond the known idioms: it may leave anything out' };
  return /document type declaration/.test(why) ? { refused: 'DOCTYPE: entities and default attributes' } : {};
}

const DS = 'http://www.w3.org/2000/09/xmldsig#';
/** How a product that reads no DOCTYPE meets an input that needs one (notes of the kit). */
const MUST_REFUSE = /refuses DOCTYPE must refuse/;

function readKit(dir: string): OctetsKit {
  return JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as OctetsKit;
}

/** A signature whose one Reference canonicalises what `uri` names, with the digest of the expected octets. Its value is no signature. */
function referenceTo(uri: string, algorithm: string, expected: Uint8Array): string {
  const digest = createHash('sha256').update(expected).digest('base64');
  return `<Signature xmlns="${DS}"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="${uri}"><Transforms><Transform Algorithm="${algorithm}"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>${digest}</DigestValue></Reference></SignedInfo><SignatureValue>AAAA</SignatureValue></Signature>`;
}

/** The one element inside the input whose canonical form the output is, by its Id; `null`: the whole document. */
function elementWanted(input: Uint8Array, output: Uint8Array): string | null {
  const firstTag = (bytes: Uint8Array): string =>
    /<[\w:][^>]*>/.exec(Buffer.from(bytes).toString('latin1'))?.[0] ?? '';
  const id = (tag: string): string | null => /\sId="([^"]+)"/.exec(tag)?.[1] ?? null;
  const wanted = id(firstTag(output));
  return wanted === id(firstTag(input)) ? null : wanted;
}

async function inspectPair(pair: CanonicalPair, input: Uint8Array, output: Uint8Array) {
  const id = elementWanted(input, output);
  if (id === null) {
    const name = basename(pair.input);
    const xml = referenceTo(name, pair.algorithm, output);
    return (await inspectXml(Buffer.from(xml), {}, { contents: [{ name, bytes: input }] })).at(-1);
  }
  const inner = Buffer.from(input)
    .toString('utf8')
    .replace(/^<\?xml[^>]*\?>/, '');
  const xml = `<both>${inner}${referenceTo(`#${id}`, pair.algorithm, output)}</both>`;
  return (await inspectXml(Buffer.from(xml))).at(-1);
}

function faultsOf(facts: SignatureFacts | undefined): string {
  return facts?.formatFaults.map((fault) => `${fault.code}: ${fault.en}`).join(' | ') ?? 'no signature found';
}

async function judgePair(dir: string, pair: CanonicalPair): Promise<Answer> {
  const [input, output] = readFiles(dir, [pair.input, pair.output]) as [Uint8Array, Uint8Array];
  try {
    const facts = await inspectPair(pair, input, output);
    const got =
      facts?.digestsMatch === true ? 'same' : facts?.digestsMatch === false ? 'different' : 'refused';
    const met = got === 'same' || (got === 'refused' && MUST_REFUSE.test(pair.note));
    const why = faultsOf(facts);
    return { got, met, why: met ? '' : why, ...(met ? {} : policyOf(got, why)) };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    const met = MUST_REFUSE.test(pair.note);
    const why = `${error.code}: ${error.message}`;
    return { got: 'refused', met, why: met ? '' : why, ...(met ? {} : policyOf('refused', why)) };
  }
}

/** Input and canonical output: a Reference with that transform must give the digest of the output. */
export async function runCanonicalPairs(dir: string): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const pair of readKit(dir).c14nPairs ?? [])
    outcomes.push(await attempt(`c14n ${pair.output}`, 'same', () => judgePair(dir, pair)));
  return outcomes;
}

/** The document and Reference a digest input belongs to, by the naming rule of the kit. */
function ownerOf(file: string): { document: string; reference: number } | null {
  const named = /^(.*)-ref(\d+)\.digestinput$/.exec(file);
  if (named !== null) return { document: `${named[1]}.xml`, reference: Number(named[2]) };
  const merlin = /^(.*\/)c14n-(\d+)\.txt$/.exec(file);
  return merlin === null ? null : { document: `${merlin[1]}signature.xml`, reference: Number(merlin[2]) };
}

/**
 * The document with one Reference of its SignedInfo left, under a method the product knows: its signature breaks, the
 * digest of that Reference does not.
 */
function keepReference(xml: string, wanted: number): string {
  const info = /<(?:\w+:)?SignedInfo[\s>][\s\S]*?<\/(?:\w+:)?SignedInfo>/;
  const method = /<((?:\w+:)?SignatureMethod)\s[^>]*?(?:\/>|>[\s\S]*?<\/\1>)/;
  return xml.replace(info, (block) => {
    let ordinal = -1;
    return block
      .replace(method, '<$1 Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>')
      .replace(/<((?:\w+:)?Reference)[\s>][\s\S]*?<\/\1>/g, (reference) => {
        ordinal += 1;
        return ordinal === wanted ? reference : '';
      });
  });
}

async function judgeDigestInput(dir: string, file: string): Promise<Answer> {
  const owner = ownerOf(file);
  if (owner === null || !existsSync(join(dir, owner.document)))
    return { got: 'nothing', met: false, why: 'the kit has no document to this digest input' };
  const [expected = new Uint8Array(0)] = readFiles(dir, [file]);
  const xml = readFileSync(join(dir, owner.document), 'latin1');
  const alone = Buffer.from(keepReference(xml, owner.reference), 'latin1');
  const [facts] = await inspectXml(alone);
  const octets = facts?.signedContent;
  if (octets === undefined) {
    const got = facts?.digestsMatch === false ? 'other octets' : 'refused';
    const why = faultsOf(facts);
    return { got, met: false, why, ...policyOf(got, why) };
  }
  const met = Buffer.compare(octets, expected) === 0;
  return { got: met ? 'same' : 'other octets', met, why: met ? '' : `${octets.length} octets` };
}

/** What the product digests for a Reference must be the octets the kit gives, not only their digest. */
export async function runDigestInputs(dir: string): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const file of readKit(dir).digestInputs?.files ?? [])
    outcomes.push(await attempt(`digest input ${file}`, 'same', () => judgeDigestInput(dir, file)));
  return outcomes;
}
