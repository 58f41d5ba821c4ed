import { expect } from 'chai';

interface Package {
  name: string;
  /** The name it is installed under. */
  alias: string;
  version: string;
  licence: string;
}
interface Licences {
  isAllowed(expression: string, allowed: Set<string>): boolean;
  productionPackages(lock: object): Package[];
  refused(packages: Package[]): Package[];
  render(packages: Package[]): string;
  withoutLicence(vendored?: { folder: string; words: string }[]): { folder: string }[];
}

describe('scripts/licences', () => {
  let licences: Licences;

  before(async () => {
    licences = (await import(new URL('../../scripts/licences.mjs', import.meta.url).href)) as Licences;
  });

  it('reads OR, AND and brackets of an SPDX expression', () => {
    const allowed = new Set(['MIT', 'BSD-3-Clause']);
    const verdicts = {
      MIT: true,
      'GPL-3.0': false,
      '(BSD-3-Clause OR GPL-2.0)': true,
      'MIT AND GPL-2.0': false,
      'MIT AND (GPL-2.0 OR BSD-3-Clause)': true,
      'GPL-2.0 OR MIT AND GPL-2.0': false,
      '': false,
      UNKNOWN: false,
      'SEE LICENSE IN LICENSE': false,
    };

    for (const [expression, verdict] of Object.entries(verdicts)) {
      expect(licences.isAllowed(expression, allowed), expression).to.equal(verdict);
    }
  });

  it('counts what runs in production, on any system, and leaves tools aside', () => {
    const packages = licences.productionPackages({
      packages: {
        '': { name: 'lienthong', license: 'Apache-2.0' },
        'node_modules/b': { version: '1.0.0', license: 'MIT' },
        'node_modules/b/node_modules/a': { version: '2.0.0', license: 'ISC', optional: true },
        'node_modules/tool': { version: '9.0.0', license: 'GPL-3.0', dev: true },
      },
    });

    expect(packages.map(({ name, version }) => `${name}@${version}`)).to.deep.equal(['a@2.0.0', 'b@1.0.0']);
  });

  it('refuses GPL, AGPL and unknown, and LGPL from anywhere but libvips', () => {
    const found = ['GPL-3.0', 'AGPL-3.0-only', 'UNKNOWN', 'LGPL-3.0-or-later', 'MIT'].map(
      (licence, index) => ({
        name: `p${index}`,
        alias: `p${index}`,
        version: '1.0.0',
        licence,
      }),
    );
    const name = '@img/sharp-libvips-linux-x64';
    const libvips = { name, alias: name, version: '1.0.0', licence: 'LGPL-3.0-or-later' };

    expect(licences.refused([...found, libvips]).map(({ name }) => name)).to.deep.equal([
      'p0',
      'p1',
      'p2',
      'p3',
    ]);
  });

  it('puts every package on the page', () => {
    const page = licences.render([
      { name: 'node-forge', alias: 'node-forge', version: '1.4.3', licence: '(BSD-3-Clause OR GPL-2.0)' },
      { name: '@cantoo/pdf-lib', alias: 'pdf-lib', version: '2.0.0', licence: 'MIT' },
    ]);

    expect(page).to.contain('| @cantoo/pdf-lib (as pdf-lib) | 2.0.0 | MIT |');
    expect(page).to.contain('| src/ocr/model/vie-fast | Vietnamese model of tessdata_fast 4.1.0');
    expect(page).to.match(/\| node-forge \| 1\.4\.3 \| \(BSD-3-Clause OR GPL-2\.0\) \| .*BSD-3-Clause \|/);
  });

  it('finds the words of the licence beside everything that is vendored, and misses them where they are not', () => {
    expect(licences.withoutLicence()).to.deep.equal([]);
    expect(licences.withoutLicence([{ folder: 'src/ocr/model', words: 'LICENSE.txt' }])).to.have.length(1);
  });
});
