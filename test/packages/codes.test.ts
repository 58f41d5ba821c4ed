import { expect } from 'chai';
import { DOCUMENT_RULES, STATUS_RULES } from '../../src/packages/edxml/check/rules.ts';
import { ORGAN_FIELDS, SIGNER_FIELDS, STAFF_FIELDS, WIRE } from '../../src/packages/edxml/wire-names.ts';
import {
  documentKey,
  isAgencyCode,
  isDossierCode,
  isDossierMoveAllowed,
  isOrganId,
  isProcedureCode,
  isStatusMoveAllowed,
  isStatusNews,
  PACKAGE_ERROR_CODES,
  PackageError,
  parseAgencyCode,
  parseDossierCode,
  parseProcedureCode,
  STATUS_CODES,
} from '../../src/packages/index.ts';

describe('agency codes', () => {
  for (const [code, form, root, levels] of [
    ['000.00.00.H53', 'qcvn102', 'H53', []],
    ['000.21.32.h53', 'qcvn102', 'H53', ['32', '21']],
    ['999.010.01.H22', 'qcvn102', 'H22', ['01', '010', '999']],
    ['28.22.H17', 'qcvn102-short', 'H17', ['22', '28']],
    ['H53.15', 'qd20', 'H53', ['15']],
    ['H15.50.05.13', 'qd20', 'H15', ['50', '05', '13']],
    ['G22', 'qd20', 'G22', []],
    ['000.A53.000', 'party', 'A53', []],
    ['00.53.W00', 'centre', 'W00', ['53']],
    ['020199999999', 'enterprise', '020199999999', []],
    ['020199999999-001', 'enterprise', '020199999999-001', []],
  ] as const) {
    it(`reads ${code} as ${form}`, () => {
      expect(parseAgencyCode(code)).to.deep.equal({
        form,
        code: code.toUpperCase(),
        root,
        levels: [...levels],
      });
    });
  }

  it('takes nothing else for one', () => {
    for (const text of [
      '',
      'vxp.saas.02',
      'H5',
      'H53.',
      'H53..01',
      'L01',
      '000.00.00.L53',
      'H53/01',
      `H53${'.01'.repeat(11)}`,
      '000.1137.H53',
      '0199999999',
      '02019999999',
    ]) {
      expect(isAgencyCode(text), text).to.equal(false);
    }
    expect(isAgencyCode(`H53${'.01'.repeat(10)}`)).to.equal(true);
  });

  it("takes an account of the axis' shared adapter where a code may stand, though it is none", () => {
    expect(isOrganId('vxp.saas.02')).to.equal(true);
    expect(isOrganId('H53.15')).to.equal(true);
    for (const text of ['vxp.saas', 'vxp.saas.02.01', 'saas.02', ''])
      expect(isOrganId(text), text).to.equal(false);
  });
});

describe('dossier and procedure codes', () => {
  it('reads the parts of a dossier code of both generations', () => {
    expect(parseDossierCode('000.00.19.H26-200918-0001')).to.deep.equal({
      code: '000.00.19.H26-200918-0001',
      agencyCode: '000.00.19.H26',
      receivedDate: '2020-09-18',
      sequence: '0001',
    });
    expect(parseDossierCode(' h15.50.05.13-261008-0975 ')?.agencyCode).to.equal('H15.50.05.13');
    expect(parseDossierCode('G09-261008-0912345')?.sequence).to.equal('0912345');
  });

  it('refuses dossier codes without a real date, agency or ordinal', () => {
    for (const text of [
      'H15-261308-0975',
      'H15-260230-0975',
      'X15-261008-0975',
      'H15-261008-097',
      'H15-261008-09751234',
      'H15',
    ]) {
      expect(isDossierCode(text), text).to.equal(false);
    }
  });

  it('reads procedure codes with and without their agency', () => {
    expect(parseProcedureCode('1.000894')).to.deep.equal({ code: '1.000894', nationalCode: '1.000894' });
    expect(parseProcedureCode('2.002622.H56')?.agencyCode).to.equal('H56');
    expect(parseProcedureCode('1.000894.000.00.00.H56')?.agencyCode).to.equal('000.00.00.H56');
    for (const text of ['1.00089', '10.000894', '1.000894.', '1.000894.X', '1000894'])
      expect(isProcedureCode(text), text).to.equal(false);
  });
});

describe('moves between states', () => {
  it('follows the life of a document', () => {
    const allowed: [string | undefined, string][] = [
      [undefined, '01'],
      ['01', '02'],
      ['01', '03'],
      ['03', '04'],
      ['04', '05'],
      ['05', '06'],
      ['06', '13'],
      ['13', '15'],
      ['13', '16'],
      ['16', '05'],
    ];
    for (const [from, to] of allowed) expect(isStatusMoveAllowed(from, to), `${from} ${to}`).to.equal(true);
  });

  it('refuses steps back, moves out of a refusal and codes nobody knows', () => {
    const refused: [string | undefined, string][] = [
      [undefined, '06'],
      [undefined, '13'],
      ['02', '03'],
      ['06', '05'],
      ['04', '03'],
      ['03', '02'],
      ['01', '15'],
      ['13', '06'],
      ['07', '03'],
      ['03', '99'],
      ['01', '01'],
    ];
    for (const [from, to] of refused) expect(isStatusMoveAllowed(from, to), `${from} ${to}`).to.equal(false);
  });

  it('hears of a document nothing was heard of yet that work has begun or ended', () => {
    for (const code of ['01', '03', '04', '05', '06'])
      expect(isStatusNews(undefined, code), code).to.equal(true);
    for (const code of ['13', '15', '16', '99']) expect(isStatusNews(undefined, code), code).to.equal(false);
    expect(isStatusNews('06', '03')).to.equal(false);
  });

  it('has a label in both languages for every status', () => {
    for (const { vi, en } of Object.values(STATUS_CODES)) expect([vi, en]).not.to.include('');
    expect(Object.keys(STATUS_CODES)).to.have.length(9);
  });

  it('follows the life of a dossier', () => {
    for (const [from, to] of [
      [undefined, 1],
      [1, 2],
      [1, 3],
      [2, 4],
      [4, 5],
      [5, 4],
      [4, 6],
      [6, 4],
      [4, 9],
      [9, 10],
      [4, 7],
      [7, 8],
      [8, 10],
    ] as const) {
      expect(isDossierMoveAllowed(from, to), `${from} ${to}`).to.equal(true);
    }
    for (const [from, to] of [
      [3, 4],
      [10, 9],
      [5, 9],
      [6, 9],
      [8, 9],
      [9, 4],
      [undefined, 9],
      [0, 1],
      [4, 11],
    ] as const) {
      expect(isDossierMoveAllowed(from, to), `${from} ${to}`).to.equal(false);
    }
  });
});

describe('documentKey', () => {
  it('is the same for every spelling of the same identifier', () => {
    const key = documentKey('000.00.00.G22', '000.00.00.G22,2015/09/30,7816/VPCP-TTĐT', 0);

    expect(documentKey(' 000.00.00.g22', '000.00.00.G22,2015-09-30, 7816 / VPCP-TTĐT', 0)).to.equal(key);
    expect(
      documentKey('000.00.00.G22', '000.00.00.G22,2015/9/30,7816/VPCP-TTĐT'.normalize('NFD'), 0),
    ).to.equal(key);
    const uuid = documentKey('G22', '32da2890-1a55-4ccd-9ac9-cd0d98559e67', 0);
    expect(documentKey('G22', '{32DA2890-1A55-4CCD-9AC9-CD0D98559E67}', 0)).to.equal(uuid);
  });

  it('differs by sender, business type and document, and can not be made to collide with a separator', () => {
    const keys = [
      documentKey('G22', 'a', 0),
      documentKey('G23', 'a', 0),
      documentKey('G22', 'a', 1),
      documentKey('G22', 'b', 0),
      documentKey('G22|0', 'a', 0),
      documentKey('G22', '0|a', 0),
      documentKey('G22\\', 'a', 0),
    ];
    expect(new Set(keys).size).to.equal(keys.length);
  });
});

describe('wire names', () => {
  it('are those of wire-names.ts in every rule', () => {
    const known = new Set<string>([
      ...Object.values(WIRE),
      ...[...ORGAN_FIELDS, ...SIGNER_FIELDS, ...STAFF_FIELDS].map(([, wire]) => wire),
    ]);

    for (const { wire } of [...DOCUMENT_RULES, ...STATUS_RULES]) {
      for (const part of wire.split('.')) expect(known.has(part.replace('[]', '')), wire).to.equal(true);
    }
  });
});

describe('PackageError', () => {
  it('has a message in both languages for every code', () => {
    expect(new Set(PACKAGE_ERROR_CODES).size).to.equal(PACKAGE_ERROR_CODES.length);
    for (const code of PACKAGE_ERROR_CODES) {
      const { vi, en } = new PackageError(code);
      expect(vi, code).not.to.equal(code);
      expect(en, code).not.to.equal(code);
    }
  });
});
