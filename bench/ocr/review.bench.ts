/**
 * The review page with a dossier of 300 pages of 450 words each in headless Chromium: opening, the way from a key to the next doubtful
 * word, turning pages, scrolling, and what the page holds after all pages were seen. The floor is the first page of a dossier of one page.
 */
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import type { PageReading, ReadLine } from '../../src/ocr/index.ts';
import { keepScan } from '../../test/gateway/console/kept-scan.ts';
import { AGENCIES, openWindow, signInAs, startTestGateway } from '../../test/gateway/console/support.ts';
import { machine, percentile } from '../measure.ts';

const PAGES = 300;
const [LINES, WORDS] = [45, 10];
const [WIDTH, HEIGHT] = [1654, 2339];
/** One word in twenty is marked. */
const DOUBT_EVERY = 20;
const SYLLABLES =
  'hồ sơ lưu trữ đất đai lập năm tại xã theo quyết định của ủy ban nhân dân tỉnh về việc'.split(' ');

function readingOf(n: number): PageReading {
  const lines: ReadLine[] = Array.from({ length: LINES }, (_, row) => {
    const words = Array.from({ length: WORDS }, (_, column) => {
      const at = (n * LINES + row) * WORDS + column;
      const [x, y] = [150 + column * 135, 150 + row * 45];
      return {
        text: SYLLABLES[at % SYLLABLES.length] as string,
        confidence: at % DOUBT_EVERY === 7 ? 0.6 : 0.99,
        box: [x, y, x + 110, y + 30] as [number, number, number, number],
      };
    });
    return { words, box: [150, 150 + row * 45, 1500, 180 + row * 45] };
  });
  return { width: WIDTH, height: HEIGHT, dpi: 200, rotation: 0, skewDegrees: 0, lines, barcodes: [] };
}

/** A picture of the size and weight previews have. */
async function picture(): Promise<Buffer> {
  const [width, height] = [1100, 1556];
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = ((i * 2_654_435_761) >>> 24) % 7 === 0 && i % 37 < 9 ? 60 : 245;
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .blur(1)
    .jpeg({ quality: 60 })
    .toBuffer();
}

/** What the page shows when the key has had its effect. */
interface Wanted {
  shown: number;
  /** Word on the page. */
  selected?: number;
}

/** Milliseconds from a key until the page shows what is wanted and the browser has drawn it, told by the page itself. */
async function afterKey(page: Page, key: string, wanted: Wanted): Promise<number> {
  return page.evaluate(
    ({ pressed, shown, selected }) =>
      new Promise<number>((resolve) => {
        const startedAt = performance.now();
        document.dispatchEvent(new KeyboardEvent('keydown', { key: pressed, bubbles: true }));
        const look = (): void => {
          const own = document.querySelector<HTMLElement>('.scan-text .selected')?.dataset['word'];
          const isThere = document.querySelector(`[data-shown="${shown}"]`) !== null;
          if (!isThere || (selected !== undefined && own !== String(selected)))
            return void setTimeout(look, 1);
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startedAt)));
        };
        look();
      }),
    { pressed: key, ...wanted },
  );
}

async function openTime(page: Page, url: string): Promise<number> {
  const startedAt = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('[data-shown="1"]').waitFor();
  return performance.now() - startedAt;
}

/** Longest time between two frames while the text is scrolled from end to end, ms. */
async function scrolled(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const text = document.querySelector('[data-text]') as HTMLElement;
        let [last, longest, at] = [performance.now(), 0, 0];
        const frame = (now: number): void => {
          if (at > 0) longest = Math.max(longest, now - last);
          last = now;
          at += 1;
          text.scrollTop += 20;
          document.documentElement.scrollTop += 20;
          if (at < 90) requestAnimationFrame(frame);
          else resolve(longest);
        };
        requestAnimationFrame(frame);
      }),
  );
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const gateway = await startTestGateway();
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const token = await gateway.token(AGENCIES.sender.code, 'clerk');
  const jpeg = await picture();
  const readings = Array.from({ length: PAGES }, (_, i) => readingOf(i));
  await keepScan(gateway, 'ocr-300', { readings, picture: jpeg, name: '300.pdf' });
  await keepScan(gateway, 'ocr-1', { readings: readings.slice(0, 1), picture: jpeg, name: '1.pdf' });
  const { page, context } = await openWindow(browser);
  // The loader names functions by a helper that pages do not have.
  await page.addInitScript('globalThis.__name = (value) => value');
  await signInAs(page, gateway, token);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable');
  const holding = async (): Promise<{ nodes: number; mib: number }> => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((m) => m.name === name)?.value ?? Number.NaN;
    return { nodes: of('Nodes'), mib: of('JSHeapUsedSize') / 2 ** 20 };
  };
  await openTime(page, `${gateway.url}/quet/ocr-1`); // files of the page come into the cache
  const [floor, open]: number[][] = [[], []];
  for (let i = 0; i < 5; i++) {
    floor?.push(await openTime(page, `${gateway.url}/quet/ocr-1`));
    open?.push(await openTime(page, `${gateway.url}/quet/ocr-300`));
  }
  const before = await holding();
  const doubts = readings
    .slice(0, 3)
    .map((reading) =>
      reading.lines.flatMap((line) => line.words).flatMap((word, i) => (word.confidence < 0.9 ? [i] : [])),
    );
  const [within, across]: number[][] = [[], []];
  for (const [p, indexes] of doubts.entries())
    for (const [i, index] of indexes.entries())
      (p > 0 && i === 0 ? across : within)?.push(
        await afterKey(page, 'n', { shown: p + 1, selected: index }),
      );
  const longest = await scrolled(page);
  const turns: number[] = [];
  for (let n = 4; n <= PAGES; n++) turns.push(await afterKey(page, 'j', { shown: n }));
  const after = await holding();
  const ms = (values: number[] | undefined, share: number): string =>
    percentile(values ?? [], share).toFixed(0);
  say(`review page, ${PAGES} pages of ${LINES * WORDS} words, ${machine()}`);
  say(`open: p50 ${ms(open, 0.5)} ms; of one page ${ms(floor, 0.5)} ms`);
  say(
    `key to next doubtful word: on the page p50 ${ms(within, 0.5)}, p95 ${ms(within, 0.95)} ms; on the next page ${ms(across, 0.5)} ms`,
  );
  say(`key to the next page: p50 ${ms(turns, 0.5)}, p95 ${ms(turns, 0.95)}, at most ${ms(turns, 1)} ms`);
  say(`scrolling: longest frame ${longest.toFixed(0)} ms`);
  say(
    `held: ${before.nodes} nodes, ${before.mib.toFixed(1)} MiB after opening; ${after.nodes} nodes, ${after.mib.toFixed(1)} MiB after all pages`,
  );
  const folder = process.env['LIENTHONG_BENCH_PICTURES'];
  if (folder !== undefined) {
    await page.screenshot({ path: `${folder}/review-wide.png` });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: `${folder}/review-phone.png` });
  }
} finally {
  await browser.close();
  await gateway.close();
}
