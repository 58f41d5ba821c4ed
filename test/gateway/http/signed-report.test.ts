import { expect } from 'chai';
import { openTestKey, signPdf } from '../../../src/signing/index.ts';
import { plainPdf } from '../console/support.ts';
import { AGENCY } from '../support/messages.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a verification report signed by the gateway', function signedReport() {
  let world: World;
  let signed: Uint8Array;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false });
    const identity = world.pki.identities['leader'];
    if (identity === undefined) throw new TypeError('no leader');
    const more = { signingTime: new Date(), profile: 'plain' } as const;
    signed = await signPdf(plainPdf(), await openTestKey(identity), more);
  });
  after(() => world.close());

  /** Asks as the district for the verdict on `file`. */
  async function ask(
    file: Uint8Array,
    query: string,
    accept: string,
    role: 'clerk' | 'auditor' = 'clerk',
  ): Promise<Response> {
    const { token } = await world.as(AGENCY.district, role);
    const body = new FormData();
    body.append('file', new Blob([Uint8Array.from(file)]), 'cong-van.pdf');
    return fetch(`${world.gateway.url}/api/v1/verifications${query}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, Accept: accept },
      body,
    });
  }

  it('passes its own verification, by the key that was asked for', async () => {
    const answer = await ask(signed, '?key=con-dau', 'application/pdf');
    const report = new Uint8Array(await answer.arrayBuffer());
    expect(answer.status, Buffer.from(report).toString('latin1').slice(0, 500)).to.equal(200);

    const verdict = await (await ask(report, '', 'application/json')).json();

    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/pdf');
    expect(verdict.verdict).to.equal('TOTAL-PASSED');
    expect(verdict.signatures[0].signer.subject).to.include('tỉnh Thử Nghiệm');
  });

  it('is refused for a key that is not there, and for an auditor', async () => {
    const unknown = await ask(signed, '?key=khong-co', 'application/pdf');
    const auditor = await ask(signed, '?key=con-dau', 'application/pdf', 'auditor');

    expect(unknown.status).to.be.within(400, 499);
    expect(auditor.status).to.equal(403);
  });
});
