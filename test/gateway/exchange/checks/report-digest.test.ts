import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { reportRows, verdictEvent } from '../../../../src/gateway/exchange/checks/verify.ts';
import type { VerificationReport } from '../../../../src/signing/index.ts';

describe('the record of a verification', () => {
  it('names the stored report by its digest, so that the chain of events shows when it is altered', () => {
    const report: VerificationReport = {
      file: 'a.pdf',
      format: 'PDF',
      validationTime: '2026-11-27T00:00:00.000Z',
      policy: 'default',
      verdict: 'NO-SIGNATURE',
      signatures: [],
      certificates: [],
    };
    const checked = [{ name: 'a.pdf', sha256: 'ab', report }];
    const [row] = reportRows('pkg_1', checked, 0);
    const { data } = verdictEvent({ name: 'a.pdf', sha256: 'ab', report });

    expect(data?.['reportSha256']).to.equal(
      createHash('sha256')
        .update(row?.report ?? '')
        .digest('hex'),
    );
    expect(
      verdictEvent({ name: 'b', sha256: 'cd', report: null, skipped: 'TOO_LARGE' }).data,
    ).to.not.have.property('reportSha256');
  });
});
