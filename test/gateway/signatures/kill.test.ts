import { expect } from 'chai';
import { createToken } from '../../../src/gateway/access/index.ts';
import { loadConfig } from '../../../src/gateway/config.ts';
import { openStore } from '../../../src/gateway/store/index.ts';
import { type GatewayProcess, startGatewayProcess } from '../../e2e/support/gateway-process.ts';
import { attempt, scratch } from '../../signing/test-pki/shared.ts';
import { createApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';
import { draft, letterPdf, SERVICE_PIN, type SigningScene, startSigningScene } from './scene.ts';

describe('a signing job and kill -9', () => {
  let scene: SigningScene;
  let running: GatewayProcess | null = null;
  before(async function () {
    scene = await startSigningScene(this);
  });
  afterEach(() => {
    running?.kill('SIGKILL');
    running = null;
  });
  after(() => scene?.close());

  it('goes on after the restart with what was not signed, and signs nothing twice', async () => {
    const settings = { ...scene.settings, dataDir: temporaryFolder(), port: 0, logLevel: 'silent' };
    const { config } = loadConfig({ env: {}, flags: settings });
    const store = await openStore({ dataDir: config.dataDir, databaseUrl: '', poolSize: 1 });
    const { token } = await createToken(store, AGENCY.district.code, 'officer', Date.now());
    await store.close();
    const form = new FormData();
    form.set('metadata', JSON.stringify({ sign: [{ key: 'tep', profile: 'plain' }] }));
    for (let number = 1; number <= 8; number += 1)
      form.append('file', new Blob([Uint8Array.from(letterPdf(number))]), `vb-${number}.pdf`);
    const doomed = await startGatewayProcess({ ...settings, crashAt: 'C18:4' });
    running = doomed;
    const headers = { prefer: 'respond-async' };
    const taken = await createApi(doomed.url, token).call('POST', '/api/v1/signatures', {
      body: form,
      headers,
    });
    const { id } = taken.json;
    const how = await doomed.ended;
    const reborn = await startGatewayProcess(settings);
    running = reborn;
    const api = createApi(reborn.url, token);
    const before = (await api.get(`/api/v1/signatures/${id}/files`)).json.items;

    const done = await eventually(
      () => api.get(`/api/v1/signatures/${id}`),
      ({ json }) => json.state === 'done',
    );

    const after = (await api.get(`/api/v1/signatures/${id}/files`)).json.items;
    expect(how).to.equal('SIGKILL');
    expect(done.json).to.include({ signed: 8, failed: 0, total: 8 });
    for (const item of before.filter((one: { state: string }) => one.state === 'signed'))
      expect(after[item.seq - 1].signedSha256).to.equal(item.signedSha256);
  });

  it('keeps what leaders signed while the seal waits for its holder, who agrees after the restart', async () => {
    const settings = { ...scene.settings, dataDir: temporaryFolder(), port: 0, logLevel: 'silent' };
    const { config } = loadConfig({ env: {}, flags: settings });
    const store = await openStore({ dataDir: config.dataDir, databaseUrl: '', poolSize: 1 });
    const { token } = await createToken(store, AGENCY.district.code, 'officer', Date.now());
    await store.close();
    const seal = { key: 'dau-tu-xa', profile: 'agency', issue: { number: '7', date: '2026-02-03' } };
    const form = new FormData();
    const metadata = { sign: [{ key: 'tep', profile: 'leader' }, seal], documentCode: '07/QĐ-UBND' };
    form.set('metadata', JSON.stringify(metadata));
    for (const name of ['1.pdf', '2.pdf']) form.append('file', new Blob([Uint8Array.from(draft())]), name);
    const first = await startGatewayProcess(settings);
    running = first;
    const taken = await createApi(first.url, token).call('POST', '/api/v1/signatures', { body: form });
    const { id } = taken.json;
    const waits = (url: string) =>
      eventually(
        () => createApi(url, token).get(`/api/v1/signatures/${id}`),
        ({ json }) => !['waiting', 'running'].includes(json.state),
      );
    expect((await waits(first.url)).json.state).to.equal('consent');

    first.kill('SIGKILL');
    await first.ended;
    const reborn = await startGatewayProcess(settings);
    running = reborn;
    const api = createApi(reborn.url, token);
    for (const state of ['consent', 'done']) {
      await waits(reborn.url);
      await api.postJson(`/api/v1/signatures/${id}/otp`, {});
      const consent = { pin: SERVICE_PIN, otp: scene.service.sentCodes.at(-1)?.code };
      await api.postJson(`/api/v1/signatures/${id}/authorisation`, consent);
      expect((await waits(reborn.url)).json.state).to.equal(state);
    }

    for (const seq of [1, 2]) {
      const answer = await fetch(`${reborn.url}/api/v1/signatures/${id}/files/${seq}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const path = scratch('reborn.pdf', new Uint8Array(await answer.arrayBuffer()));
      expect(attempt('pdfsig', '-nocert', path).output.match(/Signature is Valid/g)).to.have.length(3);
    }
  });
});
