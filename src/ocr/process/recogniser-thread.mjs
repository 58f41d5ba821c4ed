/** The thread of tesseract.js, which after every picture lets go of what was handed to it. Plain, as a thread has no loader. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

// The library's own script, which answers the messages.
createRequire(import.meta.url)('tesseract.js/src/worker-script/node/index.js');

// Behind it: a picture read is 4 MB outside the heap, and the collector of a thread that makes hardly anything comes late.
// It can be asked only with `--expose-gc`, which page processes have.
const collect = globalThis.gc;
if (collect) parentPort?.on('message', () => setImmediate(collect, { type: 'minor' }));
