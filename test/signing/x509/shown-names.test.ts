import { expect } from 'chai';
import { buildCms } from '../../../src/signing/cms/index.ts';
import { verifyFile } from '../../../src/signing/index.ts';
import { makeSigning, signerOf } from '../signers.ts';
import { issue } from './authority.ts';

describe('names of signers in a report', () => {
  const signing = makeSigning();

  async function shown(name: string): Promise<string> {
    const signer = signerOf(issue(name, signing.ca), [signing.ca.der]);
    const bytes = await buildCms(signer, { content: [Buffer.from('x')], attached: true });
    const { verdict, signatures } = await verifyFile({ name: 'a.p7m', bytes }, signing.options);
    return `${verdict} ${signatures[0]?.signer?.subject}`;
  }

  it('show what is not seen, ends a line or is read backwards, so that none looks like another', async () => {
    expect(await shown('Nguyễn Văn An')).to.equal('TOTAL-PASSED CN=Nguyễn Văn An,C=VN');
    expect(await shown('Nguyễn\u200b Văn An')).to.equal('TOTAL-PASSED CN=Nguyễn\\E2\\80\\8B Văn An,C=VN');
    expect(await shown('\u202enA năV')).to.equal('TOTAL-PASSED CN=\\E2\\80\\AEnA năV,C=VN');
    expect(await shown('An\nCN=Bộ Tài chính')).to.equal('TOTAL-PASSED CN=An\\0ACN\\=Bộ Tài chính,C=VN');
    expect(await shown('An\u0000Bình')).to.equal('TOTAL-PASSED CN=An\\00Bình,C=VN');
    expect(await shown('An, O=Bộ Tài chính')).to.equal('TOTAL-PASSED CN=An\\, O\\=Bộ Tài chính,C=VN');
  });
});
