import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { PDFDocument } from 'pdf-lib';
import type { TestPki } from '../../../src/signing/index.ts';
import { createApi } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { type CliHost, type Run, runAlone, startCliHost } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { fileBelow, temporaryFolder } from '../support/folders.ts';
import { AGENCY, letter, sha256, wire } from '../support/messages.ts';
import { testPki } from '../support/world.ts';

describe('command line', () => {
  let folder = '';
  let host: CliHost;
  const runCli: Run = (args, env) => host.run(args, env);
  before(() => {
    folder = temporaryFolder();
    host = startCliHost();
  });
  after(() => host.close());

  const file = async (name: string, content: string | Uint8Array) => fileBelow(folder, name, content);

  describe('in general', () => {
    it('ends 0 for help, 64 for what it does not know and 78 for wrong settings', async () => {
      const [help, unknown, option, missing, settings] = await Promise.all([
        runAlone(['--help']),
        runAlone(['khong-co']),
        runCli(['edxml', 'check', 'x', '--la']),
        runCli(['tokens', 'create', '--agency', 'A']),
        runCli(['config', 'check'], { LIENTHONG_PORT: 'x' }),
      ]);

      const codes = [help, unknown, option, missing, settings].map((result) => result.code);
      expect(codes).to.deep.equal([0, 64, 64, 64, 78]);
      expect(settings.stderr).to.include('LIENTHONG_PORT');
      for (const result of [unknown, option, missing, settings]) expect(result.stdout).to.equal('');
    });

    it('prints every setting with --json as one object, secrets masked', async () => {
      const result = await runCli(['config', 'check', '--json'], { LIENTHONG_JUDICIAL_AUTH_KEY: 'BI-MAT' });

      expect(result.code).to.equal(0);
      expect(result.json().settings.length).to.be.greaterThan(30);
      expect(result.stdout).to.not.include('BI-MAT');
    });
  });

  describe('edxml', () => {
    it('check: one JSON object and 0 for a valid package, every fault and 1 for a faulty one, 65 for no file', async () => {
      const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'a.txt', bytes: Buffer.from('a') }]);
      const faulty = bytes.toString().replace(/<([A-Za-z]*:?)Subject>[^<]*</, '<$1Subject><');

      const [good, bad, noXml, nothing] = await Promise.all([
        file('a.edxml', bytes).then((path) => runCli(['edxml', 'check', path, '--json'])),
        file('b.edxml', faulty).then((path) => runCli(['edxml', 'check', path, '--json'])),
        file('c.edxml', 'không phải XML').then((path) => runCli(['edxml', 'check', path, '--json'])),
        runCli(['edxml', 'check', join(folder, 'khong-co.edxml'), '--json']),
      ]);

      expect([good, bad, noXml, nothing].map((result) => result.code)).to.deep.equal([0, 1, 1, 65]);
      expect(good.json()).to.deep.include({ wellFormed: true, valid: true, kind: 'document', errors: [] });
      expect(bad.json()).to.deep.include({ wellFormed: true, valid: false });
      expect(
        bad
          .json()
          .errors.map((fault: { code: string }) => fault.code)
          .join(),
      ).to.include('Subject');
      expect(noXml.json()).to.deep.include({ wellFormed: false, valid: false, kind: null });
    });

    it('parse and build are a round trip: the same message, the same files', async () => {
      const content = Buffer.from('nội dung tệp đính kèm');
      const bytes = await wire(letter([AGENCY.commune.code, AGENCY.ministry.code]), [
        { name: 'công văn.txt', bytes: content },
      ]);
      const package_ = await file('goc.edxml', bytes);
      const outDir = join(folder, 'tep');
      const first = await runCli(['edxml', 'parse', package_, '--out-dir', outDir, '--json']);
      const meta = await file('meta.json', first.stdout);
      const rebuilt = join(folder, 'lai.edxml');

      const built = await runCli([
        'edxml',
        'build',
        meta,
        '--attach',
        join(outDir, 'công văn.txt'),
        '--out',
        rebuilt,
        '--json',
      ]);
      const second = await runCli(['edxml', 'parse', rebuilt, '--json']);

      expect([first.code, built.code, second.code], built.stderr).to.deep.equal([0, 0, 0]);
      expect(sha256(await readFile(join(outDir, 'công văn.txt')))).to.equal(sha256(content));
      expect(second.json()).to.deep.equal(first.json());
      expect(built.json()).to.include({ out: rebuilt });
    });

    it('build: 65 for what is no message, and no half file', async () => {
      const [noJson, noKind, noFields] = await Promise.all([
        file('x.json', '{').then((path) => runCli(['edxml', 'build', path, '--out', join(folder, 'x')])),
        file('y.json', '{}').then((path) => runCli(['edxml', 'build', path, '--out', join(folder, 'y')])),
        file('z.json', '{"kind":"document"}').then((path) =>
          runCli(['edxml', 'build', path, '--out', join(folder, 'z')]),
        ),
      ]);

      expect([noJson, noKind, noFields].map((result) => result.code)).to.deep.equal([65, 65, 65]);
      for (const name of ['x', 'y', 'z']) {
        const cause = await readFile(join(folder, name)).catch((error: { code: string }) => error.code);
        expect(cause).to.equal('ENOENT');
      }
    });

    it('parse: names from a package never leave the folder', async () => {
      const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'x.txt', bytes: Buffer.from('x') }]);
      const evil = bytes.toString().replaceAll('x.txt', '../../thoat.txt');

      const result = await runCli([
        'edxml',
        'parse',
        await file('evil.edxml', evil),
        '--out-dir',
        join(folder, 'trong'),
        '--json',
      ]);

      const outside = await readFile(join(folder, '..', 'thoat.txt')).catch(
        (error: { code: string }) => error.code,
      );
      expect(outside).to.equal('ENOENT');
      if (result.code === 0)
        expect((await readFile(join(folder, 'trong', 'thoat.txt'))).toString()).to.equal('x');
    });
  });

  describe('sign and verify', () => {
    let pki: TestPki;
    before(async () => {
      pki = await testPki();
    });

    const trust = (): string[] => [
      '--trust',
      pki.trustDirectory,
      '--intermediates',
      pki.intermediatesDirectory,
      '--crl',
      pki.crlDirectory,
    ];
    const key = (id: string): string[] => [
      '--key',
      pki.identities[id]?.pkcs12Path ?? '',
      '--pass-file',
      pki.identities[id]?.passphrasePath ?? '',
    ];

    async function pdf(): Promise<string> {
      const document = await PDFDocument.create();
      document.addPage();
      return file('van-ban.pdf', await document.save());
    }

    it('a PDF: 0 when it passes, 1 when a byte was changed, 2 without trust, 3 without a signature, 65 for no such file', async () => {
      const source = await pdf();
      const out = join(folder, 'da-ky.pdf');
      const signed = await runCli([
        'sign',
        source,
        ...key('agency'),
        '--out',
        out,
        '--crl',
        pki.crlDirectory,
        '--json',
      ]);
      expect(signed.code, signed.stderr).to.equal(0);
      const bytes = await readFile(out);
      bytes[7] = bytes[7] === 0x37 ? 0x36 : 0x37;
      const changed = await file('sua.pdf', bytes);

      const results = await Promise.all([
        runCli(['verify', out, ...trust(), '--offline', '--json']),
        runCli(['verify', changed, ...trust(), '--offline', '--json']),
        runCli(['verify', out, '--offline', '--json']),
        runCli(['verify', source, ...trust(), '--offline', '--json']),
        runCli(['verify', join(folder, 'khong-co.pdf'), ...trust(), '--json']),
      ]);

      expect(results.map((result) => result.code)).to.deep.equal([0, 1, 2, 3, 65]);
      expect(results.slice(0, 4).map((result) => result.json().verdict)).to.deep.equal([
        'TOTAL-PASSED',
        'TOTAL-FAILED',
        'INDETERMINATE',
        'NO-SIGNATURE',
      ]);
      expect(results[0]?.json().signatures).to.have.length(1);
      expect(results[4]?.stdout).to.equal('');
      expect(signed.json()).to.include({ out, format: 'pades' });
    });

    it('an XML document', async () => {
      const source = await file('to-khai.xml', '<hoSo><ma>1</ma></hoSo>');
      const out = join(folder, 'da-ky.xml');

      const signed = await runCli([
        'sign',
        source,
        ...key('agency'),
        '--format',
        'xades',
        '--out',
        out,
        '--crl',
        pki.crlDirectory,
        '--json',
      ]);
      const verified = await runCli(['verify', out, ...trust(), '--offline', '--json']);

      expect(signed.code, signed.stderr).to.equal(0);
      expect(verified.code, verified.stdout).to.equal(0);
      expect(verified.json()).to.include({ format: 'XML', verdict: 'TOTAL-PASSED' });
    });

    it('several files: a line each, the worst code, and one that is not there stops no other', async () => {
      const source = await pdf();
      const list = await file(
        'danh-sach.jsonl',
        [source, join(folder, 'khong-co.pdf'), source]
          .map((path) => JSON.stringify({ file: path }))
          .join('\n'),
      );

      const result = await runCli(['verify', '--batch', list, '--offline', '--json']);

      const lines = result.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { verdict: string | null });
      expect(lines.map((line) => line.verdict)).to.deep.equal(['NO-SIGNATURE', null, 'NO-SIGNATURE']);
      expect(result.code).to.equal(65);
    });

    it('refuses a wrong passphrase, a revoked signer and a time that is none, and writes nothing', async () => {
      const source = await pdf();
      const out = join(folder, 'khong-ky.pdf');
      const wrong = await file('sai.pass', 'sai');
      const p12 = pki.identities['agency']?.pkcs12Path ?? '';

      const results = await Promise.all([
        runCli(['sign', source, '--key', p12, '--pass-file', wrong, '--out', out, '--crl', pki.crlDirectory]),
        runCli(['sign', source, ...key('revoked'), '--out', out, '--crl', pki.crlDirectory]),
        runCli(['verify', source, '--at', 'hôm qua', '--json']),
      ]);

      expect(results[0]?.stderr).to.include('KEY_WRONG_PASSPHRASE');
      expect(results[1]?.stderr).to.include('SIGNER_REVOKED');
      expect(
        results.map((result) => result.code).every((code) => code >= 64),
        String(results.map((one) => one.code)),
      ).to.equal(true);
      expect(results[2]?.code).to.equal(64);
      expect(await readFile(out).catch((error: { code: string }) => error.code)).to.equal('ENOENT');
    });
  });

  describe('beside a running gateway', () => {
    let bare: BareGateway;
    before(async () => {
      bare = await startBareGateway();
    });
    after(() => bare.close());

    const run = (...args: string[]) => runCli([...args, '--data', bare.dataDir, '--json']);

    it('adds agencies and tokens that hold at once, and takes tokens back', async () => {
      const added = await run(
        'agencies',
        'add',
        '--code',
        '000.00.44.H99',
        '--name',
        'Sở Mới',
        '--other-code',
        'H99.44',
      );
      const made = await run('tokens', 'create', '--agency', 'H99.44', '--role', 'clerk');
      const { id, token, agency } = made.json();
      const api = createApi(bare.gateway.url, token);
      const before_ = (await api.get('/api/v1/packages')).status;

      const revoked = await run('tokens', 'revoke', id);
      const again = await run('tokens', 'revoke', id);

      expect([added.code, made.code, revoked.code, again.code]).to.deep.equal([0, 0, 0, 1]);
      expect(agency).to.equal('000.00.44.H99');
      expect(before_).to.equal(200);
      expect((await api.get('/api/v1/packages')).status).to.equal(401);
      expect(revoked.json()).to.deep.equal({ id, revoked: true });
      expect((await run('tokens', 'create', '--agency', 'KHONG.CO', '--role', 'clerk')).code).to.equal(64);
    });

    it('imports a directory whole or not at all', async () => {
      const good = await file(
        'danh-muc.tsv',
        '\uFEFF000.00.51.H99\tSở Một\tH99.51\r\n000.00.52.H99\tSở Hai\n\n',
      );
      const bad = await file('sai.tsv', '000.00.53.H99\tSở Ba\nkhông phải mã\n');

      const imported = await run('agencies', 'import', good);
      const refused = await run('agencies', 'import', bad);

      expect(imported.json()).to.deep.equal({ imported: 2 });
      expect(refused.code).to.equal(65);
      expect(refused.stderr).to.include('2');
      const codes = (await run('agencies', 'list')).json().agencies.map((one: { code: string }) => one.code);
      expect(codes).to.include.members(['000.00.51.H99', '000.00.52.H99']);
      expect(codes).to.not.include('000.00.53.H99');
    });

    it('adds a document system, but not with a short secret', async () => {
      const long = await file('dai.txt', 'khoa-bi-mat-du-dai-0123456789\n');
      const short = await file('ngan.txt', 'ngan');

      const add = (id: string, agency: string, secret: string) =>
        run('systems', 'add', '--id', id, '--agency', agency, '--secret-file', secret);
      const added = await add('qlvb', AGENCY.commune.code, long);
      const foreign = await add('qlvb', '000.00.77.H99', long);
      const refused = await add('qlvb2', AGENCY.commune.code, short);

      expect(added.json()).to.deep.equal({ id: 'qlvb', agencies: [AGENCY.commune.code], unknown: [] });
      expect(added.stderr).to.equal('');
      expect(foreign.json()).to.deep.include({ unknown: ['000.00.77.H99'] });
      expect(foreign.stderr).to.include('000.00.77.H99').and.include('agencies add');
      expect(refused.code).to.equal(64);
      expect(`${added.stdout}${added.stderr}`).to.not.include('khoa-bi-mat');
    });

    it('explains where a document would go, and why a package is where it is', async () => {
      const district = await bare.as(AGENCY.district);
      const { packageId } = (await district.postXml(await wire(letter([AGENCY.commune.code])))).json;
      await eventually(
        () => district.package(packageId),
        (seen) => seen.deliveries[0]?.state === 'available',
      );

      const route = await run(
        'route',
        'explain',
        '--to',
        AGENCY.commune.code,
        '--to',
        AGENCY.ministry.code,
        '--to',
        'KHONG.CO',
      );
      const why = await run('why', packageId);
      const nothing = await run('why', 'pkg_khong_co');
      const { documentId, deliveries } = await district.package(packageId);
      const byDocument = await run('why', documentId);
      const byNumber = await run('why', documentId.split(',')[2] ?? '');
      const byDelivery = await run('why', deliveries[0]?.deliveryId ?? '');

      expect(route.code).to.equal(1);
      expect(route.json().routes.map((one: { ok: boolean }) => one.ok)).to.deep.equal([true, false, false]);
      expect(why.json()).to.deep.include({ packageId, state: 'delivered' });
      expect(why.json().deliveries[0]).to.include({ recipient: AGENCY.commune.code, state: 'available' });
      expect(nothing.code).to.equal(1);
      expect(why.json().deliveries[0].becauseEn).to.include('in the inbox');
      for (const one of [byDocument, byNumber, byDelivery]) expect(one.json()).to.include({ packageId });
    });

    it('says in words that the port is taken', async () => {
      const { port } = new URL(bare.gateway.url);

      const result = await runAlone(['serve', '--data', temporaryFolder(), '--port', port]);

      expect(result.code).to.equal(69);
      expect(result.stderr).to.include('Không mở được cổng').and.not.include('    at ');
    });
  });
});
