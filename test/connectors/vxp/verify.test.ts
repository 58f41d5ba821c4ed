import { createHash, createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  buildVxpHeaders,
  endsWithCrlf,
  formatVxpTimestamp,
  matchesHashFile,
  parseVxpTimestamp,
  type SendBodyFacts,
  sdkHex,
  stripSendBody,
  VxpRequestError,
  type VxpRequestErrorCode,
  type VxpVerifyInput,
  verifyVxpRequest,
} from '../../../src/connectors/index.ts';
import { collect } from '../support/messages.ts';

const SECRET = 'khoa-thu-nghiem==';
const AT = new Date('2026-11-21T12:04:21.132Z');

/** The calls of the public SDK and their arguments, in its order. */
const CALLS: Record<string, Record<string, string>> = {
  getReceivedEdocList: { servicetype: 'eDoc', messagetype: 'edoc' },
  getEdoc: { docId: '8af226c8-7cde-4fbe-88fe-e15a768b49cb', filePath: 'xml' },
  sendEdoc: { servicetype: 'eDoc', messagetype: 'status', 'hash-file': 'ab1', from: '000.00.00.H41' },
  updateStatus: { docId: '8af226c8-7cde-4fbe-88fe-e15a768b49cb', status: 'done' },
  getSentEdocList: { servicetype: 'eDoc', messagetype: 'edoc', docId: '5bebcfeff858e3e0cc154762' },
  getAgenciesList: {},
  getSynchronizeUnit: {},
  registerAgency: {},
  deleteAgency: { AgencyCode: '99.99.99.G21' },
};

function headersFor(
  args: Record<string, string>,
  more: { at?: Date; secret?: string } = {},
): Record<string, string> {
  return buildVxpHeaders({
    systemId: 'vxp.saas.02',
    secret: more.secret ?? SECRET,
    args,
    contentType: 'application/json',
    at: more.at ?? AT,
  });
}

function verify(headers: VxpVerifyInput['headers'], more: Partial<VxpVerifyInput> = {}) {
  const secretFor = (systemId: string) => (systemId === 'vxp.saas.02' ? SECRET : undefined);
  return verifyVxpRequest({ headers, secretFor, now: AT, windowMs: 60_000, ...more });
}

function refusal(
  headers: VxpVerifyInput['headers'],
  more: Partial<VxpVerifyInput> = {},
): VxpRequestErrorCode | 'accepted' {
  try {
    verify(headers, more);
    return 'accepted';
  } catch (error) {
    if (error instanceof VxpRequestError) return error.code;
    throw error;
  }
}

/** What the client is told of a request that is refused. */
function words(headers: VxpVerifyInput['headers']): string {
  try {
    verify(headers);
    return '';
  } catch (error) {
    if (error instanceof VxpRequestError) return error.vi;
    throw error;
  }
}

describe('authentication of VXP requests', () => {
  for (const [call, args] of Object.entries(CALLS)) {
    it(`accepts ${call} as the public SDK signs it`, () => {
      const { systemId, args: signed } = verify(headersFor(args));

      expect(systemId).to.equal('vxp.saas.02');
      expect({ ...signed }).to.deep.equal({
        systemid: 'vxp.saas.02',
        ...args,
        timestamp: '21112026T190421+0132',
        'Content-Type': 'application/json',
      });
    });
  }

  it('accepts a sign-header written in another order and with other spacing, as HMAC covers the text itself', () => {
    // HMAC-SHA256 of the sign-header below under the key "key", from `openssl dgst -sha256 -hmac key`.
    const signHeader = '{"XroadVnpt-timestamp":"21112026T190421+0132", "XroadVnpt-systemid":"s"}';
    const code = '59c7c5df6322d981fb5df61ae7d7ef0176d5589435007307ff9e69ef4c852708';
    const headers = {
      'XroadVnpt-systemid': 's',
      'XroadVnpt-timestamp': '21112026T190421+0132',
      'XroadVnpt-sign-header': signHeader,
      'XroadVnpt-hash-header': code,
    };

    expect(refusal(headers, { secretFor: () => 'key' })).to.equal('accepted');
    expect(
      refusal({ ...headers, 'XroadVnpt-hash-header': code.toUpperCase() }, { secretFor: () => 'key' }),
    ).to.equal('accepted');
  });

  it('accepts signed headers nobody asked for, as the SDK leaves stale ones behind', () => {
    expect(refusal(headersFor({ servicetype: 'eDoc', messagetype: 'edoc', 'hash-file': 'cu' }))).to.equal(
      'accepted',
    );
  });

  it('takes two names that differ by their capitals for one header with both values', () => {
    const both = (docid: string, sent: string[]): VxpVerifyInput['headers'] => {
      const headers: Record<string, string | string[]> = headersFor({ docId: 'mot', docid });
      delete headers['XroadVnpt-docid'];
      return { ...headers, 'XroadVnpt-docId': sent };
    };

    expect(refusal(both('mot', ['mot', 'mot']))).to.equal('accepted');
    expect({ ...verify(both('hai', ['hai', 'mot'])).args }).to.include({ docId: 'mot', docid: 'hai' });
    for (const sent of [['mot', 'ba'], ['mot'], ['mot', 'hai', 'ba']])
      expect(refusal(both('hai', sent)), sent.join()).to.equal('VXP_HEADERS_CHANGED');
  });

  it('says of letters that were cut to bytes on their way why the code does not match', () => {
    const headers = headersFor({ description: 'Lỗi tệp' });
    const cut = [...Buffer.from(headers['XroadVnpt-sign-header'] ?? '', 'latin1').toString('utf8')];
    const bytes = cut.map((letter) => letter.charCodeAt(0) & 0xff);
    headers['XroadVnpt-sign-header'] = Buffer.from(bytes).toString('latin1');

    expect(words(headers)).to.include('không dấu');
    expect(words(headersFor({}, { secret: 'khac' }))).to.not.include('không dấu');
  });

  it('keeps Vietnamese text in arguments whole', () => {
    const { args } = verify(headersFor({ title: 'Công văn đến' }));

    expect(args['title']).to.equal('Công văn đến');
  });

  it('gives only signed values', () => {
    const { args } = verify({ ...headersFor({}), 'XroadVnpt-docId': 'chen-vao' });

    expect(args['docId']).to.equal(undefined);
  });

  it('refuses a changed argument header', () => {
    const headers = { ...headersFor({ docId: 'mot' }), 'XroadVnpt-docId': 'hai' };

    expect(refusal(headers)).to.equal('VXP_HEADERS_CHANGED');
  });

  it('reads signed names in any capitals, and the list of them as makers write it', () => {
    const headers = headersFor({ docId: '1' });
    const text = (headers['XroadVnpt-sign-header'] ?? '')
      .replaceAll('XroadVnpt-', 'xroadvnpt-')
      .replace('-systemid', '-SystemId');
    const resigned = {
      ...headers,
      'XroadVnpt-sign-header': text,
      'XroadVnpt-hash-header': createHmac('sha256', SECRET).update(text).digest('hex'),
    };

    expect(verify(resigned).args).to.include({ docId: '1' });
    for (const write of [
      (list: string) => `${list.replaceAll(';', '; ')};`,
      (list: string) => list.toLowerCase().replaceAll(';', ','),
      (list: string) =>
        list
          .split(';')
          .map((name) => `XroadVnpt-${name}`)
          .join(';'),
    ])
      expect(
        verify({ ...headers, 'XroadVnpt-sign-header-key': write(headers['XroadVnpt-sign-header-key'] ?? '') })
          .args,
      ).to.include({ docId: '1' });
  });

  it('refuses two systems or two times under one name', () => {
    const headers = headersFor({});
    for (const more of [
      '"xroadvnpt-SYSTEMID":"vxp.saas.03"',
      '"XroadVnpt-Timestamp":"21112026T190421+0133"',
    ]) {
      const text = (headers['XroadVnpt-sign-header'] ?? '').replace(/}$/, `,${more}}`);
      const code = createHmac('sha256', SECRET).update(text).digest('hex');
      const sent = { ...headers, 'XroadVnpt-sign-header': text, 'XroadVnpt-hash-header': code };

      expect(refusal(sent), more).to.equal('VXP_HEADERS_CHANGED');
    }
  });

  it('refuses a list of signed names that claims more than was signed', () => {
    const headers = headersFor({});
    headers['XroadVnpt-sign-header-key'] += ';docId';

    expect(refusal(headers)).to.equal('VXP_HEADERS_CHANGED');
  });

  it('refuses the signature of another secret, and of an unknown system', () => {
    expect(refusal(headersFor({}, { secret: 'khac' }))).to.equal('VXP_BAD_SIGNATURE');
    expect(refusal({ ...headersFor({}), 'XroadVnpt-systemid': 'la' })).to.equal('VXP_SYSTEM_UNKNOWN');
  });

  it('refuses one system’s signature under another system’s name', () => {
    const headers = { ...headersFor({}), 'XroadVnpt-systemid': 'ke-khac' };

    expect(refusal(headers, { secretFor: () => SECRET })).to.equal('VXP_HEADERS_CHANGED');
  });

  it('refuses any change of the signed text', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 94 }), (where, by) => {
        const headers = headersFor({ docId: 'mot', status: 'done' });
        const text = headers['XroadVnpt-sign-header'] ?? '';
        const at = where % text.length;
        const other = String.fromCharCode(32 + ((text.charCodeAt(at) - 32 + by) % 95));
        headers['XroadVnpt-sign-header'] = text.slice(0, at) + other + text.slice(at + 1);

        expect(refusal(headers)).to.equal('VXP_BAD_SIGNATURE');
      }),
    );
  });

  it('refuses what comes without the headers, with broken ones, or with too much of them', () => {
    const whole = headersFor({});

    expect(refusal({})).to.equal('VXP_HEADERS_MISSING');
    expect(refusal({ ...whole, 'XroadVnpt-hash-header': 'zz' })).to.equal('VXP_BAD_SIGNATURE');
    expect(refusal(headersFor({ note: 'x'.repeat(70_000) }))).to.equal('VXP_HEADERS_TOO_LARGE');
  });

  it('holds requests to the time window, both ways', () => {
    const codes = [-61_000, -59_000, 59_000, 61_000].map((shift) =>
      refusal(headersFor({}, { at: new Date(AT.getTime() + shift) })),
    );

    expect(codes).to.deep.equal([
      'VXP_TIMESTAMP_OUTSIDE_WINDOW',
      'accepted',
      'accepted',
      'VXP_TIMESTAMP_OUTSIDE_WINDOW',
    ]);
  });

  it('asks for the nonce of authentic requests only', () => {
    const asked: string[] = [];
    const seenNonce = (_systemId: string, nonce: string) => {
      const seen = asked.includes(nonce);
      asked.push(nonce);
      return seen;
    };

    expect(refusal(headersFor({}, { secret: 'khac' }), { seenNonce })).to.equal('VXP_BAD_SIGNATURE');
    expect(refusal(headersFor({}), { seenNonce })).to.equal('accepted');
    expect(refusal(headersFor({}), { seenNonce })).to.equal('VXP_REPLAYED');
    expect(asked).to.have.length(2);
  });
});

describe('VXP timestamps', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (at) => {
          expect(parseVxpTimestamp(formatVxpTimestamp(at))?.getTime()).to.equal(at.getTime());
        },
      ),
    );
  });

  it('that name no real time are none', () => {
    for (const text of [
      '',
      '31022026T000000+0000',
      '01132026T000000+0000',
      '01012026T250000+0000',
      '01012026T000000-0700',
      '01012026T000000+12345678',
      '2026-01-01',
    ]) {
      expect(parseVxpTimestamp(text), text).to.equal(undefined);
    }
  });
});

describe('hash-file', () => {
  const digest = Buffer.from(`0a00ff${'10'.repeat(29)}`, 'hex');

  it('is known in both habits, bytes or text', () => {
    expect(sdkHex(digest)).to.equal(`a0ff${'10'.repeat(29)}`);
    for (const header of [
      sdkHex(digest),
      digest.toString('hex'),
      digest.toString('hex').toUpperCase(),
      ` ${sdkHex(digest)} `,
    ]) {
      expect(matchesHashFile(header, digest), header).to.equal(true);
      expect(matchesHashFile(header, digest.toString('hex')), header).to.equal(true);
    }
  });

  it('is not matched by another digest', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(31),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, by) => {
          const other = Uint8Array.from(bytes);
          other[at] = ((other[at] ?? 0) + by) % 256;

          expect(matchesHashFile(Buffer.from(other).toString('hex'), bytes)).to.equal(false);
        },
      ),
    );
    expect(matchesHashFile('', digest)).to.equal(false);
    expect(matchesHashFile(sdkHex(digest), 'khong phai hex')).to.equal(false);
  });
});

describe('the body of sendEdoc', () => {
  it('is the file without one closing CRLF, wherever the pieces are cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 30 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        async (file, crlf, width) => {
          const endsSo = file.at(-2) === 0x0d && file.at(-1) === 0x0a;
          const body = crlf || endsSo ? Buffer.concat([file, Buffer.from('\r\n')]) : Buffer.from(file);
          const facts: SendBodyFacts[] = [];

          const kept = await collect(stripSendBody(cut(body, width), (found) => void facts.push(found)));

          expect(kept.equals(file)).to.equal(true);
          expect(facts).to.deep.equal([
            {
              sizeBytes: file.length,
              sha256: createHash('sha256').update(file).digest('hex'),
              rawSha256: createHash('sha256').update(body).digest('hex'),
              hadCrlf: crlf || endsSo,
            },
          ]);
        },
      ),
    ));

  it('keeps a closing CRLF that is the file’s own', async () => {
    const file = Buffer.from('<a/>\r\n');
    const hash = createHash('sha256').update(file).digest('hex');

    for (const body of [file, Buffer.concat([file, Buffer.from('\r\n')])])
      expect(await collect(stripSendBody(cut(body, 3), (facts) => endsWithCrlf(hash, facts)))).to.deep.equal(
        file,
      );
  });
});

async function* cut(bytes: Buffer, width: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += width) yield bytes.subarray(at, at + width);
}
