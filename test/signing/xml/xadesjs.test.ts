/** xadesjs, an implementation of XAdES that shares nothing with ours, on every level and place we write; xmlsec1 beside it. */
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as xadesjs from 'xadesjs';
import type { Signer } from '../../../src/signing/ports.ts';
import { extendXml } from '../../../src/signing/xml/augment/extend.ts';
import { signXml, type XmlSignOptions } from '../../../src/signing/xml/index.ts';
import { type LongTerm, longTerm } from '../local-authorities.ts';
import { signerOf } from '../test-pki/shared.ts';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const DOCUMENT =
  '<vanBan xmlns="urn:thu"><trichYeu>Về việc thử nghiệm &amp; kiểm tra</trichYeu><so>12</so></vanBan>';

/** Its own copies of the libraries it is written for, wherever npm has put them. */
function prepare(): void {
  const near = createRequire(createRequire(import.meta.url).resolve('xadesjs'));
  const { DOMParser, XMLSerializer, DOMImplementation } = near('@xmldom/xmldom');
  xadesjs.setNodeDependencies({ DOMParser, XMLSerializer, DOMImplementation, xpath: near('xpath') });
  xadesjs.Application.setEngine('node', webcrypto as unknown as Crypto);
}

/** What xadesjs says of the signature in a document, and the properties it read. */
async function judged(xml: string): Promise<{ sound: boolean; properties: boolean }> {
  const document = xadesjs.Parse(xml);
  const [element] = Array.from(document.getElementsByTagNameNS(DS, 'Signature'));
  if (element === undefined) throw new Error('no signature');
  const signed = new xadesjs.SignedXml(document);
  signed.LoadXml(element as Element);
  const sound = await signed.Verify().catch(() => false);
  return { sound, properties: signed.Properties?.SignedProperties.SignedSignatureProperties != null };
}

describe('XAdES read by xadesjs', () => {
  let world: LongTerm;
  let ecdsa: Signer;

  before(() => {
    prepare();
    world = longTerm();
    ecdsa = world.signer('An', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  });
  after(() => world.close());

  async function signed(
    xml: string,
    signer: Signer,
    more: Partial<XmlSignOptions> = {},
  ): Promise<Uint8Array> {
    return signXml(Buffer.from(xml), signer, { signingTime: new Date(), xades: true, ...more });
  }
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

  for (const placement of ['enveloped', 'enveloping'] as const) {
    it(`accepts an ${placement} signature by RSA and by ECDSA, with each digest`, async () => {
      // xadesjs reads every certificate of KeyInfo with the signer's algorithm: an RSA chain for RSA.
      const rsa = await signerOf('leader');
      for (const [signer, digest] of [
        [rsa, 'sha256'],
        [rsa, 'sha384'],
        [rsa, 'sha512'],
        [ecdsa, 'sha256'],
      ] as const) {
        const xml = text(await signed(DOCUMENT, signer, { placement, digest }));

        expect(await judged(xml), digest).to.deep.equal({ sound: true, properties: true });
        expect((await judged(xml.replace('<so>12</so>', '<so>21</so>'))).sound).to.equal(false);
      }
    });

    it(`accepts an ${placement} signature raised to T and LT`, async () => {
      let xml = await signed(DOCUMENT, ecdsa, { placement });
      // LTA is left to xmlsec1 (levels.test.ts): xadesjs knows archive time-stamps of XAdES 1.3.2 only, not of 1.4.1.
      for (const level of ['T', 'LT'] as const) {
        xml = await extendXml(xml, {
          level,
          timestampAuthority: world.authority.client(),
          evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
        });

        expect(await judged(text(xml)), level).to.deep.equal({ sound: true, properties: true });
      }
    });
  }
});
