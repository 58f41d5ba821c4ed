/** Contents of attachments, told rightly and wrongly: the archive around the file, and the base64 around that. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { makeZip, type ZipEntry } from '../zip.ts';
import type { Random } from './random.ts';

const FILE = Buffer.from('%PDF-1.4 nội dung '.repeat(12));
const NAMES = [
  'a.pdf',
  '../a.pdf',
  '/a',
  'C:\\a',
  '',
  '.',
  '..',
  'a/b',
  'a\u0000b',
  '\u1ea1.pdf',
  `${'n'.repeat(300)}.pdf`,
  'word/document.xml',
];

function entry(random: Random): ZipEntry {
  const odd = <T>(field: string, values: readonly T[]): object =>
    random.is(2) ? { [field]: random.one(values) } : {};
  return {
    name: random.is(7) ? 'a.pdf' : random.one(NAMES),
    data: random.is(8)
      ? FILE
      : random.one([
          Buffer.alloc(0),
          Buffer.alloc(3_000_000),
          deflateRawSync(FILE),
          makeZip([{ name: 'b', data: FILE }]),
        ]),
    ...odd('stored', [true]),
    ...odd('descriptor', ['signed', 'bare', 'zip64'] as const),
    ...odd('flags', [0x0001, 0x0008, 0x0040, 0x2000, 0x0006, 0xf7f7]),
    ...odd('method', [1, 8, 0, 9, 12, 14, 93, 99, 65535]),
    ...odd('crc', [0, 1, 0xffffffff]),
    ...odd('statedSize', [0, 1, 0xffffffff, 0xfffffff0]),
    ...odd('centralName', NAMES),
  };
}

const FIELDS = [0x0403_4b50, 0x0201_4b50, 0x0605_4b50, 0x0807_4b50];

/** Writes a strange number over one field of one record. */
function patched(zip: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(zip);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(random.one(FIELDS));
  const at = bytes.indexOf(mark);
  if (at === -1) return bytes;
  const field = at + 4 + random.below(26);
  if (random.is(5) && field + 2 <= bytes.length)
    bytes.writeUInt16LE(random.one([0, 1, 2, 0x7fff, 0xffff]), field);
  else if (field + 4 <= bytes.length)
    bytes.writeUInt32LE(random.one([0, 1, 0x7fffffff, 0xffffffff, bytes.length]), field);
  return bytes;
}

function archive(random: Random): Buffer {
  const entries = random.is(8)
    ? [entry(random)]
    : Array.from({ length: random.one([0, 2, 40]) }, (_, at) => ({ name: `${at}.pdf`, data: FILE }));
  let zip = makeZip(entries);
  if (random.is(3)) zip = patched(zip, random);
  if (random.is(1)) zip = Buffer.concat([random.one([Buffer.from('PK'), Buffer.from('\u0000'), FILE]), zip]);
  if (random.is(1)) zip = Buffer.concat([zip, random.one([Buffer.from('\r\n'), Buffer.alloc(9), zip])]);
  if (random.is(1)) zip = zip.subarray(0, random.below(zip.length + 1));
  return zip;
}

const BYTES: ReadonlyArray<(random: Random) => Buffer> = [
  archive,
  archive,
  archive,
  () => FILE,
  () => Buffer.alloc(0),
  () => gzipSync(FILE),
  () => Buffer.from('PK'),
  (random) => Buffer.from(Array.from({ length: random.below(90) }, () => random.below(256))),
];

const WRITINGS: ReadonlyArray<(bytes: Buffer, random: Random) => string> = [
  (bytes) => bytes.toString('base64'),
  (bytes) => bytes.toString('base64'),
  (bytes) => bytes.toString('base64').replace(/(.{76})/g, '$1\r\n'),
  (bytes) => bytes.toString('base64').replace(/(.{64})/g, '$1\n      '),
  (bytes) => bytes.toString('base64').replace(/(.{5})/g, '$1 \t'),
  (bytes) => bytes.toString('base64').replace(/(.{76})/g, '$1&#13;\n'),
  (bytes) => bytes.toString('base64').replace(/=+$/, ''),
  (bytes) => bytes.toString('base64url'),
  (bytes) => `${bytes.toString('base64')}=`,
  (bytes) => `${bytes.toString('base64')}AAAA`,
  (bytes) => bytes.toString('base64') + bytes.toString('base64'),
  (bytes) => `data:application/pdf;base64,${bytes.toString('base64')}`,
  (bytes) => Buffer.from(bytes.toString('base64')).toString('base64'),
  (bytes) => bytes.toString('hex'),
  (bytes) => `<![CDATA[${bytes.toString('base64')}]]>`,
  (bytes) =>
    `<![CDATA[${bytes.toString('base64').slice(0, 8)}]]><![CDATA[${bytes.toString('base64').slice(8)}]]>`,
  (bytes) => `${bytes.toString('base64').slice(0, 8)}<!-- x -->${bytes.toString('base64').slice(8)}`,
  (bytes) => `${bytes.toString('base64').slice(0, 8)}<?x?>${bytes.toString('base64').slice(8)}`,
  (bytes) => `<b>${bytes.toString('base64')}</b>`,
  (bytes) => bytes.toString('base64').replace(/A/g, '&#65;'),
  (bytes) => bytes.toString('base64').replace(/\+/g, '&#x2B;').replace(/\//g, '&#47;'),
  (bytes, random) => {
    const text = bytes.toString('base64');
    const at = random.below(text.length + 1);
    return (
      text.slice(0, at) +
      random.one(['\u00a0', '\ufeff', '-', '=', '.', '\u0000', '&#160;', '&lt;', 'é']) +
      text.slice(at)
    );
  },
];

/** What stands between the tags of `ContentTransferEncoded`. */
export function mutantContent(random: Random): string {
  return random.one(WRITINGS)(random.one(BYTES)(random), random);
}
