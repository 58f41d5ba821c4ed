/** One broken or merely odd package for each seed, and how it was made. */
import { mutantContent } from './content.ts';
import { Random } from './random.ts';
import { VENDOR_CHANGES } from './vendors.ts';
import { crossed, WHOLE_CHANGES } from './whole.ts';
import { ENCODINGS, tokensOf, XML_CHANGES } from './xml.ts';

export interface Mutant {
  bytes: Buffer;
  /** The changes made, in order, for the report of a failure. */
  changes: string[];
  /** Size of the pieces to hand it over in. */
  chunkBytes: number;
}

const CHANGES = { ...XML_CHANGES, ...WHOLE_CHANGES, ...VENDOR_CHANGES };

const CONTENT = /(<[^<>]*ContentTransferEncoded[^<>]*>)[^<]*(?=<)/;

function damaged(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  const put = random.one([
    Buffer.alloc(0),
    Buffer.from([random.below(256)]),
    Buffer.from([0xc3]),
    Buffer.from([0xed, 0xa0, 0x80]),
  ]);
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.below(3))]);
}

/** Changes one of `samples` (well-formed packages without comments or CDATA), one to three times. */
export function mutantOf(seed: number, samples: readonly string[]): Mutant {
  const random = new Random(seed);
  const changes: string[] = [];
  let xml = random.one(samples);
  if (random.is(4) && CONTENT.test(xml)) {
    const content = mutantContent(random);
    xml = xml.replace(CONTENT, (_, tag: string) => tag + content);
    changes.push('content');
  }
  if (random.is(1)) {
    xml = crossed(tokensOf(xml), tokensOf(random.one(samples)), random).join('');
    changes.push('crossed');
  }
  const names = Object.keys(CHANGES);
  for (let left = changes.length > 0 ? random.below(2) : 1 + random.below(3); left > 0; left -= 1) {
    const name = random.one(names);
    xml = CHANGES[name]?.(tokensOf(xml), random).join('') ?? xml;
    changes.push(name);
  }
  const encoding = random.is(8) ? 'utf8' : random.one(Object.keys(ENCODINGS));
  let bytes = ENCODINGS[encoding]?.(xml) ?? Buffer.from(xml);
  if (encoding !== 'utf8') changes.push(encoding);
  if (random.is(1) && bytes.length > 0) {
    bytes = damaged(bytes, random);
    changes.push('damage');
  }
  return { bytes, changes, chunkBytes: random.is(3) ? 1 + random.below(50) : 1 + random.below(8_000) };
}
