/** QR and Code 128 as rows of modules (ISO/IEC 18004, ISO/IEC 15417). */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';

/** True where a module is dark; a linear symbol has one row. */
export type Modules = readonly (readonly boolean[])[];

let ready: Promise<unknown> | undefined;

/** The engine is read from the package on disk: nothing is fetched. */
function prepare(): Promise<unknown> {
  ready ??= (async () => {
    const path = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
    const file = await readFile(path);
    const wasmBinary = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
    await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  })();
  return ready;
}

/** Draws a text as a symbol. @throws TypeError for a text the symbol cannot hold. */
export async function drawSymbol(text: string, format: 'QRCode' | 'Code128'): Promise<Modules> {
  await prepare();
  const { symbol, error } = await writeBarcode(text, {
    format,
    ...(format === 'QRCode' ? { ecLevel: 'M' } : {}),
  });
  if (error !== '' || symbol === null || symbol.width === 0)
    throw new TypeError(`no ${format} of this text: ${error}`);
  const rows = format === 'Code128' ? 1 : symbol.height;
  return Array.from({ length: rows }, (_, y) =>
    Array.from({ length: symbol.width }, (_unused, x) => symbol.data[y * symbol.width + x] === 0),
  );
}
