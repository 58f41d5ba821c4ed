import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { PDFDocument, PDFHexString, PDFRawStream, StandardFonts } from 'pdf-lib';
import { createSpoolFile, openStreamFile } from '../../../src/ocr/file-octets.ts';
import { openDocument } from '../../../src/ocr/pdf/disk/open.ts';
import { saveTo } from '../../../src/ocr/pdf/disk/save.ts';

const PLAIN = { useObjectStreams: false, addDefaultPage: false, updateFieldAppearances: false };

describe('ocr: writing a PDF', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lienthong-save-'));
  });
  after(() => rm(dir, { recursive: true, force: true }));

  /** Three pages, two of which draw the same large picture. */
  async function sample(): Promise<PDFDocument> {
    const document = await PDFDocument.create({ updateMetadata: false });
    const { context } = document;
    const picture = context.register(
      context.stream(randomBytes(200_000), { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 1, 1] }),
    );
    const font = await document.embedFont(StandardFonts.Helvetica);
    for (const draws of [true, false, true]) {
      const page = document.addPage([300, 200]);
      page.drawText('van ban', { font, size: 12 });
      if (draws) page.node.newXObject('Im', picture);
    }
    const id = PDFHexString.of('00'.repeat(16));
    context.trailerInfo.ID = context.obj([id, id]);
    return document;
  }

  it('gives the bytes pdf-lib gives, in a file of the owner’s alone', async () => {
    const document = await sample();
    const path = join(dir, 'same.pdf');

    await saveTo(document, path);

    expect(Buffer.compare(await readFile(path), Buffer.from(await document.save(PLAIN)))).to.equal(0);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  describe('from files', () => {
    /** What pdf-lib makes of a file's pages when it holds all of it, and what we make of them. */
    async function bothWays(path: string): Promise<{ whole: Buffer; ours: Buffer; stayed: number }> {
      const whole = await PDFDocument.load(await readFile(path), { updateMetadata: false, password: '' });
      const file = openStreamFile(path);
      const spool = createSpoolFile(join(dir, 'spool'));
      try {
        const source = await openDocument(path, file, spool);
        const target = join(dir, 'ours.pdf');
        const copy = await copyOf(source);
        await saveTo(copy, target);
        const streams = copy.context.enumerateIndirectObjects().map(([, object]) => object);
        const stayed = streams.filter((o) => o instanceof PDFRawStream && o.constructor !== PDFRawStream);
        return {
          whole: Buffer.from(await (await copyOf(whole)).save(PLAIN)),
          ours: await readFile(target),
          stayed: stayed.length,
        };
      } finally {
        spool.close();
        file.close();
      }
    }

    async function copyOf(source: PDFDocument): Promise<PDFDocument> {
      const copy = await PDFDocument.create({ updateMetadata: false });
      for (const page of await copy.copyPages(source, source.getPageIndices())) copy.addPage(page);
      return copy;
    }

    async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
      const path = join(dir, name);
      await writeFile(path, bytes);
      return path;
    }

    it('leaves large streams in the file, once for all pages that share them', async () => {
      const path = await fileOf('plain.pdf', await (await sample()).save(PLAIN));

      const { whole, ours, stayed } = await bothWays(path);

      expect(stayed).to.equal(1);
      expect(Buffer.compare(ours, whole)).to.equal(0);
    });

    it('finds the end of a stream that does not tell its length, whatever words are in it', async () => {
      const words = ['stream of words', 'endstream-like endstrea', '\r\nend', 'x'];
      for (const lineEnd of ['\n', '\r\n', '\r', '']) {
        const inner = Buffer.concat([randomBytes(70_000), Buffer.from(`${words.join(' ')}\nendstream`)]);
        const picture = Buffer.concat([
          Buffer.from('7 0 obj\n<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Length 8 0 R>>\nstream\n'),
          ...[inner, Buffer.from(`${lineEnd}endstream\nendobj\n8 0 obj\n${inner.length}\nendobj\n`)],
        ]);
        const path = await fileOf(
          'lengths.pdf',
          Buffer.concat([
            Buffer.from('%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n'),
            Buffer.from(
              '2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R',
            ),
            Buffer.from('/MediaBox[0 0 9 9]/Resources<</XObject<</Im 7 0 R>>>>>>\nendobj\n'),
            picture,
            Buffer.from('trailer\n<</Root 1 0 R/Size 9>>\n'),
          ]),
        );

        const { whole, ours } = await bothWays(path);

        expect(whole.length, JSON.stringify(lineEnd)).to.be.greaterThan(70_000);
        expect(Buffer.compare(ours, whole), JSON.stringify(lineEnd)).to.equal(0);
      }
    });

    it('reads what is encrypted without a password, and keeps it out of memory decrypted', async () => {
      const plain = await fileOf('open.pdf', await (await sample()).save(PLAIN));
      const path = join(dir, 'encrypted.pdf');
      execFileSync('qpdf', ['--encrypt', '', 'owner', '256', '--', plain, path]);

      const { whole, ours, stayed } = await bothWays(path);

      expect(stayed).to.equal(1);
      expect(Buffer.compare(ours, whole)).to.equal(0);
    });

    it('says that a file became shorter meanwhile instead of giving other octets', async () => {
      const path = await fileOf('shorter.pdf', await (await sample()).save(PLAIN));
      const file = openStreamFile(path);
      const spool = createSpoolFile(join(dir, 'spool'));
      try {
        const copy = await copyOf(await openDocument(path, file, spool));
        await truncate(path, 10_000);
        const failed = await saveTo(copy, join(dir, 'never.pdf')).then(
          () => null,
          (error: unknown) => error,
        );
        expect(failed).to.be.instanceOf(RangeError);
      } finally {
        spool.close();
        file.close();
      }
    });
  });
});
