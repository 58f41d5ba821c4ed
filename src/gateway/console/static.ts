/** Style, scripts and words of the pages: read once, named by the digest of all of them, cached for good. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Request, Response } from 'express';
import { clientWords, LANGUAGES } from './words.ts';

/** Everything the pages load, under one address that changes with any byte of it. */
export interface Assets {
  /** Folder address such as `/console/assets/1f2e3d4c5b6a7988`; files refer to each other relatively. */
  readonly base: string;
  /** Bytes of all files an ordinary page loads: one language, without what single pages have for themselves. */
  readonly sizeBytes: number;
  /** Bytes of the most that a single page loads besides: the tool that checks scans. */
  readonly asideBytes: number;
  serve(req: Request, res: Response, version: string, name: string): void;
}

/** Folders beside this module, and what stands in each; all are served under one address. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  assets: [
    'console.css',
    'parts.css',
    'report.css',
    'console.js',
    'verify.js',
    'report.js',
    'explain.js',
    'paper.css',
    'forms.js',
    'icon.svg',
  ],
  'scans/browser': ['review.css', 'review.js', 'scans.css', 'scans.js'],
  'paper/browser': ['paper.js'],
  'citizen/browser': ['citizen.css', 'wall.js', 'scan.js'],
};
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
/** Served from the package they come in: the barcode reader for browsers that have none. */
const PACKAGED: Readonly<Record<string, { type: string; from: string }>> = {
  'zxing-reader.js': { type: 'text/javascript; charset=utf-8', from: '../iife/reader/index.js' },
  'zxing-reader.wasm': { type: 'application/wasm', from: './zxing_reader.wasm' },
};
const YEAR_SECONDS = 31_536_000;

interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/**
 * Our own scripts and styles without comments that have lines of their own, indentation and empty lines; they hold no text of
 * several lines that this could change.
 */
function compact(body: Buffer, type: string): Buffer {
  const text = body
    .toString('utf8')
    .replace(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*$/gm, '')
    .replace(/^[ \t]*\/\/.*$/gm, '')
    .replace(/^[ \t]+/gm, '')
    .replace(/\n{2,}/g, '\n');
  // Spaces and ends of lines that style sheets do not need.
  const least = type.startsWith('text/css')
    ? text
        .replace(/: /g, ':')
        .replace(/, /g, ',')
        .replace(/ \{$/gm, '{')
        .replace(/;\n\}/g, '}')
        .replace(/([{;,])\n/g, '$1')
    : text;
  return Buffer.from(least, 'utf8');
}

function readAssets(): Map<string, Asset> {
  const all = new Map<string, Asset>();
  for (const [folder, names] of Object.entries(FILES))
    for (const name of names) {
      const type = TYPES[extname(name).slice(1)] ?? 'application/octet-stream';
      const body = readFileSync(new URL(`./${folder}/${name}`, import.meta.url));
      all.set(name, { type, body: /^text\/(?:css|javascript)/.test(type) ? compact(body, type) : body });
    }
  const reader = pathToFileURL(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  for (const [name, { type, from }] of Object.entries(PACKAGED))
    all.set(name, { type, body: readFileSync(new URL(from, reader)) });
  for (const lang of LANGUAGES) {
    const body = Buffer.from(`export const words = ${JSON.stringify(clientWords(lang))};\n`, 'utf8');
    all.set(`words-${lang}.js`, { type: 'text/javascript; charset=utf-8', body });
  }
  return all;
}

/** Loaded by one page alone: the tool that checks scans, the camera of the look-up, the wall screen, paper dossiers. */
const OWN_PAGE = /^(?:review|scans?|wall|citizen|paper|forms)\./;

/**
 * Not loaded by an ordinary page: what one page has for itself, the words of the other language, and the barcode reader, which
 * a browser fetches only when somebody opens the camera.
 */
function isAside(name: string): boolean {
  return OWN_PAGE.test(name) || name === 'words-vi.js' || Object.hasOwn(PACKAGED, name);
}

function weight(files: readonly (readonly [string, Asset])[]): number {
  return files.reduce((sum, [, asset]) => sum + asset.body.length, 0);
}

/** The most that one page loads besides what every page does. */
function heaviestOwnPage(files: readonly (readonly [string, Asset])[]): number {
  const pages = new Set(files.flatMap(([name]) => OWN_PAGE.exec(name)?.[0] ?? []));
  return Math.max(0, ...[...pages].map((page) => weight(files.filter(([name]) => name.startsWith(page)))));
}

/** Reads the files beside this module. */
export function loadAssets(): Assets {
  const all = readAssets();
  const digest = createHash('sha256');
  for (const [name, asset] of all) digest.update(name).update(asset.body);
  const version = digest.digest('hex').slice(0, 16);
  const etag = `"${version}"`;
  return {
    base: `/console/assets/${version}`,
    sizeBytes: weight([...all].filter(([name]) => !isAside(name))),
    asideBytes: heaviestOwnPage([...all]),
    serve(req, res, asked, name) {
      const asset = all.get(name);
      if (asset === undefined) {
        res.status(404).end();
        return;
      }
      // A page made before an update still gets working files, only not for long.
      const cache = asked === version ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
      res.set({
        'Cache-Control': cache,
        ETag: etag,
        'Content-Type': asset.type,
        'X-Content-Type-Options': 'nosniff',
      });
      if (req.get('if-none-match') === etag) res.status(304).end();
      else res.send(asset.body);
    },
  };
}
