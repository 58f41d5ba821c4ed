/** Documents that earlier versions took for routed: nobody would ever have sent them on. */
import { expect } from 'chai';
import { sql } from 'kysely';
import {
  findPackage,
  insertDeliveries,
  insertPackages,
  type PackageRow,
} from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { deliveryRow, packageRow } from '../support/rows.ts';

onEachEngine('packages that were taken for routed', (engine) => {
  it('are routed after the upgrade, and no others', async () => {
    const keep = async (state: string, ...deliveries: string[]): Promise<PackageRow> => {
      const row = packageRow({ state });
      await engine.store().write(async (tx) => {
        await insertPackages(tx, [row]);
        await insertDeliveries(
          tx,
          deliveries.map((state) => deliveryRow(row, { state })),
        );
      });
      return row;
    };
    const stuck = await keep('in-progress', 'accepted', 'delivered');
    const under = await keep('in-progress', 'queued', 'sent');
    const asked = await keep('attention', 'accepted');
    await engine.store().write((tx) => sql`DELETE FROM migrations WHERE version = 22`.execute(tx));

    const upgraded = await engine.again();

    const states = await Promise.all(
      [stuck, under, asked].map(async ({ id }) => (await findPackage(upgraded.read, id))?.state),
    );
    expect(states).to.deep.equal(['accepted', 'in-progress', 'attention']);
  });
});
