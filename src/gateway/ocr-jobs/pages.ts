/** Finished pages of a job in the database, so that a job cut short goes on after them and a person can look at each. */
import { deflateSync, inflateSync } from 'node:zlib';
import type { OcrWord, PageReading, PageStore, StoredReading } from '../../ocr/index.ts';
import type { Exchange } from '../exchange/index.ts';
import {
  findOcrPage,
  listOcrCorrections,
  type OcrCorrectionRow,
  type OcrPageRow,
  saveOcrPage,
} from '../store/index.ts';

/** Confidence under which a person should look at a word. */
export const DOUBTFUL = 0.9;

function pack(page: StoredReading): string {
  return deflateSync(JSON.stringify(page)).toString('base64');
}

/** The reading kept in a row. */
export function unpack(row: Pick<OcrPageRow, 'reading'>): StoredReading {
  return JSON.parse(inflateSync(Buffer.from(row.reading, 'base64')).toString('utf8')) as StoredReading;
}

/** A page with what people changed: their word is certain, what was read is kept beside it. */
export function corrected(reading: PageReading, corrections: readonly OcrCorrectionRow[]): PageReading {
  const words = new Map(corrections.map((c) => [c.word, c.value]));
  if (words.size === 0) return reading;
  let at = -1;
  const lines = reading.lines.map((line) => ({
    ...line,
    words: line.words.flatMap((word): OcrWord[] => {
      at += 1;
      const value = words.get(at);
      if (value === undefined) return [word];
      return value === '' ? [] : [{ ...word, text: value, confidence: 1, read: word.read ?? word.text }];
    }),
  }));
  return { ...reading, lines: lines.filter((line) => line.words.length > 0) };
}

/** Corrections of the words of one page. */
export function ofPage(corrections: readonly OcrCorrectionRow[], page: number): OcrCorrectionRow[] {
  return corrections.filter((c) => c.page === page && c.word !== null);
}

/** Pages of job `id`; what people corrected is part of what it gives out. */
export async function createPageStore(x: Pick<Exchange, 'store' | 'blobs'>, id: string): Promise<PageStore> {
  const corrections = await listOcrCorrections(x.store.read, id);
  return {
    async load(number) {
      const row = await findOcrPage(x.store.read, id, number);
      if (row === undefined) return null;
      const { reading, fromLayer } = unpack(row);
      return { reading: corrected(reading, ofPage(corrections, number)), fromLayer };
    },
    async save(number, { reading: { preview, ...reading }, fromLayer }) {
      const picture = preview === undefined ? null : await x.blobs.put(preview);
      const words = reading.lines.flatMap((line) => line.words);
      await x.store.write((tx) =>
        saveOcrPage(tx, {
          job_id: id,
          page: number,
          reading: pack({ reading, fromLayer }),
          preview_sha256: picture?.sha256 ?? null,
          words: words.length,
          doubtful: words.filter((word) => word.confidence < DOUBTFUL).length,
        }),
      );
    },
  };
}
