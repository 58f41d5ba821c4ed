import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { sql } from 'kysely';
import { readNamedBlobs } from '../../../src/gateway/store/index.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageRow } from '../support/rows.ts';

onEachEngine('blobs that rows name', (engine) => {
  const digest = (n: number): string => createHash('sha256').update(String(n)).digest('hex');

  it('are read from every text column of every table that is not known to name none, page after page', async () => {
    await engine.store().write(async (tx) => {
      await sql`CREATE TABLE of_a_later_version (a TEXT NOT NULL, b BIGINT NOT NULL, parts TEXT, PRIMARY KEY (a, b))`.execute(
        tx,
      );
      for (let n = 0; n < 2_500; n += 500) {
        const rows = Array.from(
          { length: 500 },
          (_, at) => sql`(${'x'}, ${n + at}, ${JSON.stringify({ files: [{ sha256: digest(n + at) }] })})`,
        );
        await sql`INSERT INTO of_a_later_version VALUES ${sql.join(rows)}`.execute(tx);
      }
      await tx
        .insertInto('packages')
        .values([
          packageRow({ kind: 'result', metadata: JSON.stringify({ files: [{ sha256: digest(9_001) }] }) }),
          packageRow({
            kind: 'document',
            metadata: JSON.stringify({ attachments: [{ sha256: digest(9_002) }] }),
          }),
        ])
        .execute();
    });
    let pauses = 0;

    const named = await readNamedBlobs(engine.store().read, async () => {
      pauses += 1;
    });

    const missed = Array.from({ length: 2_500 }, (_, n) => n).filter((n) => !named.has(digest(n)));
    expect(missed).to.deep.equal([]);
    expect(named.has(digest(9_001)), 'a file of a dossier').to.equal(true);
    expect(named.has(digest(9_002)), 'an attachment, which is inside its package').to.equal(false);
    expect(named.has(digest(3_000))).to.equal(false);
    expect(pauses).to.equal(2);
  });
});
