import { expect } from 'chai';
import { signXml } from '../../../src/signing/index.ts';
import { NOW } from '../x509/authority.ts';
import {
  DS,
  ENVELOPED,
  EXCLUSIVE,
  FILTER2,
  referenceTo,
  sha256,
  signatureOver,
  signing,
  told,
  transform,
} from './attacks-support.ts';

const DOC = '<doc Id="doc"><amount>100</amount></doc>';
const EVIL = '<doc Id="evil"><amount>900</amount></doc>';
const SIGNED = signatureOver([{ uri: '#doc', octets: DOC }]);
const END = '</ds:Signature>';
const PASSED = 'TOTAL-PASSED | partial PARTLY_COVERED';
const TWIN = 'INDETERMINATE | SIG_CONSTRAINTS_FAILURE XML_UNSIGNED_TWIN PARTLY_COVERED';
const TWIN_INSIDE =
  'INDETERMINATE | SIG_CONSTRAINTS_FAILURE XML_UNSIGNED_TWIN XML_PART_NOT_SIGNED PARTLY_COVERED';

const object = (inside: string): string => `<ds:Object>${inside}</ds:Object>`;
/** The same signature with more in it, which changes nothing it is over. */
const holding = (inside: string, signature = SIGNED): string => signature.replace(END, `${inside}${END}`);

type Case = readonly [what: string, file: string, expected: string];

async function all(cases: readonly Case[]): Promise<void> {
  const got: string[] = [];
  for (const [what, file] of cases) got.push(`${what}: ${await told(file)}`);
  expect(got).to.deep.equal(cases.map(([what, , expected]) => `${what}: ${expected}`));
}

describe('XML in which another element is shown than the signed one', () => {
  it('is refused when the signed one was moved into the signature', async () => {
    await all([
      ['true', `<all>${DOC}${SIGNED}</all>`, PASSED],
      ['another in its place', `<all>${EVIL}${holding(object(DOC))}</all>`, TWIN],
      ['another around it', `<doc Id="evil"><amount>9</amount>${holding(object(DOC))}</doc>`, TWIN],
      ['into a wrapper', `<all>${EVIL}<w>${DOC}</w>${SIGNED}</all>`, TWIN],
    ]);
  });

  it('is refused when a SignedInfo that is nobody’s names the other one', async () => {
    const info = `<ds:SignedInfo xmlns:ds="${DS}"><ds:Reference URI="#evil"/></ds:SignedInfo>`;
    const stranger = signatureOver([{ uri: '#evil', octets: 'x' }]);

    await all([
      ['beside the signature', `<all>${EVIL}<w>${DOC}</w>${info}${SIGNED}</all>`, TWIN],
      ['in an Object', `<all>${EVIL}<w>${DOC}</w>${holding(object(info))}</all>`, TWIN_INSIDE],
      [
        'in a signature that fails',
        `<all>${EVIL}<w>${DOC}</w>${SIGNED}${stranger}</all>`,
        `TOTAL-FAILED | partial PARTLY_COVERED | HASH_FAILURE HASH_MISMATCH PARTLY_COVERED`,
      ],
    ]);
  });

  it('is refused when the other one lacks the namespace, and left alone when it has one of its own', async () => {
    const inside = '<doc xmlns="urn:x" Id="doc"><amount>100</amount></doc>';
    const signed = signatureOver([{ uri: '#doc', octets: inside }]);
    const other = '<doc xmlns="urn:y" Id="evil"><amount>9</amount></doc>';

    await all([
      ['true', `<all>${inside}${signed}</all>`, PASSED],
      ['none', `<all>${EVIL}<w>${inside}</w>${signed}</all>`, TWIN],
      ['its own', `<all>${other}<w>${inside}</w>${signed}</all>`, PASSED],
    ]);
  });

  it('is refused for identifiers that are one to some readers', async () => {
    const nfc = 'tài'.normalize('NFC');
    const signed = `<doc Id="${nfc}">1</doc>`;
    const over = signatureOver([{ uri: `#${nfc}`, octets: signed }]);
    const repeated = 'TOTAL-FAILED | FORMAT_FAILURE XML_ID_REPEATED CONTENT_MISSING PARTLY_COVERED';

    await all([
      ['true', `<all>${signed}${over}</all>`, PASSED],
      ['decomposed', `<all><doc Id="${nfc.normalize('NFD')}">9</doc>${signed}${over}</all>`, TWIN],
      ['with a blank', `<all><doc Id=" doc">9</doc>${DOC}${SIGNED}</all>`, TWIN],
      ['xml:id', `<all><x xml:id="doc"/>${DOC}${SIGNED}</all>`, repeated],
      ['another namespace', `<all xmlns:q="urn:q"><q:x q:ID="doc"/>${DOC}${SIGNED}</all>`, repeated],
    ]);
  });
});

describe('room that an enveloped signature leaves', () => {
  const text = '<doc><amount>100</amount></doc>';
  const own = signatureOver([
    { uri: '', octets: text, transforms: transform(ENVELOPED) + transform(EXCLUSIVE) },
  ]);
  const enveloped = (signature: string) => text.replace('</doc>', `${signature}</doc>`);

  it('is refused with an element of the document in it, and told of with another one', async () => {
    const loose = 'TOTAL-PASSED | partial XML_PART_NOT_SIGNED PARTLY_COVERED';

    await all([
      ['true', enveloped(own), 'TOTAL-PASSED | whole-document'],
      ['a namesake', enveloped(holding(object('<amount>900</amount>'), own)), TWIN_INSIDE],
      ['deeper', enveloped(holding(object('<z><amount>900</amount></z>'), own)), TWIN_INSIDE],
      ['with a namespace', enveloped(holding(object('<amount xmlns="urn:x">9</amount>'), own)), TWIN_INSIDE],
      ['in KeyInfo', enveloped(own.replace('</ds:KeyInfo>', '<amount>9</amount></ds:KeyInfo>')), TWIN_INSIDE],
      ['something else', enveloped(holding(object('<note>9</note>'), own)), loose],
      ['text', enveloped(holding(object('900'), own)), loose],
    ]);
  });

  it('is refused among the properties of XAdES as well', async () => {
    const signed = Buffer.from(
      await signXml(Buffer.from(text), signing.signer, { signingTime: NOW, xades: true }),
    ).toString();
    const evil = '<amount>900</amount>';
    const unsigned = (inside: string) =>
      `<xades:UnsignedProperties><xades:UnsignedSignatureProperties>${inside}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>`;
    const close = '</xades:QualifyingProperties>';

    await all([
      ['true', signed, 'TOTAL-PASSED | whole-document'],
      ['before', signed.replace('<xades:Qual', `${evil}<xades:Qual`), TWIN_INSIDE],
      ['behind', signed.replace(close, `${close}${evil}`), TWIN_INSIDE],
      ['inside', signed.replace(close, `${evil}${close}`), TWIN_INSIDE],
      ['unsigned', signed.replace(close, `${unsigned(evil)}${close}`), TWIN_INSIDE],
      ['in an Object', signed.replace(END, `${object(evil)}${END}`), TWIN_INSIDE],
    ]);
  });

  it('is not covered by an Object beside it', async () => {
    const canonical = `<ds:Object xmlns:ds="${DS}" Id="o"><a>1</a></ds:Object>`;
    const signed = '<ds:Object Id="o"><a>1</a></ds:Object>';
    const over = (objects: string) => signatureOver([{ uri: '#o', octets: canonical }], { objects });

    await all([
      ['true', over(signed), 'TOTAL-PASSED | whole-document'],
      ['another before', over(object('<a>9</a>') + signed), TWIN_INSIDE],
      [
        'a stranger behind',
        over(signed + object('<b>9</b>')),
        'TOTAL-PASSED | partial XML_PART_NOT_SIGNED PARTLY_COVERED',
      ],
    ]);
  });
});

describe('signatures over something that is no content', () => {
  const keyed = { keyInfoAttributes: ' Id="k"' };
  const keyInfo = (/<ds:KeyInfo.*<\/ds:KeyInfo>/.exec(signatureOver([], keyed))?.[0] ?? '').replace(
    '<ds:KeyInfo',
    `<ds:KeyInfo xmlns:ds="${DS}"`,
  );

  it('do not pass: a key, or a list that nothing fits', async () => {
    const overKey = signatureOver([{ uri: '#k', octets: keyInfo }], keyed);
    const list = (octets: string, uri = '#doc') => {
      const inside = referenceTo({ uri, octets, ...(uri === '#doc' ? {} : { transforms: '' }) });
      const canonical = `<ds:Manifest xmlns:ds="${DS}" Id="m">${inside}</ds:Manifest>`;
      const written = canonical.replace(` xmlns:ds="${DS}"`, '');
      return signatureOver([{ uri: '#m', octets: canonical, type: `${DS}Manifest` }], {
        objects: object(written),
      });
    };
    const nothing = 'INDETERMINATE | SIGNED_DATA_NOT_FOUND XML_NOTHING_SIGNED';

    await all([
      ['the key', `<all>${DOC}${overKey}</all>`, nothing],
      ['the key alone', overKey, nothing],
      ['a list that fits', `<all>${DOC}${list(DOC)}</all>`, PASSED],
      [
        'a list that does not',
        `<all>${DOC}${list(EVIL)}</all>`,
        'TOTAL-FAILED | HASH_FAILURE XADES_MANIFEST PARTLY_COVERED',
      ],
      ['a list of what is not there', list('x', 'a.pdf'), 'TOTAL-PASSED | external XML_MANIFEST_UNCHECKED'],
    ]);
    const file = (text: string) => [{ name: 'a.pdf', bytes: Buffer.from(text) }];
    expect(await told(list('x', 'a.pdf'), file('x'))).to.equal('TOTAL-PASSED | external');
    expect(await told(list('x', 'a.pdf'), file('y'))).to.equal(
      'TOTAL-FAILED | HASH_FAILURE XADES_MANIFEST CONTENT_NOT_COVERED',
    );
  });

  it('cover no more than a transform leaves: octets in base64, a part picked out', async () => {
    const base64 = transform(`${DS}base64`);
    const over = signatureOver([{ uri: '#doc', octets: Buffer.from('AAAA', 'base64'), transforms: base64 }]);
    const broken = 'TOTAL-FAILED | FORMAT_FAILURE XML_CANONICALIZATION CONTENT_MISSING PARTLY_COVERED';
    const pick = transform(
      FILTER2,
      `<dsf:XPath xmlns:dsf="${FILTER2}" Filter="intersect">id("root")/p:amount</dsf:XPath>`,
    );
    const amount = '<p:amount xmlns:p="urn:p">1</p:amount>';
    const picked = signatureOver([{ uri: '', octets: amount, transforms: pick + transform(EXCLUSIVE) }]);
    const document = (to: string) =>
      `<p:doc xmlns:p="urn:p" Id="root"><p:amount>1</p:amount>${to}${picked}</p:doc>`;

    await all([
      ['base64', `<all><doc Id="doc">AAAA</doc>${over}</all>`, PASSED],
      ['with an element', `<all><doc Id="doc"><evil>AAAA</evil></doc>${over}</all>`, broken],
      ['with a comment', `<all><doc Id="doc">AA<!-- x -->AA</doc>${over}</all>`, broken],
      ['a part', document(''), PASSED],
      ['a part and more', document('<p:to>x</p:to>'), PASSED],
    ]);
  });

  it('tell of a file that stands in under another name', async () => {
    const over = `<all>${signatureOver([{ uri: 'duyet.pdf', octets: 'a', transforms: '' }])}</all>`;
    const named = (name: string) => [{ name, bytes: Buffer.from('a') }];

    expect(await told(over, named('duyet.pdf'))).to.equal('TOTAL-PASSED | external');
    expect(await told(over, named('tu-choi.pdf'))).to.equal('TOTAL-PASSED | external XML_FILE_RENAMED');
  });

  it('fail as a whole when one of several does', async () => {
    const harmless = '<b Id="b">1</b>';
    const bad = SIGNED.replace(/<ds:DigestValue>[^<]*/, `<ds:DigestValue>${sha256('x')}`);

    expect(
      await told(`<all>${DOC}${harmless}${signatureOver([{ uri: '#b', octets: harmless }])}${bad}</all>`),
    ).to.match(/^TOTAL-FAILED \| partial PARTLY_COVERED \| HASH_FAILURE/);
  });
});
