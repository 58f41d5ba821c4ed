import { expect } from 'chai';
import { strToU8, zipSync } from 'fflate';
import type { Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY } from '../support/messages.ts';

const HEADING = [
  'Mã hồ sơ',
  'Mã thủ tục',
  'Tên thủ tục',
  'Mã lĩnh vực',
  'Lĩnh vực',
  'Chủ hồ sơ',
  'Số CCCD',
  'Ngày tiếp nhận',
  'Ngày hẹn trả',
  'Cột lạ',
];
const GOOD = [
  '',
  '1.000001',
  'Đăng ký thử',
  'L1',
  'Thử',
  'Trần Thị Thử',
  '012345678901',
  '20/11/2026 08:30',
  '30/11/2026',
  'x',
];
const LATE = GOOD.map((cell, at) => (at === 8 ? '01/11/2026' : cell));
const NAMELESS = GOOD.map((cell, at) => (at === 5 ? '' : cell));

function csv(rows: string[][], separator = ';'): Buffer {
  return Buffer.from(`\ufeff${rows.map((row) => row.join(separator)).join('\r\n')}\r\n`);
}

/** A workbook as small programs write it: inline strings, one sheet (ECMA-376 Part 1 §18.3). */
function xlsx(rows: (string | number)[][], extra: Record<string, Uint8Array> = {}): Buffer {
  const cell = (value: string | number, at: string) =>
    typeof value === 'number'
      ? `<c r="${at}"><v>${value}</v></c>`
      : `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`;
  const lines = rows.map(
    (row, y) =>
      `<row r="${y + 1}">${row.map((value, x) => cell(value, `${String.fromCharCode(65 + x)}${y + 1}`)).join('')}</row>`,
  );
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const pkg = 'http://schemas.openxmlformats.org/package/2006';
  const part = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  return Buffer.from(
    zipSync({
      '[Content_Types].xml': strToU8(
        `<Types xmlns="${pkg}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${part}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${part}.worksheet+xml"/></Types>`,
      ),
      '_rels/.rels': strToU8(
        `<Relationships xmlns="${pkg}/relationships"><Relationship Id="rId1" Type="${rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      ),
      'xl/workbook.xml': strToU8(
        `<workbook xmlns="${main}" xmlns:r="${rel}"><sheets><sheet name="Hồ sơ" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ),
      'xl/_rels/workbook.xml.rels': strToU8(
        `<Relationships xmlns="${pkg}/relationships"><Relationship Id="rId1" Type="${rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
      ),
      'xl/worksheets/sheet1.xml': strToU8(
        `<worksheet xmlns="${main}"><sheetData>${lines.join('')}</sheetData></worksheet>`,
      ),
      ...extra,
    }),
  );
}

describe('dossiers: lists', () => {
  let bare: BareGateway;
  let commune: Api;
  before(async function start() {
    bare = await startBareGateway();
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  function send(bytes: Uint8Array, query = '') {
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(bytes)]), 'danh-sach');
    return commune.call('POST', `/api/v1/dossier-imports${query}`, { body: form });
  }

  it('takes the good rows of a CSV, tells what is wrong with each other, and takes nothing twice', async () => {
    const list = csv([HEADING, GOOD, LATE, NAMELESS, GOOD]);

    const first = (await send(list)).json;
    const again = (await send(list)).json;

    expect(first).to.deep.include({ accepted: 2, repeated: 0, refused: 2, ignoredColumns: ['Cột lạ'] });
    expect(first.rows.map((row: { row: number; status: string }) => [row.row, row.status])).to.deep.equal([
      [2, 'accepted'],
      [3, 'refused'],
      [4, 'refused'],
      [5, 'accepted'],
    ]);
    expect(first.rows[1].errors[0].code).to.equal('M.Dossier.DueAt');
    expect(first.rows[2].errors[0].vi).to.include('chu ho so');
    expect(again).to.deep.include({ accepted: 0, repeated: 2, refused: 2 });
    expect(again.rows[0].code).to.equal(first.rows[0].code);
  });

  it('reads the same from a workbook, a citizen number that lost its zero included', async () => {
    const row = GOOD.map((cell, at) => (at === 6 ? 12_345_678_901 : cell));

    const report = (await send(xlsx([HEADING, row]))).json;

    expect(report, JSON.stringify(report)).to.deep.include({ accepted: 1, refused: 0 });
    const person = (await commune.get(`/api/v1/dossiers/${report.rows[0].code}/applicant`)).json;
    expect(person.applicant.identities).to.deep.equal([{ type: 1, number: '012345678901' }]);
    expect((await commune.get(`/api/v1/dossiers/${report.rows[0].code}`)).json.receivedAt).to.equal(
      '2026-11-20T01:30:00.000Z',
    );
  });

  it('checks without taking anything in', async () => {
    const before = (await commune.get('/api/v1/dossiers')).json.items.length;

    const report = (await send(csv([HEADING, GOOD]), '?check=true')).json;

    expect(report.rows[0].status).to.equal('ready');
    expect((await commune.get('/api/v1/dossiers')).json.items).to.have.length(before);
  });

  it('fills names and field from the catalogue when the list has only the code', async () => {
    const { store } = bare.gateway.deps.x;
    await store.write((tx) =>
      tx
        .insertInto('catalogue')
        .values({
          kind: 'procedure',
          code: '1.000777',
          level: 'commune',
          name: 'Thủ tục trong danh mục',
          parent: 'L7',
          parent_name: 'Lĩnh vực bảy',
          data: '{}',
          sha256: 'x',
          version: 1,
          changed_at: 1,
          removed_at: null,
        })
        .execute(),
    );

    const report = (
      await send(
        csv(
          [
            ['ma thu tuc', 'ho ten'],
            ['1.000777', 'Lê Văn Thử'],
          ],
          ',',
        ),
      )
    ).json;

    expect(report.accepted, JSON.stringify(report)).to.equal(1);
    const seen = (await commune.get(`/api/v1/dossiers/${report.rows[0].code}`)).json;
    expect(seen.procedureName).to.equal('Thủ tục trong danh mục');
  });

  for (const [what, bytes, code] of [
    [
      'a workbook that unpacks to too much',
      () => xlsx([HEADING], { 'xl/worksheets/sheet2.xml': new Uint8Array(70_000_000) }),
      'SHEET_TOO_LARGE',
    ],
    [
      'a list of too many rows',
      () => csv([HEADING, ...Array.from({ length: 5_001 }, () => GOOD)]),
      'SHEET_TOO_LARGE',
    ],
    ['text in another encoding', () => Buffer.from([0x4d, 0xe3, 0x20, 0x68]), 'SHEET_BAD_ENCODING'],
    [
      'an archive that is no workbook',
      () => Buffer.from(zipSync({ 'a.txt': strToU8('a') })),
      'SHEET_UNREADABLE',
    ],
    ['an old workbook', () => Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), 'SHEET_OLD_EXCEL'],
    ['a list without the column of procedures', () => csv([['Chủ hồ sơ'], ['A']]), 'N.procedureCode'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await send(bytes());

      expect(answer.status).to.equal(400);
      expect(answer.json.errors[0].code).to.equal(code);
    });
  }
});
