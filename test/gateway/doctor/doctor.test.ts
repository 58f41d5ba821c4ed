import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../../src/gateway/config.ts';
import { examine, type Finding } from '../../../src/gateway/doctor/index.ts';
import { checkNode, clockFinding } from '../../../src/gateway/doctor/machine.ts';
import { expiryFinding } from '../../../src/gateway/doctor/trust.ts';
import { importCertificates } from '../../../src/gateway/trust/index.ts';
import { describeCertificate } from '../../../src/signing/index.ts';
import { issue } from '../../signing/x509/authority.ts';
import { startWebServer } from '../pki/authority-server.ts';

const DAY = 86_400_000;

describe('doctor', function doctor() {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'lt-doctor-'));
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  async function found(settings: Record<string, unknown> = {}): Promise<Map<string, Finding>> {
    const { config } = loadConfig({ env: {}, flags: { dataDir: data, ...settings } });
    const findings = await examine(config, Date.now());
    return new Map(findings.map((finding) => [finding.check, finding]));
  }

  const level = (findings: Map<string, Finding>, check: string) => findings.get(check)?.level ?? null;

  it('tells a new operator what is missing: anchors, keys, counterparties', async () => {
    const findings = await found();

    expect(level(findings, 'trust.anchors')).to.equal('fail');
    expect(findings.get('trust.anchors')?.vi).to.include('lienthong trust import');
    expect(level(findings, 'keys')).to.equal('warn');
    expect(level(findings, 'counterparty')).to.equal('warn');
    expect(['node', 'disk', 'database', 'broker'].map((check) => level(findings, check))).to.deep.equal(
      Array.from({ length: 4 }, () => 'ok'),
    );
  });

  it('is content with an anchor that holds, and warns of one about to end and of an altered log', async () => {
    const span = (days: number) => ({
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + days * DAY),
    });
    const trust = join(data, 'trust');
    const take = (der: Uint8Array) =>
      importCertificates(trust, {
        bytes: der,
        set: 'public-ca',
        fingerprint: describeCertificate(der).sha256,
        by: 'an',
        now: new Date(),
      });
    await take(issue('Lâu dài', null, { ca: true, ...span(400) }).der);
    const before = await found();
    await take(issue('Sắp hết', null, { ca: true, ...span(5) }).der);
    await writeFile(join(trust, 'changes.jsonl'), '{"action":"removed"}\n');
    const after = await found();

    expect([
      level(before, 'trust.anchors'),
      level(before, 'trust.expiry'),
      level(before, 'trust.log'),
    ]).to.deep.equal(['ok', null, null]);
    expect([level(after, 'trust.expiry'), level(after, 'trust.log')]).to.deep.equal(['warn', 'fail']);
  });

  it('tries what is around: a broker nobody runs, a port that is no broker, a counterparty with another clock', async () => {
    const server = await startWebServer();
    server.on(
      '/',
      (res) => void res.writeHead(404, { date: new Date(Date.now() - 3_600_000).toUTCString() }).end(),
    );
    const vxp = { vxpUrl: `${server.url}/XrdAdapter/adapter`, vxpSystemId: 'A', vxpSecret: 'secret' };
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const findings = await found({ ...vxp, amqpUrl: `amqp://guest:BI-MAT@127.0.0.1:${port}` });
    const gone = await found({ ...vxp, vxpUrl: `http://127.0.0.1:${port}/x` });

    expect(level(findings, 'broker')).to.equal('fail');
    expect(JSON.stringify([...findings.values()])).to.not.include('BI-MAT');
    expect(level(findings, 'counterparty.vxp')).to.equal('ok');
    expect(level(findings, 'clock')).to.equal('fail');
    expect(level(gone, 'counterparty.vxp')).to.equal('fail');
    await server.close();
  });

  it('finds keys that do not open, and a data folder open to others', async () => {
    await mkdir(join(data, 'keys'));
    await writeFile(
      join(data, 'keys', 'keys.json'),
      JSON.stringify([
        { id: 'dau', p12: 'a.p12', passFile: 'a.pass' },
        { id: 'mat-anh', profiles: ['agency'], imagePng: 'khong-co.png' },
      ]),
    );
    await writeFile(join(data, 'keys', 'a.p12'), 'not a key');
    await writeFile(join(data, 'keys', 'a.pass'), 'x');
    await chmod(data, 0o755);
    const findings = await found();

    expect(level(findings, 'keys.dau')).to.equal('fail');
    expect(level(findings, 'keys.mat-anh.image')).to.equal('fail');
    expect(level(findings, 'disk.rights')).to.equal('warn');
  });

  it('judges versions, clocks and ends of certificates', () => {
    expect(
      ['v18.20.0', 'v20.18.1', 'v20.19.0', 'v24.1.0'].map((version) => checkNode(version).level),
    ).to.deep.equal(['fail', 'fail', 'ok', 'ok']);
    expect([0, -29_000, 31_000, -250_000].map((off) => clockFinding(off, 'x').level)).to.deep.equal([
      'ok',
      'ok',
      'warn',
      'fail',
    ]);
    expect(expiryFinding('c', 'n', 100 * DAY, 0)).to.equal(null);
    expect(expiryFinding('c', 'n', 20 * DAY, 0)?.level).to.equal('warn');
    expect(expiryFinding('c', 'n', 0, DAY)?.level).to.equal('fail');
  });
});
