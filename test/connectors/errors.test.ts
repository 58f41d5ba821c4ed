import { expect } from 'chai';
import { codeOfAxis } from '../../src/connectors/axis-codes.ts';
import { remoteText } from '../../src/connectors/errors.ts';
import { codeOfStatus } from '../../src/connectors/http.ts';
import { CONNECTOR_ERRORS, ConnectorError, type ConnectorErrorCode } from '../../src/connectors/index.ts';

const DETAILS = { system: 'vxp', operation: 'sendEdoc' };

describe('connector errors', () => {
  it('say in both languages what happened and where', () => {
    for (const code of Object.keys(CONNECTOR_ERRORS) as ConnectorErrorCode[]) {
      const error = new ConnectorError(code, DETAILS);

      expect(error.vi).to.contain(CONNECTOR_ERRORS[code].vi).and.contain('sendEdoc');
      expect(error.en).to.contain(CONNECTOR_ERRORS[code].en).and.contain('vxp');
    }
  });

  it('never advise a retry where the outside system has refused the document', () => {
    const retryable = Object.entries(CONNECTOR_ERRORS).filter(([, row]) => row.retryable);

    expect(retryable.map(([code]) => code).sort()).to.deep.equal([
      'CONNECTOR_AUTH_FAILED',
      'CONNECTOR_BAD_ANSWER',
      'CONNECTOR_CANCELLED',
      'CONNECTOR_RATE_LIMITED',
      'CONNECTOR_REMOTE_FAULT',
      'CONNECTOR_TIMEOUT',
      'CONNECTOR_UNREACHABLE',
    ]);
  });

  it('call the effect unknown wherever work may have been done', () => {
    const none = Object.entries(CONNECTOR_ERRORS).filter(([, row]) => row.retryable && row.effect === 'none');

    expect(none.map(([code]) => code)).to.deep.equal(['CONNECTOR_RATE_LIMITED', 'CONNECTOR_AUTH_FAILED']);
  });

  it('keep the cause', () => {
    const cause = new Error('gốc');

    expect(new ConnectorError('CONNECTOR_TIMEOUT', DETAILS, { cause }).cause).to.equal(cause);
  });

  it('mask identity numbers in the outside system’s words and cut them short', () => {
    const text = remoteText(`công dân 038200000001\r\nđã có ${'x'.repeat(500)}`);

    expect(text).to.contain('công dân ######### đã có').and.not.contain('0382').and.not.contain('\n');
    expect(text.length).to.equal(300);
  });

  it('follow the axis’ own table, unknown codes being refusals', () => {
    const codes = ['10', '15', '18', '19', '20', '21', '22', '23', '018', '77'].map(codeOfAxis);

    expect(codes).to.deep.equal([
      'CONNECTOR_INVALID_DOCUMENT',
      'CONNECTOR_AUTH_FAILED',
      'CONNECTOR_RECIPIENT_UNKNOWN',
      'CONNECTOR_SENDER_UNKNOWN',
      'CONNECTOR_REMOTE_FAULT',
      'CONNECTOR_INVALID_DOCUMENT',
      'CONNECTOR_INVALID_DOCUMENT',
      'CONNECTOR_RECIPIENT_LOCKED',
      'CONNECTOR_RECIPIENT_UNKNOWN',
      'CONNECTOR_REFUSED',
    ]);
  });

  it('read HTTP statuses', () => {
    const codes = [400, 401, 403, 408, 409, 413, 429, 500, 502, 504].map(codeOfStatus);

    expect(codes).to.deep.equal([
      'CONNECTOR_REFUSED',
      'CONNECTOR_AUTH_FAILED',
      'CONNECTOR_AUTH_FAILED',
      'CONNECTOR_TIMEOUT',
      'CONNECTOR_ALREADY_EXISTS',
      'CONNECTOR_TOO_LARGE',
      'CONNECTOR_RATE_LIMITED',
      'CONNECTOR_REMOTE_FAULT',
      'CONNECTOR_REMOTE_FAULT',
      'CONNECTOR_TIMEOUT',
    ]);
  });
});
