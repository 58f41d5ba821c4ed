/** What the officers' pages load besides the rest: their script and style, PDF.js, and the operator's plugin script. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Request, Response } from 'express';
import { LANGUAGES } from '../words.ts';
import { allSigningWords } from './words.ts';

/** Files under one address that changes with any byte of them. */
export interface SigningFiles {
  readonly base: string;
  readonly hasPlugin: boolean;
  serve(req: Request, res: Response, name: string): void;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const YEAR_SECONDS = 31_536_000;

/** PDF.js as its makers built it; nothing of it runs on the server. */
function pdfJs(path: string): Buffer {
  return readFileSync(new URL(import.meta.resolve(`pdfjs-dist/${path}`)));
}

/** Its decoders of scans (JBIG2 and CCITT; JPEG 2000), which it asks for by these names beside the rest, as the page allows no WebAssembly. */
const SCAN_DECODERS = ['jbig2_nowasm_fallback.js', 'openjpeg_nowasm_fallback.js'];

/** Reads them. @param pluginFile script of the signing plugin's maker (vgcaplugin.js); empty: none. */
export function loadSigningFiles(pluginFile: string): SigningFiles {
  const own = (name: string): Buffer => readFileSync(new URL(`./browser/${name}`, import.meta.url));
  const all = new Map<string, { type: string; body: Buffer }>([
    ['sign.css', { type: 'text/css; charset=utf-8', body: own('sign.css') }],
    ['sign.js', { type: SCRIPT, body: own('sign.js') }],
    ['viewer.js', { type: SCRIPT, body: own('viewer.js') }],
    ['pdf.mjs', { type: SCRIPT, body: pdfJs('build/pdf.min.mjs') }],
    ['pdf.worker.mjs', { type: SCRIPT, body: pdfJs('build/pdf.worker.min.mjs') }],
  ]);
  for (const name of SCAN_DECODERS) all.set(name, { type: SCRIPT, body: pdfJs(`wasm/${name}`) });
  if (pluginFile !== '') all.set('plugin.js', { type: SCRIPT, body: readFileSync(pluginFile) });
  for (const lang of LANGUAGES)
    all.set(`words-${lang}.js`, {
      type: SCRIPT,
      body: Buffer.from(`export const words = ${JSON.stringify(allSigningWords(lang))};\n`),
    });
  const digest = createHash('sha256');
  for (const [name, { body }] of all) digest.update(name).update(body);
  const version = digest.digest('hex').slice(0, 16);
  return {
    base: `/console/signing/${version}`,
    hasPlugin: pluginFile !== '',
    serve(req, res, name) {
      const file = all.get(name);
      if (file === undefined) {
        res.status(404).end();
        return;
      }
      const isCurrent = req.params['version'] === version;
      res.set({
        'Cache-Control': isCurrent ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
        'Content-Type': file.type,
        'X-Content-Type-Options': 'nosniff',
      });
      res.send(file.body);
    },
  };
}
