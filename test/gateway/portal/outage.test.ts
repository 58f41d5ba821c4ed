import { expect } from 'chai';
import type { NationalPortal } from '../../../src/connectors/index.ts';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { submitDossier } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY } from '../support/messages.ts';
import { settingsFor, startPortal } from './support.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;

describe('a day without the portal', () => {
  let portal: NationalPortal;
  let bare: BareGateway;
  let commune: Api;
  /** Hours our clock is ahead of the machine's. */
  let ahead = 0;
  before(async () => {
    portal = await startPortal();
    bare = await startBareGateway({
      ...settingsFor(portal),
      pollSeconds: 0.1,
      redriveSeconds: 1,
    });
    Object.assign(bare.gateway.deps.x, { now: () => Date.now() + ahead * HOUR_MS });
    commune = await bare.as(AGENCY.commune);
  });
  after(async () => {
    await bare?.close();
    await portal?.close();
  });

  const held = (code: string) => portal.holdings().find((holding) => holding.row.MaHoSo === code);

  it('loses nothing, and catches up in the order things happened, the newest state last', async () => {
    const known = (await submitDossier(commune)).code;
    await eventually(
      () => held(known),
      (holding) => holding !== undefined,
    );
    const late: string[] = [];
    const told: string[] = [];
    portal.behaviour.set({ mode: 'error500' });
    for (let hour = 1; hour <= HOURS; hour += 1) {
      ahead = hour;
      const content = `Giờ thứ ${hour}`;
      const step = { state: 4, handler: 'Cán bộ', content };
      acceptedId(await commune.postJson(`/api/v1/dossiers/${known}/progress`, step));
      told.push(content);
      if (hour % 6 === 0) {
        const { code } = await submitDossier(commune);
        acceptedId(
          await commune.postJson(`/api/v1/dossiers/${code}/results`, { papers: [{ name: 'Giấy' }] }),
        );
        late.push(code);
      }
    }
    const duringOutage = held(known)?.steps.length;

    portal.behaviour.set({ mode: 'ok' });
    ahead = HOURS + 1;
    await eventually(
      () => held(known)?.steps.length,
      (count) => count === HOURS,
    );
    await eventually(
      () => late.map((code) => held(code)?.row.TrangThaiHoSo),
      (states) => states.every((state) => state === '9'),
    );

    expect(duringOutage).to.equal(0);
    expect(held(known)?.steps.map((step) => step.NoiDungXuLy)).to.deep.equal(told);
    expect(held(known)?.row.TrangThaiHoSo).to.equal('4');
    for (const code of late) {
      const effects = portal.ledger.entries().filter((entry) => entry.id === code);
      expect(effects.map((entry) => entry.facts?.['state'])).to.deep.equal(['2', '9']);
    }
    expect(portal.ledger.duplicates()).to.deep.equal([]);
  });
});
