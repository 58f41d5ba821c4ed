import { expect } from 'chai';
import { buildCms } from '../../src/signing/cms/index.ts';
import {
  assertMaySign,
  DEFAULT_POLICY,
  LEGACY_POLICY,
  readPolicy,
  SigningError,
  signXml,
  sniffFormat,
  type VerifyOptions,
  verifyFile,
} from '../../src/signing/index.ts';
import { makeSigning, signerOf } from './signers.ts';
import { crl, crlEntry, daysFromNow, issue, NOW, root, serialOf } from './x509/authority.ts';

const signing = makeSigning();
const { anchor, ca, entity, options } = signing;
const signed = await signXml(Buffer.from('<a>Quyết định</a>'), signing.signer, {
  signingTime: NOW,
  xades: true,
});

async function outcome(more: Partial<VerifyOptions>, bytes: Uint8Array = signed): Promise<string> {
  const { signatures } = await verifyFile({ name: 'a.xml', bytes }, { ...options, ...more });
  return signatures.map((item) => `${item.indication} ${item.subIndication ?? ''}`.trim()).join();
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'none',
    (error: unknown) => (error instanceof SigningError ? error.code : String(error)),
  );
}

describe('the verdict on a file', () => {
  it('passes a sound signature and says how it came to that', async () => {
    const report = await verifyFile({ name: 'a.xml', bytes: signed }, options);

    expect(report).to.deep.include({ file: 'a.xml', format: 'XML', verdict: 'TOTAL-PASSED' });
    expect(report.signatures[0]).to.have.all.keys([
      'id',
      'format',
      'indication',
      'subIndication',
      'signer',
      'claimedSigningTime',
      'bestSignatureTime',
      'coverage',
      'changesAfterSigning',
      'chain',
      'timestamps',
      'messages',
    ]);
    expect(report.signatures[0]?.chain).to.deep.equal([
      { subject: 'CN=Người ký,C=VN', source: 'embedded', revocation: 'good', evidence: 'crl' },
      { subject: 'CN=Issuing CA,C=VN', source: 'embedded', revocation: 'good', evidence: 'crl' },
      { subject: 'CN=Root,C=VN', source: 'trust-anchor', revocation: 'not-needed', evidence: 'none' },
    ]);
  });

  it('never passes and never fails what revocation data is missing for', async () => {
    expect(await outcome({ crls: [] })).to.equal('INDETERMINATE TRY_LATER');
    expect(await outcome({ crls: [crl(ca)] })).to.equal('INDETERMINATE TRY_LATER');
  });

  it('asks a source only when online', async () => {
    let asked = 0;
    const revocation = {
      crls: async () => {
        asked += 1;
        return [crl(anchor), crl(ca)];
      },
      ocsps: async () => [],
    };

    expect(await outcome({ crls: [], revocation, offline: true })).to.equal('INDETERMINATE TRY_LATER');
    expect(asked).to.equal(0);
    expect(await outcome({ crls: [], revocation, offline: false })).to.equal('TOTAL-PASSED');
    expect(asked).to.be.greaterThan(0);
  });

  it('names a revoked signer, a revoked authority, and dates out of bounds, without proof of existence', async () => {
    const against = (issuer: typeof ca, victim: typeof ca) =>
      crl(issuer, { entries: [crlEntry(serialOf(victim), daysFromNow(-5))] });

    expect(await outcome({ crls: [crl(anchor), against(ca, entity)] })).to.equal(
      'INDETERMINATE REVOKED_NO_POE',
    );
    expect(await outcome({ crls: [against(anchor, ca), crl(ca)] })).to.equal(
      'INDETERMINATE REVOKED_CA_NO_POE',
    );
    expect(await outcome({ at: daysFromNow(400), now: daysFromNow(400) })).to.equal(
      'INDETERMINATE OUT_OF_BOUNDS_NO_POE',
    );
    expect(await outcome({ crls: [crl(anchor), against(ca, entity)], at: daysFromNow(-6) })).to.equal(
      'TOTAL-PASSED',
    );
  });

  it('knows no chain without the anchor', async () => {
    expect(await outcome({ trust: [] })).to.equal('INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND');
  });

  it('judges algorithms by the policy', async () => {
    const strict = readPolicy(JSON.stringify({ algorithms: { ecBits: 384 } }));
    const dated = readPolicy(
      JSON.stringify({ algorithms: { digests: { sha256: { until: '2020-01-01' } } } }),
    );

    expect(await outcome({ policy: strict })).to.equal('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE');
    expect(await outcome({ policy: dated })).to.equal('INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE_NO_POE');
    expect(await outcome({ policy: LEGACY_POLICY })).to.equal('TOTAL-PASSED');
  });

  it('speaks both languages about every rule that failed', async () => {
    const { signatures } = await verifyFile(
      { name: 'a.xml', bytes: signed },
      { ...options, trust: [], crls: [] },
    );
    const errors = signatures[0]?.messages.filter((message) => message.level === 'error') ?? [];

    expect(errors.map((message) => message.code)).to.deep.equal(['CHAIN_NO_PATH']);
    for (const message of errors) expect(message.vi).to.not.equal(message.en);
  });

  it('is that of the worst signature', async () => {
    const twice = await signXml(signed, signing.signer, { signingTime: NOW });
    const report = await verifyFile({ name: 'a.xml', bytes: twice }, options);

    expect(report.signatures.map((item) => item.subIndication)).to.deep.equal(['HASH_FAILURE', null]);
    expect(report.verdict).to.equal('TOTAL-FAILED');
  });

  it('finds no signature where there is none, and says so', async () => {
    for (const [text, format] of [
      ['<a/>', 'XML'],
      ['<edXML/>', 'EDXML'],
      ['just text', 'UNKNOWN'],
    ] as const) {
      expect(await verifyFile({ name: 'x', bytes: Buffer.from(text) }, options)).to.deep.include({
        verdict: 'NO-SIGNATURE',
        format,
      });
    }
  });

  it('refuses with a code what it cannot read', async () => {
    const cms = Buffer.from('30800609 2a864886f70d010702'.replace(' ', ''), 'hex');

    expect(await codeOf(verifyFile({ name: 'x', bytes: Buffer.from('<a>') }, options))).to.equal(
      'XML_INVALID',
    );
    expect(await codeOf(verifyFile({ name: 'x', bytes: cms }, options))).to.equal('CMS_INVALID');
    expect(
      await codeOf(verifyFile({ name: 'x', bytes: signed }, { ...options, limits: { maxFileBytes: 10 } })),
    ).to.equal('XML_TOO_LARGE');
  });

  it('reads CMS signatures, attached and over the right one of several contents', async () => {
    const content = Buffer.from('nội dung');
    const make = (detached: boolean) =>
      buildCms(signing.signer, { content: [content], attached: !detached, signingTime: NOW });
    const other = { name: 'b', bytes: Buffer.from('khác') };
    const verdict = async (bytes: Uint8Array, contents: { name: string; bytes: Uint8Array }[]) =>
      (await verifyFile({ name: 'x.p7s', bytes, contents }, options)).verdict;

    expect(await verdict(await make(false), [])).to.equal('TOTAL-PASSED');
    expect(await verdict(await make(true), [])).to.equal('INDETERMINATE');
    expect(await verdict(await make(true), [other])).to.equal('TOTAL-FAILED');
    expect(await verdict(await make(true), [other, { name: 'a', bytes: content }])).to.equal('TOTAL-PASSED');
  });
});

describe('formats', () => {
  it('are told from the beginning of a file', () => {
    const cases: readonly [string | Uint8Array, string][] = [
      ['junk %PDF-1.7', 'PDF'],
      ['\ufeff<?xml version="1.0"?><!-- <edXML> --><x:edXML xmlns:x="u">', 'EDXML'],
      [Buffer.from('\ufeff<a/>', 'utf16le'), 'XML'],
      ['PK\u0003\u0004..mimetypeapplication/vnd.etsi.asic-s+zip', 'ASIC-S'],
      ['PK\u0003\u0004....', 'ASIC-E'],
      ['-----BEGIN PKCS7-----\nMII', 'CMS'],
      [Buffer.concat([Buffer.from('308006092a864886f70d010702', 'hex'), Buffer.from('%PDF-1.4')]), 'CMS'],
      ['', 'UNKNOWN'],
    ];
    for (const [bytes, format] of cases)
      expect(sniffFormat(typeof bytes === 'string' ? Buffer.from(bytes) : bytes), String(bytes)).to.equal(
        format,
      );
  });
});

describe('a validation policy', () => {
  it('is read by name or from JSON over a base', () => {
    expect(readPolicy('default')).to.equal(DEFAULT_POLICY);
    expect(readPolicy('legacy')).to.equal(LEGACY_POLICY);
    expect(readPolicy('{"base":"legacy","name":"mine","revocation":"none"}')).to.deep.include({
      name: 'mine',
      revocation: 'none',
      algorithms: LEGACY_POLICY.algorithms,
    });
  });

  it('is refused when a field is unknown or wrong', () => {
    for (const text of [
      '{',
      '[1]',
      'null',
      '{"x":1}',
      '{"revocation":"maybe"}',
      '{"algorithms":{"rsaBits":0}}',
      '{"algorithms":{"digests":{"sha1":{"until":"never"}}}}',
    ]) {
      expect(() => readPolicy(text), text)
        .to.throw(SigningError)
        .with.property('code', 'POLICY_INVALID');
    }
  });
});

describe('the check before signing', () => {
  const may = (more: object, who = signing.signer) =>
    codeOf(assertMaySign(who, { at: NOW, trust: options.trust, crls: options.crls ?? [], ...more }));

  it('lets a certificate in good standing sign', async () => {
    expect(await may({})).to.equal('none');
  });

  it('takes the root that comes with the key when no trust is named', async () => {
    expect(
      await codeOf(
        assertMaySign(signerOf(entity, [ca.der, anchor.der]), { at: NOW, crls: options.crls ?? [] }),
      ),
    ).to.equal('none');
  });

  it('refuses with the reason', async () => {
    const revoked = [crl(anchor), crl(ca, { entries: [crlEntry(serialOf(entity), daysFromNow(-5))] })];
    const encipher = issue('Encipher', ca, { keyUsage: [2] });

    expect(await may({ at: daysFromNow(400) })).to.equal('SIGNER_EXPIRED');
    expect(await may({ at: daysFromNow(-400) })).to.equal('SIGNER_NOT_YET_VALID');
    expect(await may({ crls: revoked })).to.equal('SIGNER_REVOKED');
    expect(await may({ crls: revoked, allowUnknownRevocation: true })).to.equal('SIGNER_REVOKED');
    expect(await may({ crls: [] })).to.equal('SIGNER_STATE_UNKNOWN');
    expect(await may({ crls: [], allowUnknownRevocation: true })).to.equal('none');
    expect(await may({ trust: [root('Other').der] })).to.equal('SIGNER_CHAIN_INCOMPLETE');
    expect(await may({}, signerOf(encipher, [ca.der]))).to.equal('SIGNER_NOT_ALLOWED');
  });
});
