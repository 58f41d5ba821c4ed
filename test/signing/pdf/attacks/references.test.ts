import { expect } from 'chai';
import { EntryTable, entryTable } from '../../../../src/signing/pdf/syntax/entries.ts';
import { NumberSet } from '../../../../src/signing/pdf/syntax/number-set.ts';
import { PdfSyntaxError, parseIndirect } from '../../../../src/signing/pdf/syntax/parse.ts';
import { scanObject } from '../../../../src/signing/pdf/syntax/references.ts';
import {
  isArray,
  isDict,
  isRef,
  isStream,
  type PdfValue,
} from '../../../../src/signing/pdf/syntax/values.ts';
import type { XrefEntry, XrefSection } from '../../../../src/signing/pdf/syntax/xref.ts';

/** Numbers the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const TOKENS = [
  ...['5 0 R', '6 0 R ', '7  0\nR', '8 0 R/K', '9%c\n 0 R', '10 0 Rx', '1 2', '3 0', '-4 0 R', '1.5 0 R'],
  ...[
    '<<',
    '>>',
    '[',
    ']',
    '/Name',
    '/A#42 0 R',
    '(5 0 R)',
    '(a\\)5 0 R)',
    '((1 0 R) 2 0 R)',
    '(\\12301 0 R)',
  ],
  ...[
    '<35 30>',
    '<zz>',
    '<4',
    'true',
    'false',
    'null',
    'nullx',
    'stream',
    'endobj',
    '% 4 0 R\n',
    '\0',
    '+-7',
    '.',
  ],
];

function references(value: PdfValue, into: number[] = []): number[] {
  if (isRef(value)) into.push(value.num);
  else if (isArray(value)) for (const item of value.items) references(item, into);
  else if (isDict(value)) for (const item of value.entries.values()) references(item, into);
  else if (isStream(value)) references(value.dict, into);
  return into;
}

function parsed(bytes: Uint8Array): readonly number[] | null {
  try {
    const object = parseIndirect(bytes, 0, bytes.length, () => null);
    return object.num === 4 ? references(object.value) : null;
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}

describe('references read off the octets of an object', () => {
  it('are at least those the parser finds, whatever stands there', () => {
    const draw = random(7);
    let found = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const parts = Array.from({ length: 1 + draw(12) }, () => TOKENS[draw(TOKENS.length)] ?? '');
      const open = ['', '<< /K ', '[ ', '<< /K [ '][draw(4)] ?? '';
      const close = { '': '', '<< /K ': ' >>', '[ ': ' ]', '<< /K [ ': ' ] >>' }[open] ?? '';
      const text = `4 0 obj ${open}${parts.join(draw(2) === 0 ? ' ' : '')}${close} endobj`;
      const bytes = new Uint8Array(Buffer.from(text, 'latin1'));

      const [scanned, real] = [scanObject(bytes, 0, bytes.length, 4)?.references ?? null, parsed(bytes)];

      if (scanned === null || real === null) continue;
      found += real.length;
      expect(
        real.filter((num) => !scanned.includes(num)),
        JSON.stringify(text),
      ).to.deep.equal([]);
    }
    expect(found).to.be.above(1_000);
  });

  it('are left to the parser where it is another object, cut short or nested beyond measure', () => {
    const scan = (text: string) =>
      scanObject(new Uint8Array(Buffer.from(text, 'latin1')), 0, text.length, 4)?.references ?? null;

    expect(scan('4 0 obj [5 0 R] endobj')).to.deep.equal([5]);
    for (const text of ['5 0 obj [5 0 R] endobj', '4 0 obj [5 0 R', '4 0 obj << 5 0 R >>', '4 0 obj (5 0 R'])
      expect(scan(text), text).to.equal(null);
    expect(scan(`4 0 obj ${'['.repeat(200)}${']'.repeat(200)}`)).to.equal(null);
  });
});

describe('the table of a revision', () => {
  const entryOf = (draw: (below: number) => number): XrefEntry =>
    [
      { type: 'free' } as const,
      { type: 'offset', offset: draw(1000), gen: 0 } as const,
      { type: 'compressed', container: draw(300), index: draw(9) } as const,
    ][draw(12) === 0 ? 2 : draw(2)] ?? { type: 'free' };

  function section(draw: (below: number) => number, size: number): XrefSection {
    const entries = new Map(Array.from({ length: size }, () => [draw(300), entryOf(draw)] as const));
    const trailer = { kind: 'dict' as const, entries: new Map(), repeated: false };
    return { offset: draw(1e6), form: 'table', entries, trailer, end: 0 };
  }

  it('says what all its sections say, and tells from its layers what may have moved since an older one', () => {
    const draw = random(3);
    const sections: XrefSection[] = [];
    const known = new Map();
    const tables: EntryTable[] = [];
    for (let count = 0; count < 60; count += 1) {
      sections.unshift(section(draw, count === 0 ? 200 : 1 + draw(8)));
      const table = entryTable(sections, known);
      const flat = new Map<number, XrefEntry>();
      for (const item of sections.toReversed()) for (const [num, entry] of item.entries) flat.set(num, entry);

      expect(new Map(table)).to.deep.equal(flat);
      for (let num = 0; num < 300; num += 1) expect(table.get(num)).to.equal(flat.get(num));
      for (const older of tables) {
        const changed = table.changedSince(older);
        const moved = [...flat.keys()].filter((num) => older.get(num) !== table.get(num));
        if (changed !== null) expect([...changed]).to.include.members(moved);
      }
      tables.push(table);
    }
    expect(entryTable(sections, known)).to.equal(tables.at(-1));
    expect(tables[0]?.changedSince(tables[9] ?? new EntryTable(new Map(), null))).to.equal(null);
  });

  it('does not vouch for objects in an object stream that has moved', () => {
    const at = (offset: number): XrefEntry => ({ type: 'offset', offset, gen: 0 });
    const base = new EntryTable(
      new Map([
        [5, at(10)],
        [6, { type: 'compressed', container: 5, index: 0 }],
      ]),
      null,
    );

    expect(new EntryTable(new Map([[7, at(99)]]), base).changedSince(base)).to.deep.equal(new Set([7]));
    expect(new EntryTable(new Map([[5, at(99)]]), base).changedSince(base)).to.equal(null);
  });
});

describe('a set of object numbers', () => {
  it('holds what was put in, small and large', () => {
    const set = new NumberSet();
    const numbers = [0, 1, 8, 8191, 8192, 500_000, 8_388_607, 8_388_608, 2 ** 40];
    for (const num of numbers) set.add(num);

    for (const num of numbers) expect(set.has(num)).to.equal(true);
    for (const num of numbers) expect(set.has(num + 2)).to.equal(numbers.includes(num + 2));
  });
});
