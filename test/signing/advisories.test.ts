import {
  constants,
  createHash,
  generateKeyPairSync,
  privateEncrypt,
  sign as signWithNode,
  verify as verifyWithNode,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DOMParser } from '@xmldom/xmldom';
import { expect } from 'chai';
import { buildEdxml } from '../../src/packages/index.ts';
import { readDer, readOid } from '../../src/signing/cms/der.ts';
import {
  bitString,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  tlv,
} from '../../src/signing/cms/der-write.ts';
import { readCms } from '../../src/signing/cms/index.ts';
import { inspectXml, signXml, validateCertificate, verifyFile, verifyRaw } from '../../src/signing/index.ts';
import { parseXml, XML_LIMITS } from '../../src/signing/xml/document.ts';
import { collect } from '../packages/support/bytes.ts';
import { parseAll } from '../packages/support/package.ts';
import { sampleDocument } from '../packages/support/samples.ts';
import { makeSigning } from './signers.ts';
import { issue, NOW, root } from './x509/authority.ts';

/**
 * What went wrong elsewhere (advisories of node-forge, xml-crypto, xmldom, fast-xml-parser, asn1js): each as a case here.
 */
describe('advisories against other libraries', () => {
  const nestedSets = (depth: number) => {
    let der: Uint8Array = nullValue();
    for (let count = 0; count < depth; count += 1) der = sequence(der);
    return der;
  };
  const codeOf = (run: () => unknown): string => {
    try {
      run();
      return 'none';
    } catch (error) {
      return (error as Error).name;
    }
  };

  it('CVE-2025-66031, asn1js 3.0.10: ASN.1 nested ten thousand deep is refused, not recursed into', () => {
    expect(codeOf(() => readDer(nestedSets(10_000)))).to.equal('DerError');
    expect(codeOf(() => readCms(nestedSets(10_000)))).to.equal('SigningError');
  });

  it('CVE-2025-66030: an arc of 2^32 and more is another identifier than the same modulo 2^32', () => {
    const sha256 = oid('2.16.840.1.101.3.4.2.1');
    const wrapped = oid(`2.16.840.1.101.3.4.2.${2 ** 32 + 1}`);

    expect(readOid(readDer(wrapped))).to.not.equal(readOid(readDer(sha256)));
    expect(codeOf(() => readOid(readDer(tlv(0x06, Buffer.alloc(300, 0xff)))))).to.equal('DerError');
  });

  it('CVE-2025-12816: a SignedData with its parts out of order is no SignedData', () => {
    const swapped = sequence(
      oid('1.2.840.113549.1.7.2'),
      tlv(0xa0, sequence(tlv(0x31), integer(1), sequence(oid('1.2.840.113549.1.7.1')), tlv(0x31))),
    );

    expect(codeOf(() => readCms(swapped))).to.equal('SigningError');
  });

  describe('CVE-2026-33894: RSA with exponent 3', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const algorithm = sequence(oid('1.2.840.113549.1.1.11'), nullValue());
    const data = Buffer.from('dữ liệu');
    const digest = (more: Uint8Array = Buffer.alloc(0)) =>
      sequence(
        sequence(oid('2.16.840.1.101.3.4.2.1'), nullValue()),
        octetString(createHash('sha256').update(data).digest()),
        more,
      );
    const sign = (info: Uint8Array, padding = 256 - info.length - 3) => {
      const block = Buffer.concat([
        Buffer.from([0, 1]),
        Buffer.alloc(padding, 0xff),
        Buffer.from([0]),
        info,
        Buffer.alloc(Math.max(0, 256 - 3 - padding - info.length), 1),
      ]);
      return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block);
    };

    it('accepts the honest padding and refuses extra fields, garbage behind it, and short padding', () => {
      const honest = sign(digest());

      expect(verifyWithNode('sha256', data, publicKey, honest)).to.equal(true);
      expect(verifyRaw(algorithm, spki, data, honest)).to.equal(true);
      for (const forged of [
        sign(digest(octetString(Buffer.alloc(20, 7)))),
        sign(digest(), 8),
        sign(digest(), 0),
      ])
        expect(verifyRaw(algorithm, spki, data, forged)).to.equal(false);
    });
  });

  it('CVE-2026-33895: an Ed25519 value with S not below the group order is refused', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const data = Buffer.from('x');
    const value = signWithNode(null, data, privateKey);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(value.subarray(32)).reverse().toString('hex')}`) + order;
    const malleable = Buffer.concat([
      value.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
    ]);

    expect(verifyRaw(sequence(oid('1.3.101.112')), spki, data, value)).to.equal(true);
    expect(verifyRaw(sequence(oid('1.3.101.112')), spki, data, malleable)).to.equal(false);
  });

  it('CVE-2026-33896 and GHSA-h8mc-2r26-8398: what is no CA issues nothing, with or without key usage', async () => {
    const anchor = root();
    const reason = async (options: object, pathLength?: number) => {
      const middle = issue('Middle', anchor, {
        ...options,
        ...(pathLength === undefined ? {} : { pathLength }),
      });
      const lower = issue('Lower', middle, { ca: true });
      const leaf = issue('Leaf', pathLength === undefined ? middle : lower);
      const result = await validateCertificate({
        target: leaf.der,
        trust: [anchor.der],
        intermediates: [middle.der, lower.der],
        at: NOW,
        revocation: false,
      });
      return result.reason;
    };

    expect(await reason({ keyUsage: null })).to.equal('NOT_A_CA');
    expect(await reason({ keyUsage: [5, 6] })).to.equal('NOT_A_CA');
    expect(await reason({ ca: true, keyUsage: null }, 0)).to.equal('PATH_LENGTH');
  });

  it('CVE-2025-29774 and 29775: a comment in a digest and a second SignedInfo are faults', async () => {
    const ds = 'http://www.w3.org/2000/09/xmldsig#';
    const info = (digest: string) =>
      `<SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI=""><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>${digest}</DigestValue></Reference></SignedInfo>`;
    const faults = async (inner: string) => {
      const [facts] = await inspectXml(
        Buffer.from(
          `<a><Signature xmlns="${ds}">${inner}<SignatureValue>AAAA</SignatureValue></Signature></a>`,
        ),
      );
      return facts?.formatFaults.map((fault) => fault.code);
    };

    expect(await faults(info('AAAA<!--x-->'))).to.deep.equal(['XML_SIGNATURE_STRUCTURE']);
    expect(await faults(info('AAAA') + info('AAAA'))).to.deep.equal(['XML_SIGNATURE_STRUCTURE']);
  });

  it('CVE-2026-25896, 26278, 33036, xmldom 41674, xml-crypto#524: document types and entities are refused wherever they stand', () => {
    for (const text of [
      '<!DOCTYPE a [<!ENTITY l. "x">]><a>&l.;</a>',
      '<?xml version="1.0"?>\n<!-- c --><!DOCTYPE a><a/>',
      '<a>&x;</a>',
      `<a>${'&#x41;'.repeat(10)}&undefined;</a>`,
    ])
      expect(codeOf(() => parseXml(Buffer.from(text), XML_LIMITS))).to.equal('SigningError');
  });

  it('CVE-2026-41673: elements nested five thousand deep are refused', () => {
    const deep = `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`;

    expect(codeOf(() => parseXml(Buffer.from(deep), XML_LIMITS))).to.equal('SigningError');
  });

  it('CVE-2026-33891: values without an inverse, zeros and multiples of the order, verify nothing and hang nothing', async () => {
    const key = (algorithm: Uint8Array, value: Uint8Array) => sequence(algorithm, bitString(value));
    const point = (hex: string) => Buffer.from(`04${hex}`, 'hex');
    const rsa = (modulus: number, exponent: number) =>
      key(sequence(oid('1.2.840.113549.1.1.1'), nullValue()), sequence(integer(modulus), integer(exponent)));
    const dsa = (...parameters: readonly number[]) =>
      key(
        sequence(oid('1.2.840.10040.4.1'), sequence(...parameters.map((item) => integer(item)))),
        integer(0),
      );
    const p256 = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'));
    const g =
      '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5';
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const values = [0n, 1n, order, 2n * order].flatMap((r) =>
      [0n, 1n, order].map((s) => sequence(integer(r), integer(s))),
    );
    const schemes: readonly (readonly [string, readonly Uint8Array[]])[] = [
      ['1.2.840.113549.1.1.11', [rsa(0, 0), rsa(0, 3), rsa(1, 1), rsa(4, 2)]],
      ['2.16.840.1.101.3.4.3.2', [dsa(0, 0, 0), dsa(1, 1, 1), dsa(7, 0, 2)]],
      [
        '1.2.840.10045.4.3.2',
        [key(p256, point('00'.repeat(64))), key(p256, Buffer.from([0])), key(p256, point(g))],
      ],
    ];
    const anchor = root();

    for (const [scheme, keys] of schemes)
      for (const spki of keys)
        for (const value of values) {
          expect(verifyRaw(sequence(oid(scheme)), spki, Buffer.from('x'), value)).to.equal(false);
          expect(
            verifyRaw(sequence(oid(scheme), nullValue()), spki, Buffer.from('x'), Buffer.alloc(256)),
          ).to.equal(false);
        }
    for (const [, keys] of schemes)
      for (const spki of keys) {
        const middle = issue('Middle', anchor, { ca: true }, { key: spki });
        const { reason } = await validateCertificate({
          target: issue('Leaf', issue('Middle', anchor, { ca: true })).der,
          trust: [anchor.der],
          intermediates: [middle.der],
          at: NOW,
          revocation: false,
        });
        expect(reason).to.equal('SIGNATURE_INVALID');
      }
  });

  describe('CVE-2026-34601, 41672, 41675, 83605 of xmldom: data that would become markup when written', () => {
    const evil = [
      ']]><x/>',
      '--><x/><!--',
      '?><x/>',
      '"><x/> a="',
      "'><x y='",
      '<x/>',
      '&#60;x/&#62;',
      '&lt;x/&gt;',
    ];

    /** Elements, attributes and texts as another parser sees them, comments left out. */
    function seen(xml: string): string[] {
      const found: string[] = [];
      const walk = (node: Node): void => {
        if (node.nodeType === 1) {
          const { attributes } = node as Element;
          found.push(`<${node.nodeName}>`);
          for (const item of Array.from(attributes).sort((a, b) => (a.name < b.name ? -1 : 1)))
            if (!item.name.startsWith('xmlns')) found.push(`${item.name}=${item.value}`);
        }
        if (node.nodeType === 3 || node.nodeType === 4) {
          if (found.at(-1)?.startsWith('text:') === true) found.push(`${found.pop()}${node.nodeValue}`);
          else found.push(`text:${node.nodeValue}`);
        }
        for (let next = node.firstChild; next !== null; next = next.nextSibling) walk(next);
      };
      walk(new DOMParser().parseFromString(xml, 'text/xml') as unknown as Node);
      return found;
    }

    it('stays data in the octets a signature covers, which leave out no instruction (xml-crypto#581)', async () => {
      const { signer, options } = makeSigning();
      const quoted = (text: string) => text.replace(/[&<"]/g, (char) => `&#${char.charCodeAt(0)};`);
      const inCdata = (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
      const rows = evil.map((text) => `<Row a="${quoted(text)}&#10;&#9;">${inCdata(text)}</Row>`).join('');
      const xml = `<Doc><!-- <x/> --><?pi <x/> ?>${rows}</Doc>`;
      const covered: string[] = [];

      const signed = await signXml(Buffer.from(xml), signer, { signingTime: NOW, xades: false });
      const { verdict } = await verifyFile(
        { name: 'a.xml', bytes: signed },
        { ...options, onSigned: (_id, octets) => covered.push(Buffer.from(octets).toString('utf8')) },
      );

      expect(verdict).to.equal('TOTAL-PASSED');
      expect(covered).to.have.length(1);
      expect(covered[0]).to.include('<?pi <x/> ?>');
      expect(seen(covered[0] ?? '')).to.deep.equal(seen(xml));
      expect(seen(xml).filter((item) => item === '<x>')).to.deep.equal([]);
    });

    it('stays data in the packages we build', async () => {
      for (const text of evil) {
        const sample = sampleDocument();
        const message = {
          ...sample,
          subject: text,
          from: { ...sample.from, organName: text },
          attachments: [],
        };
        const built = (await collect(buildEdxml(message, []))).toString('utf8');
        const plain = (
          await collect(
            buildEdxml({ ...message, subject: 'S', from: { ...sample.from, organName: 'O' } }, []),
          )
        ).toString('utf8');
        const elements = (xml: string) => seen(xml).filter((item) => item.startsWith('<'));

        expect(elements(built)).to.deep.equal(elements(plain));
        const { message: parsed } = await parseAll(built);
        expect(parsed).to.deep.include({ subject: text });
      }
    });
  });

  it('CVE-2023-34104: entity names made of regular expressions are never made into one', async () => {
    for (const name of ['((a+)+)+$', '(', '[', 'a{1,99999}', '.*', `${'a'.repeat(50_000)}!`]) {
      const dtd = `<!DOCTYPE a [<!ENTITY ${name} "x">]>`;
      expect(codeOf(() => parseXml(Buffer.from(`${dtd}<a>${'a'.repeat(5000)}</a>`), XML_LIMITS))).to.equal(
        'SigningError',
      );
      const built = (await collect(buildEdxml({ ...sampleDocument(), attachments: [] }, []))).toString(
        'utf8',
      );
      const refused = await parseAll(
        built.replace(/(<\?xml[^>]*>)/, `$1${dtd.replaceAll('$', '$$$$')}`),
      ).then(
        () => 'none',
        (error: unknown) => (error as { code?: string }).code,
      );
      expect(refused).to.equal('EDXML_DTD_REFUSED');
    }
  });

  it('asn1-schema#134: a list of many thousand entries inside a message is read, not refused', () => {
    const entry = sequence(integer(1), tlv(0x17, Buffer.from('260101000000Z')));
    const many = sequence(Buffer.concat(Array.from({ length: 60_000 }, () => entry)));

    expect(readDer(many).children).to.have.length(60_000);
  });

  it('are all in docs/advisories.md, each beside tests that name it', () => {
    const here = readFileSync(new URL(import.meta.url), 'utf8');
    const rows = readFileSync(new URL('../../docs/advisories.md', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => /^\| (?:CVE|GHSA|asn1|xml)/.test(line));

    expect(rows.length).to.be.above(15);
    for (const row of rows) {
      const [, advisory = '', , , test = ''] = row.split('|').map((cell) => cell.trim());
      const file = /`(test\/[\w./-]+)`/.exec(test)?.[1];
      const text =
        file === undefined ? here : readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      const short = /(\d{4,5})$/.exec(advisory)?.[1] ?? advisory;
      expect(text, row).to.include(short);
    }
  });
});
