import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { SigningError, signXml, type VerificationReport, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';

const signing = makeSigning();
const options = { ...signing.options, intermediates: [signing.ca.der] };
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

interface Recipe {
  readonly uri?: string;
  readonly transforms?: readonly string[];
  readonly references?: number;
  readonly signatureMethod?: string;
  /** Canonical octets the reference really has. */
  readonly octets: string;
}

/** A ds:Signature whose SignedInfo is written by hand in canonical form, so that it can hold anything. */
async function signature(recipe: Recipe): Promise<string> {
  const transforms = (recipe.transforms ?? [EXCLUSIVE])
    .map((uri) => `<ds:Transform Algorithm="${uri}"></ds:Transform>`)
    .join('');
  const digest = createHash('sha256').update(recipe.octets).digest('base64');
  const reference =
    `<ds:Reference URI="${recipe.uri ?? '#doc'}"><ds:Transforms>${transforms}</ds:Transforms>` +
    `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`;
  const method = recipe.signatureMethod ?? 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
  const body =
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>` +
    `${reference.repeat(recipe.references ?? 1)}</ds:SignedInfo>`;
  const value = await plainSign(`<ds:SignedInfo xmlns:ds="${DS}">${body}`);
  const certificate = Buffer.from(signing.entity.der).toString('base64');
  return (
    `<ds:Signature xmlns:ds="${DS}"><ds:SignedInfo>${body}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
  );
}

async function plainSign(canonical: string): Promise<string> {
  const { sign } = await import('node:crypto');
  return sign('sha256', Buffer.from(canonical), {
    key: signing.entity.privateKey,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64');
}

const DOC = '<doc Id="doc"><amount>100</amount></doc>';

function verify(xml: string | Uint8Array, more = {}): Promise<VerificationReport> {
  const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
  return verifyFile({ name: 'x.xml', bytes }, { ...options, ...more });
}

async function outcome(xml: string | Uint8Array): Promise<string> {
  const { verdict, signatures } = await verify(xml);
  return `${verdict} ${signatures.map((item) => item.subIndication ?? '').join()}`.trim();
}

describe('reading XML signatures', () => {
  it('accept a signature over one element and hand out exactly its octets', async () => {
    const handed: string[] = [];
    const report = await verify(`<all><head/>${DOC}${await signature({ octets: DOC })}</all>`, {
      onSigned: (_: string, content: Uint8Array) => handed.push(Buffer.from(content).toString()),
    });

    expect(report.verdict).to.equal('TOTAL-PASSED');
    expect(report.signatures[0]?.coverage).to.equal('partial');
    expect(handed).to.deep.equal([DOC]);
  });

  it('refuse the wrapping attacks: an unsigned namesake is never passed over', async () => {
    const sig = await signature({ octets: DOC });
    const evil = DOC.replace('100', '9000000');

    expect(await outcome(`<all>${evil.replace('"doc"', '"other"')}<w>${DOC}</w>${sig}</all>`)).to.equal(
      'INDETERMINATE SIG_CONSTRAINTS_FAILURE',
    );
    expect(await outcome(`<all>${evil}<w>${DOC}</w>${sig}</all>`)).to.equal('TOTAL-FAILED FORMAT_FAILURE');
    expect(await outcome(`<all><doc ID="doc"><amount>9</amount></doc>${DOC}${sig}</all>`)).to.equal(
      'TOTAL-FAILED FORMAT_FAILURE',
    );
    expect(await outcome(`<all xmlns:w="urn:w"><x w:Id="doc"/>${DOC}${sig}</all>`)).to.equal(
      'TOTAL-FAILED FORMAT_FAILURE',
    );
    expect(await outcome(`<doc Id="evil"><amount>9</amount>${DOC}${sig}</doc>`)).to.equal(
      'INDETERMINATE SIG_CONSTRAINTS_FAILURE',
    );
  });

  it('see every change of the signed element', async () => {
    const sig = await signature({ octets: DOC });
    for (const changed of [
      DOC.replace('100', '101'),
      DOC.replace('100', '1<?x 0?>0'),
      DOC.replace('<amount>', '<amount x="">'),
    ]) {
      expect(await outcome(`<all>${changed}${sig}</all>`)).to.equal('TOTAL-FAILED HASH_FAILURE');
    }
    expect(await outcome(`<all>${DOC.replace('100', '1<!-- x -->00')}${sig}</all>`)).to.equal('TOTAL-PASSED');
    expect(await outcome(`<all>${DOC.replace('100', '<![CDATA[100]]>')}${sig}</all>`)).to.equal(
      'TOTAL-PASSED',
    );
  });

  it('take nothing but one text from the fields of a signature', async () => {
    const sig = await signature({ octets: DOC });
    const variants = [
      sig.replace('<ds:DigestValue>', '<ds:DigestValue><!---->'),
      sig.replace('<ds:DigestValue>', '<ds:DigestValue><?a b?>'),
      sig.replace('<ds:SignatureValue>', '<ds:SignatureValue><!---->'),
      sig.replace(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)/, '$1$1'),
      sig.replace(/(<ds:SignedInfo>.*<\/ds:SignedInfo>)/, '<ds:Object>$1</ds:Object>'),
      sig.replace('<ds:KeyInfo>', '<ds:Extra/><ds:KeyInfo>'),
      sig.replaceAll(DS, 'urn:not-dsig'),
    ];
    for (const variant of variants)
      expect(await outcome(`<all>${DOC}${variant}</all>`), variant.slice(0, 200)).to.equal(
        'TOTAL-FAILED FORMAT_FAILURE',
      );
  });

  it('read past processing instructions wherever they stand', async () => {
    const sig = await signature({ octets: DOC });

    expect(
      await outcome(
        `<?a?><all><?b?>${DOC}<?c?>${sig.replace('</ds:Signature>', '<?d?></ds:Signature>')}<?e?></all><?f?>`,
      ),
    ).to.equal('TOTAL-PASSED');
  });

  it('leave the file for nothing: no reference, no retrieval, no entity', async () => {
    for (const uri of ['file:///etc/passwd', 'http://127.0.0.1:9/x', 'data:,x', 'ftp://x/y', '../x.xml']) {
      expect(await outcome(`<all>${DOC}${await signature({ uri, octets: DOC })}</all>`)).to.equal(
        'INDETERMINATE SIGNED_DATA_NOT_FOUND',
      );
    }
    const sig = await signature({ octets: DOC });
    expect(
      await outcome(`<!DOCTYPE all [<!ENTITY x SYSTEM "file:///etc/passwd">]><all>${DOC}${sig}</all>`),
    ).to.equal('TOTAL-FAILED FORMAT_FAILURE');
    expect(
      await outcome(
        `<all>${DOC}${sig.replace(/<ds:X509Data>.*<\/ds:X509Data>/, '<ds:RetrievalMethod URI="http://127.0.0.1:9/"/>')}</all>`,
      ),
    ).to.match(/^INDETERMINATE/);
  });

  it('read a detached file only when it is handed in, under its name', async () => {
    const xml =
      `<all>${await signature({ uri: 'a%20b.bin', octets: 'nội dung', transforms: [] })}</all>`.replaceAll(
        '<ds:Transforms></ds:Transforms>',
        '<ds:Transforms></ds:Transforms>',
      );
    const run = async (name: string, text: string) => {
      const bytes = Buffer.from(xml);
      const contents = [
        { name, bytes: Buffer.from(text) },
        { name: 'other', bytes: Buffer.from('x') },
      ];
      return (await verifyFile({ name: 'x.xml', bytes, contents }, options)).verdict;
    };

    expect(await run('a b.bin', 'nội dung')).to.equal('TOTAL-PASSED');
    expect(await run('a b.bin', 'nội dung khác')).to.equal('TOTAL-FAILED');
    expect(await run('c.bin', 'nội dung')).to.equal('INDETERMINATE');
  });

  it('name a file that was handed in and is not theirs', async () => {
    const bytes = await signXml(Buffer.from(DOC), signing.signer, { signingTime: NOW, xades: true });
    const contents = [{ name: 'khác.pdf', bytes: Buffer.from('%PDF-') }];
    const { signatures } = await verifyFile({ name: 'a.xml', bytes, contents }, options);
    const told = signatures[0]?.messages.filter(({ code }) => code === 'CONTENT_NOT_COVERED');

    expect(told?.map(({ level, en }) => [level, en.includes('khác.pdf')])).to.deep.equal([['warning', true]]);
  });

  it('keep to the closed tables of algorithms and transforms', async () => {
    const hmac = await signature({
      octets: DOC,
      signatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
    });
    const xslt = await signature({
      octets: DOC,
      transforms: ['http://www.w3.org/TR/1999/REC-xslt-19991116'],
    });
    const odd = await signature({ octets: DOC, transforms: ['urn:odd'] });

    expect(await outcome(`<all>${DOC}${hmac}</all>`)).to.equal('TOTAL-FAILED FORMAT_FAILURE');
    expect(await outcome(`<all>${DOC}${odd}</all>`)).to.equal('TOTAL-FAILED FORMAT_FAILURE');
    expect(await outcome(`<all>${DOC}${xslt}</all>`)).to.match(/^INDETERMINATE/);
  });

  it('stop at the limits on transforms, references, depth and size', async () => {
    const transforms = Array.from({ length: 6 }, () => EXCLUSIVE);
    const deep = `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`;
    const fails = async (xml: string, more: object, code: string) => {
      try {
        await verify(xml, more);
        expect.fail('read all the same');
      } catch (error) {
        expect(error).to.be.instanceOf(SigningError).with.property('code', code);
      }
    };

    expect(await outcome(`<all>${DOC}${await signature({ octets: DOC, transforms })}</all>`)).to.equal(
      'TOTAL-FAILED FORMAT_FAILURE',
    );
    expect(await outcome(`<all>${DOC}${await signature({ octets: DOC, references: 31 })}</all>`)).to.equal(
      'TOTAL-FAILED FORMAT_FAILURE',
    );
    await fails(`<all>${deep}</all>`, {}, 'XML_INVALID');
    await fails('<all>', {}, 'XML_INVALID');
    await fails('<all/>', { limits: { xml: { maxBytes: 3 } } }, 'XML_TOO_LARGE');
  });

  it('count the work of one file and stop when it is used up', async () => {
    const big = `<doc Id="doc">${'x'.repeat(200_000)}</doc>`;
    const xml = `<all>${(await signature({ octets: big, references: 30 })).repeat(9)}${big}</all>`;
    const report = await verify(xml, { limits: { xml: { maxWork: 1 } } });

    expect(report.verdict).to.not.equal('TOTAL-PASSED');
  });

  it('fail what cannot be canonicalised instead of taking it for empty', async () => {
    const relative = '<doc xmlns="relative" Id="doc"></doc>';

    expect(await outcome(`<all>${relative}${await signature({ octets: '' })}</all>`)).to.match(
      /^TOTAL-FAILED/,
    );
  });

  it('do not let a bare key or a stranger’s certificate pass', async () => {
    const stranger = makeSigning();
    const own = await signXml(Buffer.from('<a/>'), stranger.signer, { signingTime: NOW });

    expect(await outcome(own)).to.equal('INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE');
    expect(await outcome((await signature({ octets: DOC })).replace('URI="#doc"', 'URI=""'))).to.match(
      /^TOTAL-FAILED/,
    );
  });

  it('ask XAdES to cover its own properties', async () => {
    const signed = Buffer.from(
      await signXml(Buffer.from('<a/>'), signing.signer, { signingTime: NOW, xades: true }),
    ).toString();

    expect(await outcome(signed)).to.equal('TOTAL-PASSED');
    expect(
      await outcome(signed.replace(/<xades:SigningTime>[^<]*/, '<xades:SigningTime>2020-01-01T00:00:00Z')),
    ).to.equal('TOTAL-FAILED HASH_FAILURE');
    expect(await outcome(signed.replace(/<ds:Object>.*<\/ds:Object>/, ''))).to.match(/^TOTAL-FAILED/);
  });
});
