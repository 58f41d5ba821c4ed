import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { signAsic } from '../../../src/signing/asic/index.ts';
import { readZip } from '../../../src/signing/asic/zip.ts';
import { SigningError, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';
import { type Around, type Entry, endRecord, extraField, zip } from './zip-writer.ts';

const signing = makeSigning();
const options = { ...signing.options, intermediates: [signing.ca.der] };
const FILES = [
  { name: 'a.txt', bytes: Buffer.from('Giao Sở Tài chính chi 100 triệu đồng.') },
  { name: 'b.txt', bytes: Buffer.from('Giao Sở Nội vụ theo dõi.') },
];
const EVIL = 'Giao Sở Tài chính chi 900 triệu đồng.';

/** Entries of a container signed with a real key. */
async function signed(kind: 'S' | 'E', form: 'xades' | 'cades', count: number): Promise<readonly Entry[]> {
  const made = await signAsic(FILES.slice(0, count), signing.signer, { signingTime: NOW, kind, form });
  return readZip(made).map(({ name, bytes }) => ({ name, data: bytes }));
}

/** Verdict, and the codes with their details of what is worse than a hint. */
async function told(bytes: Uint8Array): Promise<string> {
  try {
    const { verdict, signatures } = await verifyFile({ name: 'x.asice', bytes }, options);
    const each = signatures.map(({ subIndication, coverage, messages }) =>
      [
        subIndication ?? coverage,
        ...messages
          .filter(({ level, code }) => level !== 'info' && code !== 'CONTENT_MISSING')
          .map(({ code, en }) => `${code}${/ (\([^()]*\))$/.exec(en)?.[1] ?? ''}`),
      ].join(' '),
    );
    return [verdict, ...each].join(' | ');
  } catch (error) {
    return error instanceof SigningError ? error.code : String(error);
  }
}

const unreadable = (why: string): string => `TOTAL-FAILED | FORMAT_FAILURE ASIC_CONTAINER_UNREADABLE(${why})`;
const GOOD = 'TOTAL-PASSED | whole-document';

function unicodePath(name: string, shown: string): Buffer {
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt32LE(crc32(name), 1);
  return extraField(0x7075, Buffer.concat([head, Buffer.from(shown)]));
}

for (const form of ['xades', 'cades'] as const) {
  describe(`containers signed with ${form} that unpack to something else`, () => {
    let base: readonly Entry[];

    before(async () => {
      base = await signed('E', form, 2);
    });

    const plus = (...more: readonly Entry[]) => zip([...base, ...more]);
    const on = (name: string, change: Partial<Entry>, around: Around = {}) =>
      zip(
        base.map((entry) => (entry.name === name ? { ...entry, ...change } : entry)),
        around,
      );

    async function all(
      cases: readonly (readonly [what: string, bytes: Uint8Array, expected: string])[],
    ): Promise<void> {
      const got: string[] = [];
      for (const [what, bytes] of cases) got.push(`${what}: ${await told(bytes)}`);
      expect(got).to.deep.equal(cases.map(([what, , expected]) => `${what}: ${expected}`));
    }

    it('are told from those that are only written in another way', async () => {
      const rest = (change: Partial<Entry>) =>
        zip(base.map((entry) => (entry.name === 'mimetype' ? entry : { ...entry, ...change })));

      await all([
        ['stored', zip(base), GOOD],
        ['deflated', rest({ deflate: true }), GOOD],
        ['streamed', rest({ deflate: true, descriptor: true }), GOOD],
        ['streamed and stored', rest({ descriptor: true }), GOOD],
        ['with extra fields', rest({ extra: extraField(0x5455, Buffer.alloc(5)) }), GOOD],
        ['its own name again', on('b.txt', { extra: unicodePath('b.txt', 'b.txt') }), GOOD],
        ['with a comment', zip(base, { comment: () => Buffer.from('ghi chú') }), GOOD],
      ]);
    });

    it('do not pass with two entries that are one file to some system', async () => {
      const names = [
        './b.txt',
        './/b.txt',
        'b.txt.',
        'b.txt ',
        'b.txt::$DATA',
        'b\u200c.txt',
        'b.tx\uff54',
        'b.txt/',
      ];

      await all(
        names.map(
          (name) => [name, plus({ name, data: EVIL }), unreadable('two entries of one name')] as const,
        ),
      );
      const backwards = plus({ name: 'b\u202etxt.exe', data: EVIL });
      expect(await told(backwards)).to.equal(unreadable('a name is written to be read backwards'));
      const long = await told(plus({ name: 'c/', data: EVIL }));
      expect(long).to.equal(unreadable('a folder with content'));
    });

    it('do not pass with an entry that has two names, is a link, or is described in two ways', async () => {
      const link = (0xa1ff << 16) >>> 0;
      const twoNames = unreadable('an entry has two names');
      const twoWays = unreadable('an entry is described in two ways');

      await all([
        ['another path', on('b.txt', { extra: unicodePath('b.txt', 'c.txt') }), twoNames],
        ['in the local header', on('b.txt', { localExtra: unicodePath('b.txt', 'c.txt') }), twoNames],
        [
          'of a stranger',
          plus({ name: 'c.txt', data: EVIL, extra: unicodePath('c.txt', 'b.txt') }),
          twoNames,
        ],
        ['a link', on('b.txt', { attributes: link }), unreadable('an entry is a link')],
        ['encrypted', on('a.txt', { localFlags: 1 }), twoWays],
        ['sizes in spite of bit 3', on('a.txt', { localFlags: 8, localSizes: [1, 2, 3] }), twoWays],
        ['a descriptor', on('a.txt', { deflate: true, descriptor: 7 }), twoWays],
      ]);
    });

    it('do not pass with octets that some reader takes for an entry', async () => {
      const other = zip([{ name: 'b.txt', data: EVIL }]);
      const local = other.subarray(0, 30 + 5 + Buffer.byteLength(EVIL));
      const descriptor = Buffer.from('504b0708000000000000000000000000', 'hex');
      const behind = unreadable('octets behind the packed data');
      const between = unreadable('octets between the entries');

      await all([
        [
          'behind the packed data',
          on('a.txt', { deflate: true, descriptor: true, packedTail: Buffer.concat([descriptor, local]) }),
          behind,
        ],
        ['junk there', on('a.txt', { deflate: true, packedTail: Buffer.from('junk') }), behind],
        ['between entries', on('a.txt', { gap: local }), between],
        ['another document between', on('a.txt', { gap: Buffer.from('%PDF-1.7') }), between],
        ['before the first', zip(base, { before: Buffer.from('PK%PDF-1.7') }), between],
        ['before the directory', zip(base, { beforeDirectory: Buffer.from('junk') }), between],
      ]);
    });

    it('do not pass with more than one directory', async () => {
      const wide = (directory: number, at: number): Buffer => {
        const record = Buffer.alloc(76);
        record.writeUInt32LE(0x06064b50, 0);
        record.writeBigUInt64LE(44n, 4);
        record.writeBigUInt64LE(1n, 24);
        record.writeBigUInt64LE(1n, 32);
        record.writeBigUInt64LE(BigInt(directory), 48);
        record.writeUInt32LE(0x07064b50, 56);
        record.writeBigUInt64LE(BigInt(at), 64);
        return record;
      };
      const nested = (directory: number) => endRecord(base.length, 0, directory, Buffer.alloc(0));
      const inComment = () => Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(30)]);

      await all([
        [
          'records not counted',
          zip(base, { uncounted: [{ name: 'a.txt', data: EVIL }] }),
          unreadable('the directory holds more than it counts'),
        ],
        [
          'octets behind',
          zip(base, { beforeEnd: () => Buffer.from('junk') }),
          unreadable('octets behind the directory'),
        ],
        ['a second end record', zip(base, { comment: nested }), unreadable('octets behind the directory')],
        ['one that ends nothing', zip(base, { comment: inComment }), unreadable('two end records')],
        ['another one in ZIP64', zip(base, { beforeEnd: wide }), unreadable('two directories')],
      ]);
    });

    it('name every file that nobody signed, in META-INF too', async () => {
      const got: string[] = [];
      for (const name of [
        'c.txt',
        'META-INF/c.pdf',
        'meta-inf/c.pdf',
        'META-INF/x/c.pdf',
        'META-INF/\u017fignatures9.xml',
      ]) {
        const report = await told(plus({ name, data: EVIL }));
        got.push(`${report.includes(`TOTAL-PASSED | partial ASIC_FILE_NOT_SIGNED(${name})`)} ${name}`);
      }

      expect(got.filter((line) => !line.startsWith('true'))).to.deep.equal([]);
    });
  });
}

describe('containers whose file has another name than was signed', () => {
  it('do not pass where the signature holds the name', async () => {
    const rename = (entries: readonly Entry[]) =>
      entries.map((entry) => (entry.name === 'a.txt' ? { ...entry, name: 'tu-choi.txt' } : entry));
    const simple = (entries: readonly Entry[]) =>
      entries.map((entry) =>
        entry.name === 'mimetype' ? { ...entry, data: 'application/vnd.etsi.asic-s+zip' } : entry,
      );
    const one = await signed('S', 'xades', 1);
    const extended = await signed('E', 'xades', 1);

    expect(await told(zip(one))).to.equal(GOOD);
    expect(await told(zip(rename(one)))).to.match(/^INDETERMINATE \| SIGNED_DATA_NOT_FOUND XML_FILE_RENAMED/);
    expect(await told(zip(extended))).to.equal(GOOD);
    expect(await told(zip(rename(simple(extended))))).to.match(/^INDETERMINATE \| SIGNED_DATA_NOT_FOUND/);
    expect(await told(zip(rename(extended)))).to.match(/^INDETERMINATE \| SIGNED_DATA_NOT_FOUND/);
  });
});
