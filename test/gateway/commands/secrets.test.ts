import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startVnpost } from '../../../src/connectors/index.ts';
import { acceptedId } from '../support/api.ts';
import { startBareGateway } from '../support/bare.ts';
import { type CliHost, startCliHost } from '../support/cli.ts';
import { submitDossier } from '../support/dossier.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';

const SECRET = 'khoa-buu-dien-0123456789';

describe('command line: secrets of counterparties', () => {
  let host: CliHost;
  const data = temporaryFolder();
  before(() => {
    host = startCliHost();
  });
  after(() => host.close());

  it('seals a secret so that only this gateway can use it, and the counterparty is reached with it', async () => {
    const file = join(data, 'khoa');
    writeFileSync(file, `${SECRET}\n`);
    const post = await startVnpost({ customerCode: 'H99', apiKey: SECRET });
    const run = (...args: string[]) => host.run(['secrets', 'seal', ...args, '--json']);

    const sealed = await run('--data', data, '--secret-file', file);
    const { sealed: text } = sealed.json() as { sealed: string };
    const entry = { system: 'vnpost', baseUrl: post.url, customerCode: 'H99', apiKey: { sealed: text } };
    writeFileSync(join(data, 'systems.json'), JSON.stringify([entry]));
    const bare = await startBareGateway({ dataDir: data, pollSeconds: 0.1 });
    try {
      const commune = await bare.as(AGENCY.commune);
      const { code } = await submitDossier(commune);
      const party = { name: 'A', phone: '0912345678', address: 'Mẫu', provinceCode: '72' };
      const order = { orderNumber: 'VD-1', direction: 2, sender: party, receiver: party };
      acceptedId(await commune.postJson(`/api/v1/dossiers/${code}/postal-orders`, order));
      await eventually(
        () => post.ledger.entries(),
        (entries) => entries.length === 1,
      );
    } finally {
      await bare.close();
      await post.close();
    }

    expect(sealed.code).to.equal(0);
    expect(text).not.to.include(SECRET);
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, 'systems.json'), JSON.stringify([entry]));
    const other = await startBareGateway({ dataDir: elsewhere }).then(
      async (gateway) => {
        await gateway.close();
        return null;
      },
      (cause: unknown) => cause,
    );
    expect(other).to.be.instanceOf(Error);
  });

  it('says what is wrong with an empty or absent secret, without a word of it', async () => {
    const empty = join(data, 'rong');
    writeFileSync(empty, '\n');

    const answers = [
      await host.run(['secrets', 'seal', '--data', data, '--secret-file', empty]),
      await host.run(['secrets', 'seal', '--data', data, '--secret-file', join(data, 'khong-co')]),
    ];

    expect(answers.map(({ code }) => code)).to.deep.equal([64, 64]);
    expect(answers[1]?.stderr).to.include('ENOENT');
  });
});
