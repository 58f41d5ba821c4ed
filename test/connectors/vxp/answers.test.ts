import { expect } from 'chai';
import { createVxpClient, type VxpClientOptions } from '../../../src/connectors/index.ts';
import { type PreparedAnswer, withPreparedHttp } from '../../support/http.ts';
import { failsWith } from '../support/fails.ts';
import { collect, packageOf } from '../support/messages.ts';

const ORIGIN = 'http://axis.test';
const FILE = packageOf(Buffer.from('<edXML/>'));

function client(more: Partial<VxpClientOptions> = {}) {
  return createVxpClient({
    baseUrl: `${ORIGIN}/XrdAdapter/adapter`,
    systemId: 'bo',
    secret: 'khoa',
    ...more,
  });
}

function answer(call: string, body: unknown, more: Partial<PreparedAnswer> = {}): PreparedAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { origin: ORIGIN, path: `/XrdAdapter/adapter/${call}`, body: text, ...more };
}

const OK = { status: 'OK', ErrorCode: '0', ErrorDesc: 'Success' };

describe('answers of an axis that no simulator gives', () => {
  it('sends the file, CRLF and signed headers', () =>
    withPreparedHttp(
      [answer('sendEdoc', { ...OK, DocId: '5bebcfeff858e3e0cc154762', data: [] })],
      async (seen) => {
        const sent = await client().sendEdoc({ ...FILE, from: '000.00.00.G22', messageType: 'edoc' });

        expect(sent).to.deep.equal({ docId: '5bebcfeff858e3e0cc154762' });
        expect(seen[0]?.body).to.equal('<edXML/>\r\n');
        expect(seen[0]?.headers).to.include({
          'content-type': 'application/octet-stream',
          'content-length': '10',
        });
      },
    ));

  for (const [why, body] of [
    ['a page instead of JSON', '<html>Đang bảo trì</html>'],
    ['an answer without a status', '{}'],
    ['no DocId', { ...OK, data: [] }],
    ['an empty DocId', { ...OK, DocId: '', data: [] }],
  ] as const) {
    it(`does not take ${why} for a success`, () =>
      withPreparedHttp([answer('sendEdoc', body)], async () => {
        const call = client().sendEdoc({ ...FILE, from: '000.00.00.G22', messageType: 'edoc' });

        const error = await failsWith('CONNECTOR_BAD_ANSWER', call);

        expect(error).to.include({ effect: 'unknown', retryable: true });
      }));
  }

  it('does not take FAIL without a code for a success', () =>
    withPreparedHttp(
      [answer('updateStatus', { status: 'FAIL', ErrorCode: '0', ErrorDesc: 'không rõ' })],
      () => failsWith('CONNECTOR_REFUSED', client().updateStatus('1', 'done')),
    ));

  it('believes the body’s code before HTTP’s status', () =>
    withPreparedHttp(
      [answer('updateStatus', { status: 'FAIL', ErrorCode: '18', ErrorDesc: 'không có' }, { status: 500 })],
      () => failsWith('CONNECTOR_RECIPIENT_UNKNOWN', client().updateStatus('1', 'done')),
    ));

  it('reads how long to wait from a busy axis', () =>
    withPreparedHttp(
      [answer('updateStatus', '', { status: 429, headers: { 'retry-after': '7' } })],
      async () => {
        const error = await failsWith('CONNECTOR_RATE_LIMITED', client().updateStatus('1', 'done'));

        expect(error).to.include({ retryable: true, effect: 'none' });
        expect(error.details.retryAfterMs).to.equal(7_000);
      },
    ));

  it('names every field that breaks the format', () =>
    withPreparedHttp(
      [answer('getReceivedEdocList', { ...OK, data: [{ docId: null, from: {} }] })],
      async () => {
        const error = await failsWith('CONNECTOR_BAD_ANSWER', client().listReceived({ messageType: 'edoc' }));

        expect(error.details.fields).to.deep.equal(['data.0.docId', 'data.0.from']);
      },
    ));

  it('reads numbers, null and missing lists as other axes write them', () =>
    withPreparedHttp(
      [
        answer('getReceivedEdocList', {
          ...OK,
          ErrorCode: 0,
          data: [{ docId: 12, messageType: 'edoc', from: null }],
        }),
        answer('getReceivedEdocList', { ...OK, data: null }),
      ],
      async () => {
        const [item] = await client().listReceived({ messageType: 'edoc' });
        const none = await client().listReceived({ messageType: 'edoc' });

        expect(item).to.include({ docId: '12', from: '', status: '' });
        expect(none).to.deep.equal([]);
      },
    ));

  it('reads the readable rows of a list, whatever one of them looks like, and a kind in any case', () =>
    withPreparedHttp(
      [
        answer('getReceivedEdocList', {
          ...OK,
          data: [{ docId: 'a', messageType: 'EDOC' }, { from: 'không mã' }, { docId: 'b' }, null],
        }),
        answer('getReceivedEdocList', { ...OK, data: '' }),
      ],
      async () => {
        const items = await client().listReceived({ messageType: 'status' });
        const none = await client().listReceived({ messageType: 'edoc' });

        expect(items.map(({ docId, messageType }) => [docId, messageType])).to.deep.equal([
          ['a', 'edoc'],
          ['b', 'status'],
        ]);
        expect(none).to.deep.equal([]);
      },
    ));

  for (const [how, body] of [
    ['code 11', { status: 'FAIL', ErrorCode: '11', ErrorDesc: 'Không có văn bản', data: [] }],
    ['FAIL alone', { status: 'FAIL', ErrorCode: '0', ErrorDesc: 'Không có dữ liệu', data: [] }],
    ['another axis’ success flag', { success: false, message: 'Không có dữ liệu', data: [] }],
  ] as const) {
    it(`does not take a refusal for an empty list: ${how}`, () =>
      withPreparedHttp([answer('getReceivedEdocList', body)], async () => {
        const code =
          how === 'code 11'
            ? 'CONNECTOR_NOT_FOUND'
            : how === 'FAIL alone'
              ? 'CONNECTOR_REFUSED'
              : 'CONNECTOR_BAD_ANSWER';

        const error = await failsWith(code, client().listReceived({ messageType: 'edoc' }));

        // Who polls tells it, and looks again.
        expect(error.details.operation).to.equal('getReceivedEdocList');
      }));
  }

  it('reads answers as .NET services write them: a byte order mark first, the object as one string', () =>
    withPreparedHttp(
      [
        answer('sendEdoc', `\ufeff${JSON.stringify({ ...OK, DocId: '1' })}`),
        answer('sendEdoc', JSON.stringify(JSON.stringify({ ...OK, DocId: '2' }))),
        answer('sendEdoc', { ...OK, docId: 3, data: [] }),
        answer('getEdoc', '\ufeff{"status":"OK","ErrorCode":"0","data":"PGVkWE1MLz4="}'),
        answer(
          'getAgenciesList',
          '\ufeff{"status":"OK","ErrorCode":"0","data":[null,{"code":"H01","name":"A"}]}',
        ),
      ],
      async () => {
        const first = await client().sendEdoc({ ...FILE, from: 'a', messageType: 'edoc' });
        const second = await client().sendEdoc({ ...FILE, from: 'a', messageType: 'edoc' });

        const third = await client().sendEdoc({ ...FILE, from: 'a', messageType: 'edoc' });

        expect([first, second, third].map(({ docId }) => docId)).to.deep.equal(['1', '2', '3']);
        expect((await collect(await client().getEdoc('1'))).toString()).to.equal('<edXML/>');
        expect((await client().agencies()).map(({ code }) => code)).to.deep.equal(['H01']);
      },
    ));

  it('reads a package whose base64 Java escaped', () =>
    withPreparedHttp(
      [answer('getEdoc', '{"data":"PGVkWE1MLz4\\u003d","status":"OK","ErrorCode":"0"}')],
      async () => {
        expect((await collect(await client().getEdoc('1'))).toString()).to.equal('<edXML/>');
      },
    ));

  for (const [why, body] of [
    ['an answer cut off', '{"status":"OK","ErrorCode":"0","data":"PGVkWE1M'],
    ['base64 cut off', { ...OK, data: 'PGVkW' }],
    ['foreign characters', { ...OK, data: 'PGVk*1ML' }],
    ['no package at all', { ...OK, data: [] }],
    ['two packages', '{"status":"OK","ErrorCode":"0","data":"PGVk","data":"PGVk"}'],
  ] as const) {
    it(`does not take ${why} for a package`, () =>
      withPreparedHttp([answer('getEdoc', body)], () =>
        failsWith('CONNECTOR_BAD_ANSWER', client().getEdoc('1').then(collect)),
      ));
  }

  it('refuses a package followed by a refusal', () =>
    withPreparedHttp([answer('getEdoc', '{"data":"PGVkWE1MLz4=","status":"FAIL","ErrorCode":"20"}')], () =>
      failsWith('CONNECTOR_REMOTE_FAULT', client().getEdoc('1').then(collect)),
    ));

  it('refuses a package over its limit', () =>
    withPreparedHttp([answer('getEdoc', { ...OK, data: 'A'.repeat(4_000) })], () =>
      failsWith('CONNECTOR_BAD_ANSWER', client({ maxEdocBytes: 1_000 }).getEdoc('1').then(collect)),
    ));

  it('tells a name that cannot be resolved from a lost answer', () =>
    withPreparedHttp([answer('getAgenciesList', '', { networkError: 'ENOTFOUND' })], async () => {
      const error = await failsWith('CONNECTOR_UNREACHABLE', client().agencies());

      expect(error.effect).to.equal('none');
    }));

  it('calls a digest that is none the caller’s mistake', async () => {
    const thrown = await client()
      .sendEdoc({ ...FILE, sha256: 'x', from: 'a', messageType: 'edoc' })
      .catch((error: unknown) => error);

    expect(thrown).to.be.instanceOf(TypeError);
  });
});
