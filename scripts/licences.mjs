// Which licences the production dependencies carry. `--write` renews docs/licences.md; without it, the page must be true.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGE = 'docs/licences.md';

/** Licences under which code may be part of an Apache-2.0 work without any further duty than to name it. */
const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Zlib',
  'CC0-1.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'Python-2.0',
]);

/** Exceptions, each with its reason. */
const LGPL_LINKED = /^@img\/sharp-/;
const NOTES = [
  [/^node-forge$/, 'dual-licensed; taken under BSD-3-Clause'],
  [LGPL_LINKED, 'prebuilt libvips: a library of its own, loaded at run time, replaceable'],
];

/** What lies in the repository itself and was made elsewhere; each folder holds the words of its licence. */
const VENDORED = [
  {
    folder: 'src/ocr/model/vie-fast',
    what: 'Vietnamese model of tessdata_fast 4.1.0 (Google), unchanged',
    licence: 'Apache-2.0',
    words: 'LICENSE.txt',
  },
  {
    folder: 'src/ocr/sample-scan/fonts',
    what: 'TeX Gyre Termes 2.004 (GUST), unchanged',
    licence: 'GUST Font License',
    words: 'LICENSE.txt',
  },
  {
    folder: 'src/signing/appearance/fonts',
    what: 'TeX Gyre Termes, TeX Gyre Chorus (GUST), unchanged',
    licence: 'GUST Font License',
    words: 'GUST-FONT-LICENSE.txt',
  },
];

/** Folders of what is vendored that lack the words of their licence. */
export function withoutLicence(vendored = VENDORED, root = '.') {
  return vendored.filter(({ folder, words }) => !existsSync(join(root, folder, words)));
}

/** True when an SPDX expression can be met with licences from `allowed`: OR needs one side, AND both. */
export function isAllowed(expression, allowed) {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let position = 0;
  const either = () => {
    let value = both();
    while (tokens[position] === 'OR') {
      position += 1;
      value = both() || value;
    }
    return value;
  };
  const both = () => {
    let value = one();
    while (tokens[position] === 'AND') {
      position += 1;
      value = one() && value;
    }
    return value;
  };
  const one = () => {
    const token = tokens[position];
    position += 1;
    if (token !== '(') return token !== undefined && allowed.has(token);
    const value = either();
    position += 1;
    return value;
  };
  return tokens.length > 0 && either() && position === tokens.length;
}

/** Name, version and licence of every package that runs in production, on any system, sorted. */
export function productionPackages(lock, root = '.') {
  const found = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev || entry.devOptional || entry.link) continue;
    const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const alias = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence = entry.license ?? installedLicence(join(root, path)) ?? 'UNKNOWN';
    found.set(`${name}@${entry.version}`, { name, alias, version: entry.version, licence });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The packages nobody may ship, with their licence. */
export function refused(packages) {
  const withLgpl = new Set([...ALLOWED, 'LGPL-3.0-or-later']);
  return packages.filter(
    ({ name, licence }) => !isAllowed(licence, LGPL_LINKED.test(name) ? withLgpl : ALLOWED),
  );
}

/** The page as it should be. */
export function render(packages) {
  const counts = new Map();
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const summary = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return [
    '# Licences of the production dependencies',
    '',
    'Made by `node scripts/licences.mjs --write` from `package-lock.json`; the same script fails when this page is',
    'out of date, or when a package comes under GPL, AGPL or a licence nobody has looked at.',
    '',
    `${packages.length} packages: ${summary.map(([licence, count]) => `${licence} ${count}`).join(' · ')}`,
    '',
    '| package | version | licence | note |',
    '|---|---|---|---|',
    ...packages.map(({ name, alias, version, licence }) => {
      const note = NOTES.find(([pattern]) => pattern.test(name))?.[1] ?? '';
      const used = alias === name ? name : `${name} (as ${alias})`;
      return `| ${used} | ${version} | ${licence} | ${note} |`;
    }),
    '',
    '## In the repository itself',
    '',
    '| folder | what | licence | its words |',
    '|---|---|---|---|',
    ...VENDORED.map(
      ({ folder, what, licence, words }) =>
        `| ${folder} | ${what} | ${licence} | [${words}](../${folder}/${words}) |`,
    ),
    '',
  ].join('\n');
}

function installedLicence(folder) {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  return license ?? licenses?.map(({ type }) => type).join(' OR ');
}

function main(argv) {
  const packages = productionPackages(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const page = render(packages);
  const bad = refused(packages);
  for (const { name, version, licence } of bad) {
    process.stderr.write(`licences: ${name}@${version} comes under ${licence}\n`);
  }
  const bare = withoutLicence();
  for (const { folder, words } of bare) process.stderr.write(`licences: ${folder} has no ${words}\n`);
  if (argv.includes('--write')) writeFileSync(PAGE, page);
  const stale = !existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page;
  if (stale) process.stderr.write(`licences: ${PAGE} is out of date: node scripts/licences.mjs --write\n`);
  process.stdout.write(`licences: ${packages.length} production packages, ${bad.length} refused\n`);
  return bad.length > 0 || bare.length > 0 || stale ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
