import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  addVxpSystem,
  authenticateSession,
  authenticateToken,
  closeSession,
  createToken,
  findVxpSystem,
  mayActFor,
  openSealer,
  openSession,
  revokeToken,
  SESSION_MS,
  visibleAgencies,
} from '../../../src/gateway/access/index.ts';
import { ConfigError } from '../../../src/gateway/config.ts';
import { onEachEngine } from '../support/engines.ts';
import { temporaryFolder } from '../support/folders.ts';

onEachEngine('access: tokens', (engine) => {
  it('are known by their whole text and kept only as a hash', async () => {
    const { id, token } = await createToken(engine.store(), 'A', 'clerk', 1);

    const principal = await authenticateToken(engine.store().read, token);

    expect(principal).to.deep.equal({ tokenId: id, agency: 'A', role: 'clerk' });
    const rows = JSON.stringify(await engine.store().read.selectFrom('api_tokens').selectAll().execute());
    const secret = token.split('_').at(-1) ?? '';
    expect(secret).to.match(/^[0-9a-f]{64}$/);
    expect(rows).to.not.include(secret);
    expect(rows).to.not.include(token);
  });

  it('are refused when wrong, cut, of another id or revoked', async () => {
    const one = await createToken(engine.store(), 'A', 'clerk', 1);
    const two = await createToken(engine.store(), 'B', 'clerk', 1);
    const { read } = engine.store();
    const mixed = `${two.token.slice(0, -64)}${one.token.slice(-64)}`;
    const flipped = `${one.token.slice(0, -1)}${one.token.endsWith('0') ? '1' : '0'}`;

    for (const token of [
      '',
      'lt_',
      mixed,
      flipped,
      one.token.slice(0, -1),
      `${one.token}0`,
      one.token.toUpperCase(),
    ]) {
      expect(await authenticateToken(read, token), token).to.equal(null);
    }
    expect(await revokeToken(engine.store(), one.id, 2)).to.equal(true);
    expect(await revokeToken(engine.store(), one.id, 3)).to.equal(false);
    expect(await authenticateToken(read, one.token)).to.equal(null);
    expect(await authenticateToken(read, two.token)).to.include({ agency: 'B' });
  });

  it('open sessions that end by time, by leaving, and with the token', async () => {
    const store = engine.store();
    const { id, token } = await createToken(store, 'A', 'officer', 1);
    const principal = { tokenId: id, agency: 'A', role: 'officer' as const };
    const [first, second] = [
      await openSession(store, principal, 1_000),
      await openSession(store, principal, 1_000),
    ];

    expect(await authenticateSession(store, first, 1_000 + SESSION_MS - 1)).to.deep.equal(principal);
    expect(await authenticateSession(store, first, 1_000 + SESSION_MS)).to.equal(null);
    await closeSession(store, first);
    expect(await authenticateSession(store, first, 2_000)).to.equal(null);
    expect(await authenticateSession(store, second, 2_000)).to.deep.equal(principal);
    await revokeToken(store, id, 3_000);
    expect(await authenticateSession(store, second, 3_000)).to.equal(null);
    const rows = JSON.stringify(await store.read.selectFrom('sessions').selectAll().execute());
    expect(rows).to.not.include(second).and.not.include(token);
  });

  it('are forgotten as sessions when their time is over', async () => {
    const store = engine.store();
    const { id } = await createToken(store, 'A', 'clerk', 1);
    const principal = { tokenId: id, agency: 'A', role: 'clerk' as const };
    await openSession(store, principal, 1_000);

    await openSession(store, principal, 1_001 + SESSION_MS);

    const rows = await store.read.selectFrom('sessions').selectAll().where('token_id', '=', id).execute();
    expect(rows).to.have.length(1);
  });

  it('of document systems keep their secret sealed', async () => {
    const sealer = openSealer(temporaryFolder());
    const system = { id: 'qlvb', secret: 'khoa-bi-mat-0123456789', agencies: ['A', 'B'] };

    await addVxpSystem(engine.store(), sealer, system, 1);
    await addVxpSystem(engine.store(), sealer, { ...system, agencies: ['A'] }, 2);

    expect(await findVxpSystem(engine.store().read, sealer, 'qlvb')).to.deep.equal({
      ...system,
      agencies: ['A'],
    });
    expect(await findVxpSystem(engine.store().read, sealer, 'khac')).to.equal(null);
    const rows = JSON.stringify(await engine.store().read.selectFrom('vxp_systems').selectAll().execute());
    expect(rows).to.not.include(system.secret);
  });
});

describe('access: what a role may', () => {
  it('see and do', () => {
    const as = (role: 'clerk' | 'auditor' | 'operator') => ({ tokenId: 't', agency: 'A', role });

    expect(visibleAgencies(as('clerk'))).to.deep.equal(['A']);
    expect(visibleAgencies(as('auditor'))).to.equal(null);
    expect(visibleAgencies(as('operator'))).to.equal(null);
    expect(mayActFor(as('clerk'), 'A')).to.equal(true);
    expect(mayActFor(as('clerk'), 'B')).to.equal(false);
    expect(mayActFor(as('operator'), 'B')).to.equal(false);
    expect(mayActFor(as('auditor'), 'A')).to.equal(false);
  });
});

describe('access: sealing', () => {
  it('opens what it sealed, in its own place only', () => {
    const sealer = openSealer(temporaryFolder());
    const sealed = sealer.seal('Nguyễn Văn An', 'dossier:1');

    expect(sealer.open(sealed, 'dossier:1')).to.equal('Nguyễn Văn An');
    expect(sealed).to.not.equal(sealer.seal('Nguyễn Văn An', 'dossier:1'));
    expect(() => sealer.open(sealed, 'dossier:2')).to.throw();
    const bytes = Buffer.from(sealed, 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const forged = Buffer.from(bytes);
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect(() => sealer.open(forged.toString('base64'), 'dossier:1'), `byte ${at}`).to.throw();
    }
    expect(() => sealer.open('', 'dossier:1')).to.throw();
  });

  it('keeps its key beside the database, for its owner alone, and uses it again', () => {
    const folder = temporaryFolder();
    const sealed = openSealer(folder).seal('x', 'c');

    expect(openSealer(folder).open(sealed, 'c')).to.equal('x');
    expect(readFileSync(join(folder, 'keys', 'sealing.key'), 'utf8').trim()).to.match(/^[0-9a-f]{64}$/);
    expect(() => openSealer(temporaryFolder()).open(sealed, 'c')).to.throw();
  });

  it('refuses a key file that is cut short', async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'keys'));
    writeFileSync(join(folder, 'keys', 'sealing.key'), 'abcd\n');

    expect(() => openSealer(folder)).to.throw(ConfigError, 'sealing.key');
  });

  it('has one key when several processes start at the same time', async () => {
    const folder = temporaryFolder();
    const child = new URL('../support/sealing-child.ts', import.meta.url);

    const signed = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const running = fork(child, [folder], { execArgv: process.execArgv });
        const [signature] = (await once(running, 'message')) as [string];
        return signature;
      }),
    );

    expect(new Set(signed).size).to.equal(1);
  });

  it('signs addresses so that no other text or key fits', () => {
    const sealer = openSealer(temporaryFolder());
    const signature = sealer.sign('claim:a:1');

    expect(sealer.isSignature('claim:a:1', signature)).to.equal(true);
    expect(sealer.isSignature('claim:a:2', signature)).to.equal(false);
    expect(sealer.isSignature('claim:a:1', '')).to.equal(false);
    expect(openSealer(temporaryFolder()).isSignature('claim:a:1', signature)).to.equal(false);
  });
});
