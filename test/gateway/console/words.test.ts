import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { placeText } from '../../../src/gateway/console/assets/report.js';
import { answersAfter } from '../../../src/gateway/console/pages/inbox.ts';
import { decimalText, sizeText } from '../../../src/gateway/console/pages/parts.ts';
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

  it('says where in a PDF a change stands, in the reader’s language', () => {
    const [vi, en] = [clientWords('vi'), clientWords('en')];
    const said = (place: string): string[] => [placeText(place, vi), placeText(place, en)];

    expect(said('12 0 R (field Sơ yếu.Tên)')).to.deep.equal([
      'đối tượng PDF số 12 (trường “Sơ yếu.Tên”)',
      'PDF object 12 (field “Sơ yếu.Tên”)',
    ]);
    expect(said('field A')).to.deep.equal(['trường “A”', 'field “A”']);
    expect(said('object 7')).to.deep.equal(['đối tượng PDF số 7', 'PDF object 7']);
    expect(said('page 2 /Annots')).to.deep.equal(['trang 2 /Annots', 'page 2 /Annots']);
    expect(said('page tree node 3 0 R /Kids')).to.deep.equal([
      'nút 3 của cây trang /Kids',
      'page tree node 3 /Kids',
    ]);
    expect(said('offset 900')[0]).to.equal('byte thứ 900');
    expect(said('the newest cross-reference section')[0]).to.equal('bảng tham chiếu mới nhất');
    expect(said('/AcroForm /DR')).to.deep.equal(['/AcroForm /DR', '/AcroForm /DR']);
  });

  it('writes numbers as each language does', () => {
    expect([sizeText(1_572_864, 'vi'), sizeText(1_572_864, 'en')]).to.deep.equal(['1,5 MB', '1.5 MB']);
    expect([decimalText(100, 1, 'vi'), decimalText(33.34, 1, 'en')]).to.deep.equal(['100', '33.3']);
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
