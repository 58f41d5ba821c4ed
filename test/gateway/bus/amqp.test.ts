import { createAmqpBus } from '../../../src/gateway/bus/index.ts';
import { requireServices, testAmqpUrl } from '../../support/services.ts';
import { describeMessageBus } from './shared-suite.ts';

describe('gateway/bus AMQP', () => {
  let url = '';

  before(async function needsBroker() {
    requireServices(this, 'AMQP_URL');
    url = await testAmqpUrl();
  });

  describeMessageBus((options) => createAmqpBus({ url, clientName: 'test', ...options }));
});
