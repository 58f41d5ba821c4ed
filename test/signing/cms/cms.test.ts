import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { child, readDer } from '../../../src/signing/cms/der.ts';
import { buildCms, readCms } from '../../../src/signing/cms/index.ts';
import type { SignatureFacts } from '../../../src/signing/facts.ts';
import { signerFromKey } from '../../../src/signing/keys/index.ts';
import type { Signer } from '../../../src/signing/ports.ts';
import { issueCertificate } from '../../../src/signing/test-pki/index.ts';
import {
  attempt,
  authorityFile,
  errorCode,
  pem,
  run,
  scratch,
  scratchPath,
  sharedPki,
  signerOf,
  TEST_NOW,
} from '../test-pki/shared.ts';

const CONTENT = Buffer.from('Nội dung văn bản số 12/UBND-VP');

/** An RSA-PSS signer certified by the test sub CA. */
async function pssSigner(): Promise<Signer> {
  const { authorities } = await sharedPki();
  const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const times = { notBefore: new Date('2026-01-01'), notAfter: new Date('2028-01-01') };
  const subject = { commonName: 'PSS', organization: 'Thử' };
  const certificate = await issueCertificate(
    { subject, publicKey, profile: 'leader', ...times },
    authorities.sub,
  );
  return signerFromKey(privateKey, certificate, [authorities.sub.certificate, authorities.root.certificate]);
}

async function opensslAccepts(
  cms: Uint8Array,
  content: Uint8Array | null,
): Promise<{ status: number | null; output: string }> {
  const detached = content === null ? [] : ['-content', scratch('content.bin', content)];
  const at = String(TEST_NOW.getTime() / 1000);
  const options = [
    '-inform',
    'DER',
    '-in',
    scratch('message.der', cms),
    '-binary',
    '-purpose',
    'any',
    '-attime',
    at,
    '-cades',
  ];
  return attempt(
    'openssl',
    'cms',
    '-verify',
    ...options,
    '-CAfile',
    await authorityFile(),
    '-out',
    scratchPath('out.bin'),
    ...detached,
  );
}

function only(facts: readonly SignatureFacts[]): SignatureFacts {
  const [first] = facts;
  if (first === undefined || facts.length !== 1) throw new TypeError(`${facts.length} signatures`);
  return first;
}

function passes(facts: SignatureFacts): boolean {
  return (
    facts.formatFaults.length === 0 &&
    facts.digestsMatch === true &&
    facts.signatureValid === true &&
    facts.signerCertificateBound === true
  );
}

/** A message made by OpenSSL, with the options given. */
async function opensslSigned(...options: readonly string[]): Promise<Uint8Array> {
  const { identities } = await sharedPki();
  const identity = identities['leader'];
  const key = scratch(
    'leader.key',
    run(
      'openssl',
      'pkcs12',
      '-in',
      identity?.pkcs12Path ?? '',
      '-passin',
      `file:${identity?.passphrasePath}`,
      '-nodes',
      '-nocerts',
    ),
  );
  const certificate = scratch('leader.crt', pem(readFileSync(identity?.certificatePath ?? '')));
  const input = scratch('in.bin', CONTENT);
  const out = scratchPath('openssl.der');
  run(
    'openssl',
    'cms',
    '-sign',
    '-binary',
    '-in',
    input,
    '-signer',
    certificate,
    '-inkey',
    key,
    '-outform',
    'DER',
    '-out',
    out,
    ...options,
  );
  return readFileSync(out);
}

describe('buildCms', () => {
  for (const [id, digest] of [
    ['leader', 'sha256'],
    ['leader-ec', 'sha256'],
    ['agency-ec', 'sha384'],
    ['leader', 'sha512'],
  ] as const) {
    it(`makes a detached CAdES-B message with ${id} and ${digest} that OpenSSL verifies`, async () => {
      const cms = await buildCms(await signerOf(id), { content: [CONTENT], digest, signingTime: TEST_NOW });

      const { status, output } = await opensslAccepts(cms, CONTENT);
      expect(status, output).to.equal(0);
      expect(passes(only(readCms(cms, { content: CONTENT })))).to.equal(true);
    });
  }

  it('makes RSA-PSS messages that OpenSSL verifies', async () => {
    const cms = await buildCms(await pssSigner(), { content: [CONTENT], digest: 'sha256' });

    const { status, output } = await opensslAccepts(cms, CONTENT);
    expect(status, output).to.equal(0);
    expect(only(readCms(cms, { content: CONTENT })).signatureAlgorithm).to.equal('RSA-PSS');
  });

  it('carries the content when asked to', async () => {
    const cms = await buildCms(await signerOf('leader'), { content: [CONTENT], attached: true });

    expect((await opensslAccepts(cms, null)).status).to.equal(0);
    expect(readFileSync(scratchPath('out.bin'))).to.deep.equal(CONTENT);
    expect(only(readCms(cms))).to.include({ coverage: 'whole-document', digestsMatch: true });
  });

  it('embeds the whole chain, each certificate once, and leaves signingTime out unless given', async () => {
    const facts = only(
      readCms(await buildCms(await signerOf('leader'), { content: [CONTENT] }), { content: CONTENT }),
    );

    expect(facts.certificates).to.have.length(3);
    expect(facts.claimedSigningTime).to.equal(null);
    expect(facts.format).to.equal('CAdES-B-B');
  });

  it('puts a signature time-stamp over the signature value', async () => {
    const stamped: Uint8Array[] = [];
    const timestampAuthority = {
      timestamp: async (data: Uint8Array): Promise<Uint8Array> => {
        stamped.push(data);
        return Uint8Array.of(0x30, 0x00);
      },
    };

    const facts = only(
      readCms(await buildCms(await signerOf('leader'), { content: [CONTENT], timestampAuthority }), {
        content: CONTENT,
      }),
    );

    expect(facts.format).to.equal('CAdES-B-T');
    expect(facts.timestamps.map((item) => [item.type, Buffer.concat(item.over.pieces)])).to.deep.equal([
      ['signature', Buffer.from(stamped[0] ?? [])],
    ]);
  });
});

describe('readCms', () => {
  it('reads what OpenSSL makes, BER with indefinite lengths included', async () => {
    const der = only(readCms(await opensslSigned('-cades'), { content: CONTENT }));
    const ber = only(readCms(await opensslSigned('-cades', '-nodetach', '-stream')));

    expect([passes(der), passes(ber)]).to.deep.equal([true, true]);
  });

  it('says that no certificate is bound where ESS is missing', async () => {
    const facts = only(readCms(await opensslSigned(), { content: CONTENT }));

    expect(facts).to.include({ signerCertificateBound: null, format: 'CMS', signatureValid: true });
  });

  it('names the fault of a message without signed attributes', async () => {
    const facts = only(readCms(await opensslSigned('-noattr'), { content: CONTENT }));

    expect(facts.formatFaults.map((fault) => fault.code)).to.deep.equal(['CMS_NO_SIGNED_ATTRIBUTES']);
  });

  it('refuses content that is the signed attributes of another signature', async () => {
    const genuine = readDer(await buildCms(await signerOf('leader'), { content: [CONTENT] }));
    const signerInfo = child(child(child(child(genuine, 1), 0), 4), 0);
    const attributes = Uint8Array.from(child(signerInfo, 3).bytes);
    attributes[0] = 0x31;

    const facts = readCms(await buildCms(await signerOf('leader'), { content: [attributes] }), {
      content: attributes,
    });

    expect(only(facts).formatFaults.map((fault) => fault.code)).to.include(
      'CMS_CONTENT_LOOKS_LIKE_ATTRIBUTES',
    );
  });

  it('refuses a digest algorithm that disagrees with the signature algorithm', async () => {
    const cms = Buffer.from(await buildCms(await signerOf('leader'), { content: [CONTENT] }));
    const sha256WithRsa = Buffer.from('06092a864886f70d01010b', 'hex');
    cms.set(Buffer.from('06092a864886f70d01010d', 'hex'), cms.lastIndexOf(sha256WithRsa));

    const facts = only(readCms(cms, { content: CONTENT }));

    expect(facts.formatFaults).to.deep.include.members([
      { ...facts.formatFaults[0], code: 'CMS_ALGORITHMS_DISAGREE', subIndication: 'SIG_CRYPTO_FAILURE' },
    ]);
  });

  it('finds each of several signers, and faults them in a PDF', async () => {
    const once = scratch('once.der', await opensslSigned('-cades'));
    const out = scratchPath('twice.der');
    run(
      'openssl',
      'cms',
      '-resign',
      '-inform',
      'DER',
      '-in',
      once,
      '-signer',
      scratchPath('leader.crt'),
      '-inkey',
      scratchPath('leader.key'),
      '-cades',
      '-nocerts',
      '-outform',
      'DER',
      '-out',
      out,
    );

    const facts = readCms(readFileSync(out), { content: CONTENT });

    expect(facts.map((item) => [item.id, passes(item)])).to.deep.equal([
      ['sig-1', true],
      ['sig-2', true],
    ]);
    const inPdf = readCms(readFileSync(out), { content: CONTENT, profile: 'pdf' });
    expect(inPdf.flatMap((item) => item.formatFaults.map((fault) => fault.code))).to.include(
      'CMS_MULTIPLE_SIGNERS',
    );
  });

  it('gives no verdict on content that is not at hand', async () => {
    const facts = only(readCms(await buildCms(await signerOf('leader'), { content: [CONTENT] })));

    expect(facts).to.include({ digestsMatch: null, signatureValid: true, coverage: 'external' });
  });

  it('refuses what is not CMS, too deep or too big, with a code', async () => {
    const deep = Buffer.alloc(20_000, 0x30);

    expect(await errorCode(() => readCms(new Uint8Array()))).to.equal('CMS_INVALID');
    expect(await errorCode(() => readCms(Buffer.from('hello')))).to.equal('CMS_INVALID');
    expect(await errorCode(() => readCms(deep))).to.equal('CMS_INVALID');
    expect(await errorCode(() => readCms(deep, { limits: { maxBytes: 100 } }))).to.equal('CMS_TOO_LARGE');
  });

  it('never passes when any octet of the content changed', async () => {
    const cms = await buildCms(await signerOf('leader-ec'), { content: [CONTENT] });

    fc.assert(
      fc.property(fc.nat(CONTENT.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(CONTENT);
        changed[at] = (changed[at] ?? 0) ^ mask;
        return !passes(only(readCms(cms, { content: changed })));
      }),
    );
  });

  it('never passes, and never breaks, when any octet of attributes or signature value changed', async () => {
    const cms = await buildCms(await signerOf('leader-ec'), { content: [CONTENT] });
    const signerInfo = child(child(child(child(readDer(cms), 1), 0), 4), 0);
    const places = [child(signerInfo, 3), child(signerInfo, 5)].map(
      (node) => [node.content.byteOffset - cms.byteOffset, node.content.length] as const,
    );

    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ([start, length], at, mask) => {
          const changed = Uint8Array.from(cms);
          const place = start + (at % length);
          changed[place] = (changed[place] ?? 0) ^ mask;
          try {
            return readCms(changed, { content: CONTENT }).every((facts) => !passes(facts));
          } catch (error) {
            return (error as { code?: string }).code === 'CMS_INVALID';
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('never breaks on octets changed anywhere', async () => {
    const cms = await buildCms(await signerOf('leader'), { content: [CONTENT] });

    fc.assert(
      fc.property(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(cms);
        changed[at] = (changed[at] ?? 0) ^ mask;
        try {
          return readCms(changed, { content: CONTENT }).length > 0;
        } catch (error) {
          return (error as { code?: string }).code === 'CMS_INVALID';
        }
      }),
      { numRuns: 600 },
    );
  });
});

describe('OpenSSL on PATH', () => {
  it('is version 3 or later, as these second opinions need', () => {
    expect(execFileSync('openssl', ['version'], { encoding: 'utf8' })).to.match(/^OpenSSL [3-9]/);
  });
});
