import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { CONNECTOR_ERRORS, SIMULATOR_MODES, SIMULATOR_NAMES } from '../../src/connectors/index.ts';

describe('docs/connectors.md', () => {
  it('lists every error code with its retry and effect, and no other', async () => {
    const page = await readFile(new URL('../../docs/connectors.md', import.meta.url), 'utf8');

    const rows = [...page.matchAll(/^\| `(CONNECTOR_\w+)` \| (yes|no) \| (none|unknown) \|/gm)].map((row) =>
      row.slice(1),
    );

    const table = Object.entries(CONNECTOR_ERRORS).map(([code, row]) => [
      code,
      row.retryable ? 'yes' : 'no',
      row.effect,
    ]);
    expect(rows).to.deep.equal(table);
  });

  it('lists every mode and every simulator', async () => {
    const page = await readFile(new URL('../../docs/connectors.md', import.meta.url), 'utf8');

    const modes = [...page.matchAll(/^\| `([a-z0-9-]+)` \| [^|]+ \|$/gm)].map((row) => row[1]);

    expect(modes).to.include.members([...SIMULATOR_MODES]);
    expect(page).to.contain(`lienthong simulate ${SIMULATOR_NAMES.join('|')}`);
  });
});
