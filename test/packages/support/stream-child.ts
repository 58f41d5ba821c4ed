/**
 * Builds and parses one package with a large generated attachment, in a process whose heap is capped by its parent.
 * Arguments: size in MiB, `zip` or `raw`, and the seed kind `random` or `text`. Prints one JSON line.
 */
import { createHash } from 'node:crypto';
import { buildEdxml, parseEdxml } from '../../../src/packages/index.ts';
import { sampleDocument } from './samples.ts';

const [mebibytes = '1', mode = 'zip', kind = 'random'] = process.argv.slice(2);
const CHUNK = 64 * 1024;
const chunks = (Number(mebibytes) * 1024 * 1024) / CHUNK;

/** Incompressible bytes without a 200 MB file: a counter hashed into each block of a repeated base. */
async function* generate(): AsyncGenerator<Uint8Array> {
  const base = Buffer.alloc(CHUNK);
  for (let at = 0; at < CHUNK; at += 32) createHash('sha256').update(`base ${at}`).digest().copy(base, at);
  const text = Buffer.from('Cộng hòa xã hội chủ nghĩa Việt Nam. '.repeat(CHUNK / 16)).subarray(0, CHUNK);
  for (let index = 0; index < chunks; index += 1) {
    const chunk = Buffer.from(kind === 'text' ? text : base);
    chunk.writeUInt32LE(index, 0);
    if (kind !== 'text')
      for (let at = 0; at + 4 <= CHUNK; at += 4)
        chunk.writeInt32LE(chunk.readInt32LE(at) ^ (index * 2654435761), at);
    yield chunk;
  }
}

const expected = createHash('sha256');
for await (const chunk of generate()) expected.update(chunk);
const sha256 = expected.digest('hex');

const file = {
  contentId: 'big',
  name: 'big.pdf',
  contentType: 'application/pdf',
  sha256,
  sizeBytes: chunks * CHUNK,
  wasZipped: mode === 'zip',
};
let wireBytes = 0;
async function* counted(): AsyncGenerator<Uint8Array> {
  for await (const chunk of buildEdxml(
    { ...sampleDocument(), attachments: [file] },
    [{ contentId: 'big', open: generate }],
    { zipLevel: 1 },
  )) {
    wireBytes += chunk.byteLength;
    yield chunk;
  }
}
let written = 0;
const { message } = await parseEdxml(counted(), {
  openAttachment: () => ({
    write: (chunk) => {
      written += chunk.byteLength;
    },
    end: () => undefined,
    abort: () => undefined,
  }),
});
process.stdout.write(
  `${JSON.stringify({ sha256, attachments: message.kind === 'document' ? message.attachments : [], written, wireBytes })}\n`,
);
