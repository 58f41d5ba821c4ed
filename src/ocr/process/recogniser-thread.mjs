/** The thread of tesseract.js, which after every picture lets go of what was handed to it. Plain, as a thread has no loader. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

const require = createRequire(import.meta.url);

/** Of every line its box, its base line, and the height of its row: what TSV leaves out. */
function linesOf(core, api) {
  const at = api.GetIterator();
  const lines = [];
  if (core.getPointer(at) === 0) return lines;
  do {
    const [box, base] = [at.getBoundingBox(core.RIL_TEXTLINE), at.getBaseline(core.RIL_TEXTLINE)];
    const sides = [box, base].flatMap(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]);
    lines.push([...sides, at.getRowAttributes().row_height]);
  } while (at.Next(core.RIL_TEXTLINE));
  core.destroy(at);
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
