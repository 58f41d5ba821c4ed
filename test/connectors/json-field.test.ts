import { expect } from 'chai';
import fc from 'fast-check';
import { createJsonFieldScanner, JsonFieldError } from '../../src/connectors/json-field.ts';

function scan(text: string, path: string[], width = 7): { field: string; ends: number; rest: unknown } {
  const pieces: Buffer[] = [];
  let ends = 0;
  const scanner = createJsonFieldScanner(path, {
    field: (bytes) => pieces.push(Buffer.from(bytes)),
    fieldEnd: () => {
      ends += 1;
    },
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += width) scanner.write(bytes.subarray(at, at + width));
  return { field: Buffer.concat(pieces).toString('utf8'), ends, rest: scanner.rest() };
}

describe('reading one string out of a JSON answer', () => {
  it('agrees with JSON.parse for any value, cut anywhere', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
        fc.boolean(),
        fc.integer({ min: 1, max: 20 }),
        (wanted, others, first, width) => {
          const { data: _, ...rest } = others;
          const value = first ? { data: wanted, ...rest } : { ...rest, data: wanted };

          const found = scan(JSON.stringify(value), ['data'], width);

          expect(found.field).to.equal(wanted);
          expect(found.ends).to.equal(1);
          expect(found.rest).to.deep.equal(JSON.parse(JSON.stringify({ ...value, data: '' })));
        },
      ),
    ));

  it('undoes the escapes Java and .NET write into base64', () => {
    expect(scan('{"data":"QUJD\\/+8\\u003d\\r\\n"}', ['data'], 1).field).to.equal('QUJD/+8=\r\n');
  });

  it('joins escaped surrogate pairs', () => {
    expect(scan('{"data":"\\ud83d\\udcc4"}', ['data'], 3).field).to.equal('📄');
  });

  it('finds the string on its whole path only', () => {
    const text =
      '{"edxml":"ngoài","list":[{"data":{"edxml":"trong mảng"}}],"data":{"x":{"edxml":"sâu"},"edxml":"đúng"}}';

    expect(scan(text, ['data', 'edxml']).field).to.equal('đúng');
  });

  it('cuts other long strings instead of holding them', () => {
    const text = JSON.stringify({ data: 'x', attachments: ['y'.repeat(500_000)] });

    const { rest } = scan(text, ['data'], 65_536);

    expect((rest as { attachments: string[] }).attachments[0]?.length).to.be.below(20_000);
  });

  for (const [why, text] of [
    ['half an object', '{"data":"QUJD"'],
    ['an unfinished string', '{"data":"QUJD'],
    ['something that is no JSON', '<html>"data":"QUJD"</html>'],
    ['bottomless nesting', '['.repeat(10_000)],
    ['endless small fields', `[${'1,'.repeat(600_000)}1]`],
  ] as const) {
    it(`refuses ${why}`, () => {
      expect(() => scan(text, ['data'], 4096)).to.throw(JsonFieldError);
    });
  }
});
