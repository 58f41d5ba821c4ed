/** The thread of tesseract.js, which after every picture lets go of what was handed to it. Plain, as a thread has no loader. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

const require = createRequire(import.meta.url);

/** Of every line with words, in the order of TSV, its base line and the height of its row: what TSV leaves out. */
function linesOf({ RIL_BLOCK, RIL_TEXTLINE, RIL_WORD, getPointer, destroy }, api) {
  const at = api.GetIterator();
  const lines = [];
  if (getPointer(at) === 0) return lines;
  // Words as `TessBaseAPI::GetTSVText` goes through them.
  while (!at.Empty(RIL_BLOCK)) {
    if (!at.Empty(RIL_WORD) && at.IsAtBeginningOf(RIL_TEXTLINE)) {
      const { x0, y0, x1, y1 } = at.getBaseline(RIL_TEXTLINE);
      lines.push([x0, y0, x1, y1, at.getRowAttributes().row_height]);
    }
    at.Next(RIL_WORD);
  }
  destroy(at);
  return lines;
}

// The library tells a line's base line in its JSON alone, with every letter and what else each might have been: 300 KB a page.
const dump = require.resolve('tesseract.js/src/worker-script/utils/dump.js');
const dumpOthers = require(dump);
require.cache[dump].exports = (core, api, output, options) => ({
  ...dumpOthers(core, api, output, options),
  lines: output.lines ? linesOf(core, api) : null,
});

// The library's own script, which answers the messages.
require('tesseract.js/src/worker-script/node/index.js');

// Behind it: a picture read is 4 MB outside the heap, and the collector of a thread that makes hardly anything comes late.
// It can be asked only with `--expose-gc`, which page processes have.
const collect = globalThis.gc;
if (collect) parentPort?.on('message', () => setImmediate(collect, { type: 'minor' }));
