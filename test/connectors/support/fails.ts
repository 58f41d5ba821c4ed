import { expect } from 'chai';
import { ConnectorError, type ConnectorErrorCode } from '../../../src/connectors/index.ts';

/** Asserts that the call fails with this code, and gives the error for more questions. */
export async function failsWith(code: ConnectorErrorCode, call: Promise<unknown>): Promise<ConnectorError> {
  const error = await call.then(
    (value) => expect.fail(`should have failed with ${code}, but gave ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error, String(error)).to.be.instanceOf(ConnectorError);
  expect((error as ConnectorError).code).to.equal(code);
  return error as ConnectorError;
}
