import { expect } from 'chai';
import { StoreError } from '../../../../src/gateway/store/index.ts';

/** The StoreError a call rejects with; fails when it resolves, or rejects with anything else. */
export async function failure(call: Promise<unknown>): Promise<StoreError> {
  const cause = await call.then(
    () => null,
    (error: unknown) => error,
  );
  expect(cause).to.be.instanceOf(StoreError);
  return cause as StoreError;
}
