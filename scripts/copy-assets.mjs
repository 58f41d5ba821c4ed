// Copies what tsc leaves behind (web pages, fonts, schemas, a model read at run time) into dist, keeping the layout.
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const KEEP = /\.(html|css|js|mjs|svg|png|ttf|otf|icc|json|xsd|txt|gz|wasm)$/;

function copyTree(from, to) {
  for (const name of readdirSync(from)) {
    const source = join(from, name);
    if (statSync(source).isDirectory()) copyTree(source, join(to, name));
    else if (KEEP.test(name)) cpSync(source, join(to, name));
  }
}

copyTree('src', 'dist/src');
for (const folder of ['schemas', 'certs'])
  if (existsSync(folder)) cpSync(folder, join('dist', folder), { recursive: true });
