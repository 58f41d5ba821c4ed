import { expect } from 'chai';
import { answersAfter } from '../../../src/gateway/console/pages/inbox.ts';
import { clientWords, fill, say, translator } from '../../../src/gateway/console/words.ts';
import { EVENTS } from '../../../src/gateway/console/words-codes.ts';
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
