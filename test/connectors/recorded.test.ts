import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { pageOf, RECORDED_SYSTEMS, record, withRecorded } from '../../scripts/connector-pages.ts';

describe('docs/connectors: recorded requests and answers', () => {
  for (const system of RECORDED_SYSTEMS) {
    it(`${system}: the page shows what client and simulator say today`, async () => {
      const page = await readFile(pageOf(system), 'utf8');

      expect(page).to.equal(withRecorded(page, await record(system)));
      expect(page).to.match(/→ 20\d /);
    });
  }
});
