import { expect } from 'chai';
import { testDatabaseUrl } from '../../support/services.ts';
import type { Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { dossierRequest } from '../support/dossier.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY } from '../support/messages.ts';

/** Numbers of the codes in the answers that were taken, ascending. */
function numbersOf(answers: readonly { status: number; json: { code?: string } }[]): number[] {
  return answers
    .filter((answer) => answer.status === 202)
    .map((answer) => Number(answer.json.code?.split('-').at(-1)))
    .sort((a, b) => a - b);
}

function suite(databaseUrl: () => string, processes: number): void {
  const gateways: BareGateway[] = [];
  const apis: Api[] = [];
  before(async function start() {
    const dataDir = temporaryFolder();
    for (let index = 0; index < processes; index += 1) {
      const gateway = await startBareGateway({ dataDir, databaseUrl: databaseUrl() });
      gateways.push(gateway);
      apis.push(await gateway.as(AGENCY.commune));
    }
  });
  after(async () => {
    for (const gateway of gateways) await gateway.close();
  });

  it('numbers dossiers 1, 2, 3 … though many come at once and some are refused after they had a number', async () => {
    const post = (index: number, more: Record<string, unknown> = {}) =>
      (apis[index % processes] as Api).postJson('/api/v1/dossiers', dossierRequest(more));
    // A due date before reception is found only when the message, code and all, is checked.
    const bad = { receivedAt: '2026-11-20T08:00:00+07:00', dueAt: '2026-11-01T08:00:00+07:00' };

    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => post(index, index % 4 === 1 ? bad : {})),
    );

    expect(answers.filter((answer) => answer.status === 422)).to.have.length(6);
    expect(numbersOf(answers)).to.deep.equal(Array.from({ length: 18 }, (_, index) => index + 1));
  });

  it('passes over a number that the agency gave out by itself', async () => {
    const api = apis[0] as Api;
    const first = (await api.postJson('/api/v1/dossiers', dossierRequest())).json.code as string;
    const [agency, day, number = ''] = first.split('-');
    const own = `${agency}-${day}-${String(Number(number) + 1).padStart(4, '0')}`;
    expect((await api.postJson('/api/v1/dossiers', dossierRequest({ code: own }))).status).to.equal(202);

    const next = (await api.postJson('/api/v1/dossiers', dossierRequest())).json.code as string;

    expect(Number(next.split('-').at(-1))).to.equal(Number(number) + 2);
  });

  it('lets one of two conflicting moves at the same instant win, and tells the other why', async () => {
    const { code } = (await (apis[0] as Api).postJson('/api/v1/dossiers', dossierRequest())).json;
    const steps = [
      { state: 8, handler: 'Một', content: 'Dừng xử lý' },
      { state: 9, handler: 'Hai', content: 'Xong' },
    ];

    const answers = await Promise.all(
      steps.map((step, index) =>
        (apis[index % processes] as Api).postJson(`/api/v1/dossiers/${code}/progress`, step),
      ),
    );

    expect(answers.map((answer) => answer.status).sort()).to.deep.equal([202, 409]);
    const loser = answers.find((answer) => answer.status === 409);
    expect(loser?.json.code).to.equal('DOSSIER_MOVE_NOT_ALLOWED');
    const winner = answers[0]?.status === 202 ? 8 : 9;
    expect((await (apis[0] as Api).get(`/api/v1/dossiers/${code}`)).json.state).to.equal(winner);
  });
}

describe('dossier codes and moves on SQLite', () => suite(() => '', 1));
describe('dossier codes and moves on PostgreSQL', () => {
  const databaseUrl = testDatabaseUrl();
  // A suite of its own: its gateways are closed before the database goes.
  describe('with two gateways', () => suite(databaseUrl, 2));
});
