import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import { verifyRaw } from '../../../src/signing/x509/keys.ts';

/** RSASSA-PSS with SHA-256, a salt of 32 octets and the mask algorithm given, as an AlgorithmIdentifier (RFC 4055 §3.1). */
function pssAlgorithm(mask: string): Uint8Array {
  const digest = '300d06096086480165030402010500';
  const wrap = (tag: string, hex: string): string =>
    `${tag}${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
  const fields = [wrap('a0', digest), wrap('a1', wrap('30', mask + digest)), wrap('a2', '020120')];
  return Buffer.from(wrap('30', `06092a864886f70d01010a${wrap('30', fields.join(''))}`), 'hex');
}

describe('parameters of RSA-PSS in certificates, lists and answers', () => {
  it('name MGF1 as the mask, and no other algorithm with the same digest', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const data = Buffer.from('văn bản');
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const value = sign('sha256', data, { key: privateKey, padding, saltLength: 32 });

    expect(verifyRaw(pssAlgorithm('06092a864886f70d010108'), spki, data, value)).to.equal(true);
    // id-RSAES-OAEP and id-pSpecified where id-mgf1 belongs.
    for (const other of ['06092a864886f70d010107', '06092a864886f70d010109'])
      expect(verifyRaw(pssAlgorithm(other), spki, data, value)).to.equal(false);
  });
});
