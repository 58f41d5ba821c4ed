// Compiles the loops over pixels, kernels/*.ts (AssemblyScript), to WebAssembly (ADR 033). With `--check` nothing is written: ends with 1
// when the module in the repository is not what its source gives.
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const MODULE = 'src/ocr/image/kernels/pixels.wasm';
const OPTIONS = '-O3 --enable simd --runtime stub --noAssert --use abort='.split(' ');

let made;
const { error, stderr } = await asc.main(['kernels/pixels.ts', '--outFile', MODULE, ...OPTIONS], {
  writeFile: (_, contents) => {
    made = Buffer.from(contents);
  },
});
if (error || made === undefined) {
  console.error(stderr.toString() || error);
  process.exit(1);
}
if (!process.argv.includes('--check')) writeFileSync(MODULE, made);
else if (!made.equals(readFileSync(MODULE))) {
  console.error(`${MODULE} is not what kernels/*.ts gives: run \`make kernels\``);
  process.exit(1);
}
