import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { countExpiring, importCertificates } from '../../../src/gateway/trust/index.ts';
import { issue } from '../../signing/x509/authority.ts';
import { temporaryFolder } from '../support/folders.ts';

const DAY_MS = 86_400_000;

describe('trust anchors that come to their end', () => {
  it('are counted by how near it is, those of sets not in use left out', async () => {
    const root = temporaryFolder();
    const now = Date.now();
    const import_ = async (set: string, days: number): Promise<void> => {
      const span = { notBefore: new Date(now - 400 * DAY_MS), notAfter: new Date(now + days * DAY_MS) };
      const { der } = issue(`Gốc ${days}`, null, { ca: true, ...span });
      const fingerprint = createHash('sha256').update(der).digest('hex');
      await importCertificates(root, { bytes: der, set, fingerprint, by: 'An', now: new Date(now) });
    };
    for (const days of [-1, 3, 20, 20.5, 300]) await import_('rieng', days);
    await import_('khac', 3);

    const counts = await countExpiring(root, ['rieng'], now);

    expect([...counts]).to.deep.equal([
      ['expired', 1],
      [1, 0],
      [7, 1],
      [30, 2],
      [60, 0],
      ['ok', 1],
    ]);
    expect([...(await countExpiring(temporaryFolder(), ['rieng'], now)).values()]).to.deep.equal([
      0, 0, 0, 0, 0, 0,
    ]);
  });
});
