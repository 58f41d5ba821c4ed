import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { answersAfter } from '../../../src/gateway/console/pages/inbox.ts';
import { clientWords, fill, say, translator } from '../../../src/gateway/console/words.ts';
import { EVENTS } from '../../../src/gateway/console/words-codes.ts';
import { REPORT_WORDS } from '../../../src/gateway/console/words-report.ts';
import { EVENT_TYPES } from '../../../src/gateway/evidence/index.ts';

describe('console words', () => {
  it('has a sentence for every event the evidence log knows', () => {
    expect(Object.keys(EVENTS).sort()).to.deep.equal([...EVENT_TYPES].sort());
  });

  it('uses the same places in both languages', () => {
    const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
    for (const [key, { words }] of Object.entries(EVENTS))
      expect(places(words[0]), key).to.deep.equal(places(words[1]));
    const en = clientWords('en');
    for (const [key, vi] of Object.entries(clientWords('vi')))
      expect(places(vi), key).to.deep.equal(places(en[key] ?? ''));
  });

  it('has words for every change to a PDF that the comparison can name', async () => {
    const folder = fileURLToPath(new URL('../../../src/signing/pdf/changes/', import.meta.url));
    const sources = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    const levels = 'validation|signing|form|annotation|other';
    const named = sources.flatMap((text) => [
      ...text.matchAll(/\breport\(\s*'([a-z-]+)'/g),
      ...text.matchAll(/kind: '([a-z]+-[a-z-]+)'/g),
      ...text.matchAll(new RegExp(`\\['([a-z-]+)', '(?:${levels})'\\]`, 'g')),
      ...text.matchAll(/[?:] '([a-z]+-[a-z-]+)'/g),
    ]);
    const kinds = new Set(named.map(([, kind = '']) => kind));

    expect(kinds.size).to.be.greaterThan(25);
    expect([...kinds].filter((kind) => !Object.hasOwn(REPORT_WORDS, `change.${kind}`))).to.deep.equal([]);
  });

  it('fills places with values as they are, once', () => {
    expect(fill('{a} và {b}', { a: '{b}', b: 'x' })).to.equal('{b} và x');
    expect(translator('en')('list.recipients', { n: 3 })).to.equal('3 recipients');
    expect(say(['vi', 'en'], 'en')).to.equal('en');
  });
});

describe('console inbox answers', () => {
  it('offers only what QĐ 28 allows next, and never what is the sender’s to say', () => {
    expect(answersAfter(null)).to.deep.equal(['01', '03', '02']);
    expect(answersAfter('03')).to.deep.equal(['04', '05', '06']);
    expect(answersAfter('13')).to.deep.equal(['15', '16']);
    expect(answersAfter('02')).to.deep.equal([]);
    for (const status of [null, '01', '03', '04', '05', '06', '13', '15', '16'])
      expect(answersAfter(status)).to.not.include('13');
  });
});
