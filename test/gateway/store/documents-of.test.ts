/** Documents found by their name, and what brought them to further agencies. */
import { expect } from 'chai';
import {
  findDocumentsOf,
  findPackages,
  insertPackages,
  type PackageRow,
} from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageRow } from '../support/rows.ts';

onEachEngine('documents of a name', (engine) => {
  async function keep<T extends readonly PackageRow[]>(...rows: T): Promise<T> {
    await engine.store().write((tx) => insertPackages(tx, rows));
    return rows;
  }

  const idsOf = (rows: readonly PackageRow[]): string[] => rows.map(({ id }) => id);

  it('are those of the name or the key and what follows them, each once, oldest first', async () => {
    const document = packageRow({ sender: 'H99', document_id: 'one' });
    const further = packageRow({ sender: 'H99', document_id: 'one', further_of: document.id });
    const spelledAnew = packageRow({ sender: 'H99', document_id: 'ONE', further_of: document.id });
    const byKey = packageRow({ sender: 'H99', document_id: 'other', document_key: 'H99|one' });
    await keep(
      spelledAnew,
      byKey,
      further,
      document,
      packageRow({ sender: 'H98', document_id: 'one' }),
      packageRow({ sender: 'H99', document_id: 'one', kind: 'status' }),
      packageRow({ sender: 'H99', document_id: 'two' }),
    );

    const found = await findDocumentsOf(engine.store().read, ['H99'], ['one'], ['H99|one']);

    expect(idsOf(found)).to.deep.equal(idsOf([document, further, spelledAnew, byKey]));
  });

  it('and packages by their ids, also by more than one statement holds', async () => {
    const rows = await keep(...Array.from({ length: 501 }, () => packageRow()));

    const found = await findPackages(engine.store().read, [...idsOf(rows).reverse(), 'pkg_none']);

    expect(idsOf(found)).to.deep.equal(idsOf(rows));
  });
});
