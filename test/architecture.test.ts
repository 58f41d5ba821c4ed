import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  folderSizes,
  importsOf,
  packageOf,
  ROOT,
  readSources,
  resolveImport,
  type SourceFile,
} from './support/source-tree.ts';

/** Who may import whom; a border is crossed only through `index.ts`. */
const MODULES: Record<string, string[]> = {
  packages: [],
  signing: [],
  ocr: [],
  connectors: ['packages'],
  gateway: ['connectors', 'signing', 'ocr', 'packages'],
  'cli.ts': ['gateway'],
};

/** The parts of the gateway that others stand on, with what they may stand on themselves. Parts not named here are free of this rule. */
const GATEWAY_PARTS: Record<string, string[]> = {
  bus: [],
  store: [],
  directory: ['store'],
  evidence: ['store'],
  exchange: ['bus', 'directory', 'evidence', 'store'],
};

/** Where each third-party library is at home: folders or files. More than one place needs a reason. */
const HOMES: Record<string, string[]> = {
  // The demo's letter is not a scan and not signed yet: it is drawn here as any agency's software would.
  '@pdf-lib/fontkit': [
    'src/ocr',
    'src/signing',
    'src/gateway/demo',
    'src/gateway/receipt',
    'src/gateway/report',
  ],
  'pdf-lib': ['src/ocr', 'src/signing', 'src/gateway/demo', 'src/gateway/receipt', 'src/gateway/report'],
  // The simulated axis takes multipart as the real one does.
  '@fastify/busboy': ['src/gateway/http', 'src/connectors/simulators'],
  '@hyzyla/pdfium': ['src/ocr'],
  amqplib: ['src/gateway/bus/amqp/connection.ts'],
  aws4: ['src/gateway/store/s3'],
  commander: ['src/gateway/commands'],
  'csv-parse': ['src/gateway/spreadsheet'],
  // Simulators are servers too.
  express: ['src/gateway/http', 'src/gateway/console', 'src/connectors/simulators'],
  // Unpacks a workbook within limits before the reader sees it.
  fflate: ['src/gateway/spreadsheet'],
  helmet: ['src/gateway/http'],
  jsonata: ['src/connectors/mapped'],
  kysely: ['src/gateway/store'],
  libsql: ['src/gateway/store'],
  // Tokens, files too large to read whole, the library of a native recogniser, memory given back to the system.
  koffi: ['src/signing/keys', 'src/gateway/large', 'src/ocr/page', 'src/ocr/process/kept-memory.ts'],
  // XSD validation of packages, canonical XML of signatures: two uses of one parser.
  'libxml2-wasm': ['src/signing/xml', 'src/packages'],
  'node-forge': ['src/signing/keys'],
  pg: ['src/gateway/store'],
  pino: ['src/gateway/logging.ts'],
  piscina: ['src/gateway/workers'],
  'prom-client': ['src/gateway/metrics.ts', 'src/gateway/http/deps.ts'],
  'read-excel-file': ['src/gateway/spreadsheet'],
  '@streamparser/json': ['src/connectors'],
  saxes: ['src/packages'],
  sharp: ['src/ocr'],
  smqp: ['src/gateway/bus/embedded.ts'],
  'tesseract.js': ['src/ocr'],
  'xml-crypto': ['src/signing/xml'],
  // Every edge checks what comes in: answers of counterparties, requests, configuration.
  zod: ['src/gateway', 'src/connectors'],
  // Read from scans; written on receipts.
  'zxing-wasm': ['src/ocr', 'src/gateway/receipt'],
};
const PECULIAR_HOME = ['src/signing'];

const LONGEST_FILE = 400;
const FULLEST_FOLDER = 12;

describe('architecture', () => {
  const sources = readSources('src');
  const byPath = new Map(sources.map((source) => [source.path, source]));

  /** Every import that stays inside the project, as [from, to]. */
  function inner(): { from: string; to: string; typeOnly: boolean }[] {
    return sources.flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, typeOnly }) => {
        const to = resolveImport(path, specifier);
        return to === null ? [] : [{ from: path, to, typeOnly }];
      }),
    );
  }

  function moduleOf(path: string): string {
    return path.split('/')[1] ?? '';
  }

  function partOf(path: string): string | null {
    const words = path.split('/');
    return words[1] === 'gateway' && words.length > 3 ? (words[2] ?? null) : null;
  }

  it('lets modules import only what the plan allows', () => {
    const wrong = inner().filter(({ from, to }) => {
      const [mine, theirs] = [moduleOf(from), moduleOf(to)];
      return mine !== theirs && !(MODULES[mine] ?? []).includes(theirs);
    });

    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('crosses a module’s border only through its index', () => {
    const wrong = inner().filter(
      ({ from, to }) => moduleOf(from) !== moduleOf(to) && to !== `src/${moduleOf(to)}/index.ts`,
    );

    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('keeps the parts of the gateway in their order, the bus known to the exchange by its types alone', () => {
    const wrong = inner().filter(({ from, to, typeOnly }) => {
      const [mine, theirs] = [partOf(from), partOf(to)];
      if (mine === null || mine === theirs || moduleOf(to) !== 'gateway') return false;
      const allowed = GATEWAY_PARTS[mine];
      if (allowed === undefined) return false;
      return theirs === null || !allowed.includes(theirs) || (theirs === 'bus' && !typeOnly);
    });

    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('has no circle of imports', () => {
    expect(firstCircle(inner())).to.deep.equal([]);
  });

  it('names every relative import with its extension, and nothing outside src', () => {
    const wrong = inner().filter(({ to }) => !byPath.has(to) && !existsSync(join(ROOT, to)));
    const outside = inner().filter(({ to }) => !to.startsWith('src/'));

    expect([...wrong, ...outside].map(arrow)).to.deep.equal([]);
  });

  it('uses each third-party library from its home alone', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier }) => {
        const name = packageOf(specifier);
        if (name === null) return [];
        const homes = name.startsWith('@peculiar/') ? PECULIAR_HOME : (HOMES[name] ?? []);
        return homes.some((home) => path === home || path.startsWith(`${home}/`))
          ? []
          : [`${path} → ${name}`];
      }),
    );

    expect(wrong).to.deep.equal([]);
  });

  it('declares every library it uses as a production dependency', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const used = new Set(
      sources.flatMap(({ imports }) =>
        imports.flatMap(({ specifier, typeOnly }) => (typeOnly ? [] : [packageOf(specifier)])),
      ),
    );
    used.delete(null);

    expect(
      [...used].filter((name) => name !== null && manifest.dependencies[name] === undefined),
    ).to.deep.equal([]);
  });

  it('reads the environment in config.ts and nowhere else', () => {
    const readers = sources.filter(({ text }) => text.includes('process.env')).map(({ path }) => path);

    expect(readers).to.deep.equal(['src/gateway/config.ts']);
  });

  it(`keeps files under ${LONGEST_FILE} lines and folders under ${FULLEST_FOLDER + 1} files`, () => {
    const long = [...sources, ...readSources('test')].filter(({ lines }) => lines > LONGEST_FILE);
    const full = [...folderSizes(sources.map(({ path }) => path))].filter(
      ([, count]) => count > FULLEST_FOLDER,
    );

    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).to.deep.equal([]);
    expect(full).to.deep.equal([]);
  });

  it('leaves no open task without an owner and no path of one machine', () => {
    // Put together here, so that this file does not find itself.
    const todo = new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b(?!\\([a-z])`);
    const machine = new RegExp(
      ['/wor', 'k/(?:main|shared)|/home/[a-z]|/Us', 'ers/[A-Za-z]|/tmp/te', 'am'].join(''),
    );
    const wrong = trackedTextFiles().flatMap((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return [todo, machine].flatMap((pattern) => {
        const found = pattern.exec(text)?.[0];
        return found === undefined ? [] : [`${path}: ${found}`];
      });
    });

    expect(wrong).to.deep.equal([]);
  });
});

describe('the import scanner', () => {
  it('sees every way to import', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from './b.ts';",
      "import { type C, type D } from './c.ts';",
      "import './side-effect.ts';",
      "export { e } from './e.ts';",
      "export * from 'zod/v4';",
      'import {\n  f,\n  g,\n} from "./f.ts";',
      "const h = await import('./h.ts');",
      "// import { no } from './comment.ts';",
      "/* import { no } from './block.ts'; */",
    ].join('\n');

    expect(importsOf(text)).to.deep.equal([
      { specifier: './a.ts', typeOnly: false },
      { specifier: './b.ts', typeOnly: true },
      { specifier: './c.ts', typeOnly: true },
      { specifier: './side-effect.ts', typeOnly: false },
      { specifier: './e.ts', typeOnly: false },
      { specifier: 'zod/v4', typeOnly: false },
      { specifier: './f.ts', typeOnly: false },
      { specifier: './h.ts', typeOnly: false },
    ]);
  });

  it('finds a circle where there is one', () => {
    const edges = [
      { from: 'a', to: 'b', typeOnly: false },
      { from: 'b', to: 'c', typeOnly: false },
      { from: 'c', to: 'a', typeOnly: false },
      { from: 'c', to: 'd', typeOnly: false },
    ];

    expect(firstCircle(edges)).to.deep.equal(['a', 'b', 'c', 'a']);
    expect(firstCircle(edges.map((edge) => ({ ...edge, typeOnly: edge.from === 'c' })))).to.deep.equal([]);
  });

  it('knows the package behind a specifier', () => {
    expect(packageOf('@scope/name/deep')).to.equal('@scope/name');
    expect(packageOf('zod/v4')).to.equal('zod');
    expect(packageOf('node:fs')).to.equal(null);
    expect(packageOf('./x.ts')).to.equal(null);
  });
});

function arrow({ from, to }: { from: string; to: string }): string {
  return `${from} → ${to}`;
}

/** The first circle met, its first file repeated at the end; empty when there is none. Types make no circle at run time. */
function firstCircle(edges: { from: string; to: string; typeOnly: boolean }[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  function walk(path: string[]): string[] {
    const here = path.at(-1) ?? '';
    for (const to of next.get(here) ?? []) {
      const at = path.indexOf(to);
      if (at >= 0) return [...path.slice(at), to];
      if (done.has(to)) continue;
      const circle = walk([...path, to]);
      if (circle.length > 0) return circle;
    }
    done.add(here);
    return [];
  }
  for (const start of next.keys()) {
    const circle = done.has(start) ? [] : walk([start]);
    if (circle.length > 0) return circle;
  }
  return [];
}

/** What git tracks, of the kinds people write; without git (a release archive) the sources alone. */
function trackedTextFiles(): string[] {
  const kinds = /(?:\.(?:ts|mjs|cjs|js|json|md|css|html|sh|xsd|txt|ya?ml)|Makefile|\.ci\/run)$/;
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return String(listed)
      .split('\0')
      .filter((path) => kinds.test(path) && path !== 'package-lock.json' && existsSync(join(ROOT, path)));
  } catch {
    const folders = ['src', 'test'];
    return folders.flatMap((folder) => readSources(folder).map(({ path }: SourceFile) => path));
  }
}
