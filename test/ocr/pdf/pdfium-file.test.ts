import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createFileReader, READ_BLOCK } from '../../../src/ocr/pdf/read/pdfium-file.ts';
import { withFile } from '../support.ts';

type ReadBlock = (file: number, position: number, target: number, length: number) => number;

/** A reader with a table and a memory of its own, in which every byte is 255. */
function reader(size: number) {
  const placed = new Map<number, unknown>();
  const memory = new Uint8Array(size).fill(255);
  const table = {
    get: (index: number) => placed.get(index),
    set: (i: number, f: unknown) => placed.set(i, f),
  };
  const files = createFileReader(table, () => memory);
  return { files, memory, read: placed.get(READ_BLOCK) as ReadBlock };
}

describe('ocr: files for PDFium', () => {
  const octets = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

  it('gives what stands in the file, small pieces and large, in any order', () => {
    withFile(octets, (path) => {
      const { files, memory, read } = reader(200_000);
      const { file, size } = files.open(path);
      expect(size).to.equal(octets.length);
      for (const [position, length] of [
        [0, 512],
        [65_000, 1000],
        [199_999, 1],
        [3, 100_000],
        [130_000, 66_000],
        [64_999, 2],
        [10, 0],
      ] as const) {
        expect(read(file, position, 5, length)).to.equal(1);
        const got = memory.subarray(5, 5 + length);
        expect(Buffer.compare(got, octets.subarray(position, position + length)), `${position}`).to.equal(0);
      }
      files.close();
    });
  });

  it('keeps files apart', () => {
    withFile(octets, (one) =>
      withFile(Uint8Array.of(1, 2, 3), (other) => {
        const { files, memory, read } = reader(10);
        const [first, second] = [files.open(one), files.open(other)];
        expect(read(first.file, 0, 0, 3)).to.equal(1);
        expect(read(second.file, 0, 3, 3)).to.equal(1);
        expect([...memory.subarray(0, 6)]).to.deep.equal([...octets.subarray(0, 3), 1, 2, 3]);
        files.close();
      }),
    );
  });

  it('refuses what lies beyond the file or the memory, and touches nothing then', () => {
    withFile(octets, (path) => {
      const { files, memory, read } = reader(100);
      const { file } = files.open(path);
      for (const [which, position, target, length] of [
        [file, 199_999, 0, 2],
        [file, -1, 0, 2],
        [file, 0, 99, 2],
        [file, 0, -4, 2],
        [file, 0, 0, -1],
        [file + 1, 0, 0, 2],
        [-1, 0, 0, 2],
      ] as const)
        expect(read(which, position, target, length), `${which} ${position} ${target}`).to.equal(0);
      expect(memory.every((byte) => byte === 255)).to.equal(true);
      files.close();
      expect(read(file, 0, 0, 2)).to.equal(0);
    });
  });
});
