import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openLedger } from '../../../src/connectors/index.ts';

const ENTRY = { kind: 'edoc', sha256: 'ab', from: 'A', to: ['B'] };

describe('a simulator’s ledger', () => {
  let dir: string;
  let file: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ledger-'));
    file = join(dir, 'ledger.jsonl');
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('has an effect on disk before it says so', async () => {
    const ledger = await openLedger({ file });

    const entry = await ledger.append({ ...ENTRY, id: '1', key: 'k' });

    expect(JSON.parse(await readFile(file, 'utf8'))).to.deep.equal(entry);
    await ledger.close();
  });

  it('keeps the order of effects that come together', async () => {
    const ledger = await openLedger({ file });

    await Promise.all(
      Array.from({ length: 50 }, (_, at) => ledger.append({ ...ENTRY, id: String(at), key: String(at) })),
    );
    await ledger.close();

    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).to.deep.equal(
      Array.from({ length: 50 }, (_, at) => at + 1),
    );
  });

  it('knows across restarts what was done before, and outlives a torn last line', async () => {
    const before = await openLedger({ file });
    await before.append({ ...ENTRY, id: '1', key: 'k' });
    await before.close();
    await appendFile(file, '{"seq":2,"kind":"ed');

    const after = await openLedger({ file });
    const again = await after.append({ ...ENTRY, id: '2', key: 'k' });
    const other = await after.append({ ...ENTRY, kind: 'status', id: '3', key: 'k' });
    await after.close();

    expect(again).to.include({ seq: 2, duplicateOf: '1' });
    expect(other.duplicateOf).to.equal(undefined);
    const reread = await openLedger({ file });
    expect(reread.entries().map((entry) => entry.id)).to.deep.equal(['1', '2', '3']);
    expect(reread.duplicates().map((entry) => entry.id)).to.deep.equal(['2']);
    await reread.close();
  });
});
