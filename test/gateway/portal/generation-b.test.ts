import { expect } from 'chai';
import { type NationalPortalB, startNationalPortalB } from '../../../src/connectors/index.ts';
import { makePdf } from '../../signing/pdf/make-pdf.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { dossierRequest } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';

const SECRET = 'bi-mat-cong-the-he-b-0123456789';

describe('the portal, generation B, through a whole gateway', () => {
  let portal: NationalPortalB;
  let bare: BareGateway;
  let commune: Api;
  before(async () => {
    portal = await startNationalPortalB({ clientId: 'lienthong', clientSecret: SECRET });
    bare = await startBareGateway({
      portalUrl: portal.url,
      portalGeneration: 'B',
      portalUsername: 'lienthong',
      portalPassword: SECRET,
      portalUnit: 'H99',
      dossierCodes: 'portal',
      portalLookSeconds: 0.1,
      pollSeconds: 0.1,
      retryRungsSeconds: '1',
      redriveSeconds: 2,
      breakerSeconds: 1,
    });
    commune = await bare.as(AGENCY.commune);
  });
  after(async () => {
    await bare?.close();
    await portal?.close();
  });

  const held = (code: string) => portal.holdings().find((holding) => holding.code === code);
  const at = (code: string) => commune.get(`/api/v1/dossiers/${code}`).then((answer) => answer.json);
  const post = async (code: string, name: string, body: unknown) =>
    acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/${name}`, body));
  async function submit(): Promise<string> {
    const request = dossierRequest({ components: [{ name: 'Đơn', componentCode: 'TP1', file: 'don.pdf' }] });
    const answer = await commune.postForm('/api/v1/dossiers', request, { 'don.pdf': makePdf() });
    acceptedId(answer);
    return answer.json.code;
  }
  const until = (code: string, state: number) =>
    eventually(
      () => held(code),
      (holding) => holding?.state === state,
    );

  it('is given a number by the portal, uploads the papers, and follows every step to the result', async () => {
    const code = await submit();
    await until(code, 2);
    await post(code, 'progress', { state: 4, handler: 'Cán bộ', content: 'Đang thẩm định' });
    await until(code, 4);
    await post(code, 'fees', { fees: [{ code: 'LP', name: 'Lệ phí', collectedAt: 1, amountVnd: 70_000 }] });
    await until(code, 6);
    await post(code, 'payments', {
      reference: 'P-1',
      amountVnd: 70_000,
      paidAt: '2026-11-20T10:00:00+07:00',
      outcome: 1,
    });
    await until(code, 4);
    acceptedId(
      await commune.postForm(
        `/api/v1/dossiers/${code}/results`,
        { papers: [{ name: 'Giấy phép', file: 'gp.pdf' }] },
        { 'gp.pdf': makePdf() },
      ),
    );
    const done = await until(code, 9);

    expect(code).to.match(/^G22\.99-\d{6}-\d{6}$/);
    expect(done?.files).to.have.length(1);
    expect(done).to.deep.include({ fees: 70_000, results: ['gp.pdf'] });
    // The portal has it before its answer is written down here.
    await eventually(
      () => at(code),
      (seen) => seen.portal.state === '9',
    );
  });

  it('takes a withdrawal made there, known only by its state, once', async () => {
    const code = await submit();
    await until(code, 2);

    const told = await fetch(`${portal.url}/tell/${code}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ state: 7 }),
    });
    await eventually(
      () => at(code),
      (seen) => seen.state === 7,
    );

    expect(told.status).to.equal(200);
    expect((await commune.get(`/api/v1/dossiers/${code}/progress`)).json.items).to.have.length(1);
  });

  it('renews a lost token, and delivers once what was answered into the dark', async () => {
    portal.behaviour.set({ mode: 'wrong-session', count: 1 });
    const first = await submit();
    await until(first, 2);
    portal.behaviour.set({ mode: 'drop-answer', count: 1, path: '/CreateDossier' });
    const second = await submit();
    await until(second, 2);
    await eventually(
      () => at(second),
      (seen) => seen.portal.state === '2',
    );

    expect(portal.ledger.duplicates().filter((entry) => entry.id === second)).to.deep.equal([]);
    expect(held(second)?.files).to.have.length(1);
  });
});
