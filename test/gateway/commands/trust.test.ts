import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { crl, crlEntry, issue, serialOf } from '../../signing/x509/authority.ts';
import { certificatePem, crlPem, crlPoint, serve, startWebServer } from '../pki/authority-server.ts';
import { type CliHost, type Run, startCliHost } from '../support/cli.ts';
import { temporaryFolder } from '../support/folders.ts';

const HOUR = 3_600_000;

describe('trust on the command line', function trust() {
  let host: CliHost;
  const run: Run = (args, env) => host.run(args, env);
  before(() => {
    host = startCliHost();
  });
  after(() => host.close());

  const now = Date.now();
  const span = { notBefore: new Date(now - HOUR), notAfter: new Date(now + 90 * 24 * HOUR) };
  const anchor = issue('Gốc', null, { ca: true, ...span });
  const sha256 = createHash('sha256').update(anchor.der).digest('hex');

  it('imports, lists, shows and removes; 1 with the reason for what nobody vouches for, 65 for no certificate', async () => {
    const data = temporaryFolder();
    const file = join(data, 'goc.pem');
    await writeFile(file, certificatePem(anchor.der));
    const junk = join(data, 'junk');
    await writeFile(junk, 'không phải chứng thư');
    const on = ['--data', data, '--json'];
    const typed = ['--fingerprint', sha256, '--set', 'test', '--by', 'An', '--note', 'CV 12'];

    const unpinned = await run(['trust', 'import', file, '--set', 'test', ...on]);
    const unreadable = await run(['trust', 'import', junk, ...typed, ...on]);
    const imported = await run(['trust', 'import', file, ...typed, ...on]);
    const listed = await run(['trust', 'list', ...on]);
    const sets = await run(['trust', 'sets', ...on]);
    const removed = await run(['trust', 'remove', sha256, '--by', 'Bình', ...on]);
    const gone = await run(['trust', 'show', sha256, ...on]);

    expect([unpinned, unreadable, imported, listed, removed, gone].map(({ code }) => code)).to.deep.equal([
      1, 65, 0, 0, 0, 1,
    ]);
    expect(unpinned.stderr).to.include('TRUST_NOT_PINNED').and.include('--fingerprint');
    expect(imported.stderr).to.include('LIENTHONG_TRUST_SETS');
    expect(listed.json().certificates[0]).to.include({
      set: 'test',
      how: 'confirmed',
      by: 'An',
      note: 'CV 12',
      expiry: 'ok',
    });
    expect(sets.json().sets.find((set: { name: string }) => set.name === 'test')).to.include({
      roots: 1,
      inUse: false,
    });
  });

  it('validates against a CRL fetched from an allowed host, and says why when the host is not allowed', async () => {
    const server = await startWebServer();
    const data = temporaryFolder();
    const leaf = issue('Signer', anchor, { ...span, extensions: [crlPoint(`${server.url}/goc.crl`)] });
    const list = (entries: Uint8Array[]) =>
      crlPem(crl(anchor, { thisUpdate: new Date(now - HOUR), nextUpdate: new Date(now + HOUR), entries }));
    await writeFile(join(data, 'leaf.crt'), leaf.der);
    await writeFile(join(data, 'goc.crt'), anchor.der);
    const validate = (env: Record<string, string>, ...more: string[]) =>
      run(
        [
          'certs',
          'validate',
          '--target',
          join(data, 'leaf.crt'),
          '--trust',
          join(data, 'goc.crt'),
          '--json',
          ...more,
        ],
        env,
      );
    const allowed = { LIENTHONG_PKI_HOSTS: server.host, LIENTHONG_PKI_PRIVATE_ADDRESSES: '127.0.0.1' };
    server.on('/goc.crl', serve(list([])));

    const good = await validate(allowed);
    const offline = await validate(allowed, '--offline');
    const unknownHost = await validate({});
    const privateHost = await validate({ LIENTHONG_PKI_HOSTS: server.host });
    server.on('/goc.crl', serve(list([crlEntry(serialOf(leaf), new Date(now - HOUR))])));
    const revoked = await validate({ ...allowed });

    expect(good.json()).to.include({ valid: true });
    expect(offline.json()).to.include({ valid: false, reason: 'REVOCATION_UNKNOWN' });
    expect(unknownHost.json().detail).to.include('not among LIENTHONG_PKI_HOSTS');
    expect(privateHost.json().detail).to.include('private address');
    expect(revoked.json()).to.include({ valid: false, reason: 'REVOKED' });
    await server.close();
  });

  it('refuses settings that would open the way out by mistake', async () => {
    const wrong = await run(['config', 'check'], {
      LIENTHONG_PKI_HOSTS: '*',
      LIENTHONG_PKI_PRIVATE_ADDRESSES: '10.0.0.0/40',
    });

    expect(wrong.code).to.equal(78);
    expect(wrong.stderr).to.include('LIENTHONG_PKI_HOSTS').and.include('LIENTHONG_PKI_PRIVATE_ADDRESSES');
  });
});
