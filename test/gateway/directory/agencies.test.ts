import { expect } from 'chai';
import {
  codesOf,
  findAgencies,
  isIntegrationCentre,
  listAgencies,
  saveAgencies,
} from '../../../src/gateway/directory/index.ts';
import { onEachEngine } from '../support/engines.ts';

onEachEngine('directory', (engine) => {
  const agency = (
    code: string,
    more: { otherCode?: string; name?: string; system?: 'inbox' | 'vxp' } = {},
  ) => ({
    code,
    name: more.name ?? code,
    system: more.system ?? ('inbox' as const),
    ...(more.otherCode === undefined ? {} : { otherCode: more.otherCode }),
  });

  it('finds an agency by either generation of its code', async () => {
    await saveAgencies(engine.store(), [agency('000.00.13.H53', { otherCode: 'H53.13' })], 1);

    const found = await findAgencies(engine.store().read, ['H53.13', '000.00.13.H53', 'H53.99']);

    expect(found.get('H53.13')?.code).to.equal('000.00.13.H53');
    expect(found.get('000.00.13.H53')?.code).to.equal('000.00.13.H53');
    expect(found.has('H53.99')).to.equal(false);
    expect((await codesOf(engine.store().read, 'H53.13')).sort()).to.deep.equal(['000.00.13.H53', 'H53.13']);
    expect(await codesOf(engine.store().read, 'LẠ')).to.deep.equal(['LẠ']);
  });

  it('renews what it knows and keeps the other code when none is given', async () => {
    await saveAgencies(engine.store(), [agency('A1', { otherCode: 'A1-QD20', name: 'Cũ' })], 1);

    await saveAgencies(engine.store(), [agency('A1', { name: ' Mới ', system: 'vxp' })], 2);

    expect((await findAgencies(engine.store().read, ['A1'])).get('A1')).to.include({
      name: 'Mới',
      other_code: 'A1-QD20',
      system: 'vxp',
    });
  });

  it('holds a national directory and pages through it in order, centres left out', async () => {
    const many = Array.from({ length: 3_000 }, (_, at) => agency(`Z${String(at).padStart(5, '0')}`));
    await saveAgencies(engine.store(), [...many, agency('00.53.W00')], 1);

    const seen: string[] = [];
    for (let after = 'Z'; ; after = seen.at(-1) ?? '') {
      const page = await listAgencies(engine.store().read, { after, limit: 700 });
      if (page.length === 0) break;
      seen.push(...page.map((row) => row.code));
    }

    expect(seen).to.deep.equal(many.map((one) => one.code));
    const found = await findAgencies(
      engine.store().read,
      many.map((one) => one.code),
    );
    expect(found.size).to.equal(3_000);
    const all = await listAgencies(engine.store().read, { limit: 10_000, includeCentres: true });
    expect(all.map((row) => row.code)).to.include('00.53.W00');
  });
});

describe('directory: centres', () => {
  it('are told by W00 as a whole level', () => {
    expect(['00.53.W00', 'W00.53'].map(isIntegrationCentre)).to.deep.equal([true, true]);
    expect(['000.00.13.H53', '00.W001.H53', 'XW00'].map(isIntegrationCentre)).to.deep.equal([
      false,
      false,
      false,
    ]);
  });
});
