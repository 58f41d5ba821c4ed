/** The character U+0000, which PostgreSQL does not hold: whoever sends it is told so, by every way in and on either store. */
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { formatVxpTimestamp } from '../../../src/connectors/index.ts';
import { addVxpSystem } from '../../../src/gateway/access/index.ts';
import { testDatabaseUrl } from '../../support/services.ts';
import type { Api } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { AGENCY } from '../support/messages.ts';

const SYSTEM = 'vxp.nul.01';
const SECRET = 'bXUgdmE=';

function suite(databaseUrl: () => string): void {
  let bare: BareGateway;
  let commune: Api;
  before(async () => {
    bare = await startBareGateway({ databaseUrl: databaseUrl() });
    const { x, sealer } = bare.gateway.deps;
    const system = { id: SYSTEM, secret: SECRET, agencies: [AGENCY.commune.code] };
    await addVxpSystem(x.store, sealer, system, Date.now());
    commune = await bare.as(AGENCY.commune);
  });
  after(() => bare.close());

  /** Signed values travel in one JSON text, and so may be any. */
  async function vxp(operation: string, args: Record<string, string>, body = '{}') {
    const named = { systemid: SYSTEM, timestamp: formatVxpTimestamp(new Date()), ...args };
    const signed = JSON.stringify(
      Object.fromEntries(Object.entries(named).map(([name, value]) => [`XroadVnpt-${name}`, value])),
    );
    const headers = {
      'XroadVnpt-systemid': SYSTEM,
      'XroadVnpt-sign-header': signed,
      'XroadVnpt-hash-header': createHmac('sha256', SECRET).update(signed).digest('hex'),
    };
    const response = await fetch(`${bare.gateway.url}/XrdAdapter/adapter/${operation}`, {
      method: 'POST',
      headers,
      body,
    });
    return { http: response.status, ...((await response.json()) as { status: string; ErrorDesc: string }) };
  }

  it('is refused in an address, in JSON and in a form', async () => {
    const metadata = { from: AGENCY.commune.code, to: ['a\0'] };

    const answers = [
      await commune.get('/api/v1/packages/%00'),
      await commune.get('/api/v1/inbox?agency=a%00b'),
      await commune.postJson('/api/v1/packages/pkg_x/recall', { reason: 'a\0b' }),
      await commune.postForm('/api/v1/documents', metadata, { 'a.txt': Buffer.from('x') }),
    ];

    for (const { status, json, text } of answers) {
      expect(status, text).to.equal(400);
      expect(json.errors[0].message, text).to.include('NUL');
    }
  });

  it('is refused in the signed values and in the body of a VXP call', async () => {
    for (const operation of ['getEdoc', 'updateStatus', 'getSentEdocList'])
      expect(await vxp(operation, { docId: '\0', status: 'done' })).to.include({ http: 401, status: 'FAIL' });
    const named = await vxp('registerAgency', {}, JSON.stringify({ code: AGENCY.commune.code, name: 'a\0' }));

    expect(named).to.include({ http: 400, status: 'FAIL' });
    expect(named.ErrorDesc).to.include('NUL');
  });
}

describe('http: the character NUL, on SQLite', () => suite(() => ''));

describe('http: the character NUL, on PostgreSQL', () => {
  const databaseUrl = testDatabaseUrl();
  describe('as it comes', () => suite(databaseUrl));
});
