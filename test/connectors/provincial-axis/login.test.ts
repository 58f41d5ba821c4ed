/** A provincial axis that wants a login beside id and key. */
import { expect } from 'chai';
import {
  createProvincialAxisClient,
  createProvincialLogin,
  type ProvincialAxis,
  startProvincialAxis,
} from '../../../src/connectors/index.ts';
import { failsWith } from '../support/fails.ts';
import { buildPackage, collect, MINISTRY, PROVINCE, sampleDocument } from '../support/messages.ts';

const ACCOUNT = { username: 'quan-tri', password: 'mat-khau', applicationCode: 'LT-QLVB' };
const DAY = 86_400_000;

describe('provincial axis with a login', () => {
  let axis: ProvincialAxis;
  let clock: Date;
  let axisAheadMs = 0;

  const now = () => clock;
  const login = (more: Partial<typeof ACCOUNT> = {}) =>
    createProvincialLogin({ baseUrl: axis.url, ...ACCOUNT, now, ...more });
  const client = (systemId: string, authorization?: ReturnType<typeof login>) =>
    createProvincialAxisClient({
      baseUrl: axis.url,
      systemId,
      secret: `khoa-${systemId}`,
      now,
      ...(authorization === undefined ? {} : { authorization }),
    });
  const today = () => ({
    messageType: 'edoc' as const,
    fromDate: new Date(clock.getTime() - DAY),
    toDate: clock,
  });

  beforeEach(async () => {
    clock = new Date();
    axisAheadMs = 0;
    const agency = ({ organId, organName }: typeof MINISTRY) => [{ code: organId, name: organName }];
    axis = await startProvincialAxis({
      now: () => new Date(clock.getTime() + axisAheadMs),
      login: ACCOUNT,
      systems: [
        { systemId: 'so', secret: 'khoa-so', agencies: agency(MINISTRY) },
        { systemId: 'tinh', secret: 'khoa-tinh', agencies: agency(PROVINCE) },
      ],
    });
  });
  afterEach(() => axis.close());

  it('carries a document with the token of one login, and logs in again when it has ended', async () => {
    const document = await buildPackage(sampleDocument(), { 'tep.pdf': Buffer.from('%PDF nội dung') });
    const shared = login();
    const [sender, receiver] = [client('so', shared), client('tinh', shared)];

    await sender.sendEdoc({ ...document, messageType: 'edoc' });
    const first = await shared.header();
    const [item] = await receiver.listReceived(today());
    clock = new Date(clock.getTime() + 31 * 60_000);
    const received = await collect(await receiver.getEdoc(item?.docId ?? ''));

    expect(received.equals(Buffer.from(await collect(document.body())))).to.equal(true);
    expect(await shared.header()).to.not.equal(first);
  });

  it('keeps a document for later when the account is refused, or there is none', async () => {
    await failsWith('CONNECTOR_AUTH_FAILED', client('tinh').listReceived(today()));
    await failsWith(
      'CONNECTOR_AUTH_FAILED',
      client('tinh', login({ password: 'sai' })).listReceived(today()),
    );
    await failsWith('CONNECTOR_AUTH_FAILED', login({ applicationCode: '' }).header());
  });

  it('gets another token when the axis has forgotten the one it gave', async () => {
    const shared = login();
    const receiver = client('tinh', shared);
    await receiver.listReceived(today());
    const first = await shared.header();
    axisAheadMs = 31 * 60_000;

    expect(await receiver.listReceived(today())).to.deep.equal([]);
    expect(await shared.header()).to.not.equal(first);
  });
});
