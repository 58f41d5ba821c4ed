/** Settings of the broker. */
import { z } from 'zod';
import { addresses, setting } from './setting.ts';

/** Part of the settings table. */
export const BUS_SETTINGS = {
  amqpUrl: setting(
    'AMQP_URL',
    addresses('amqp', 'amqps'),
    '',
    'RabbitMQ address, or those of the nodes of one cluster, comma separated; empty: embedded bus',
    true,
  ),
  queueType: setting(
    'LIENTHONG_QUEUE_TYPE',
    z.enum(['classic', 'quorum']),
    'classic',
    'queues on RabbitMQ: classic on one node, quorum on a cluster of three and more (ADR 012)',
  ),
  amqpSystems: setting(
    'LIENTHONG_AMQP_SYSTEMS',
    z
      .string()
      .regex(
        /^ *$|^ *[a-z][a-z0-9-]{0,40}=[^,=\s]+ *(, *[a-z][a-z0-9-]{0,40}=[^,=\s]+ *)*$/,
        'e.g. bo-noi-vu=bnv,so-y-te=syt (system=broker account)',
      ),
    '',
    'systems that take their mail from the broker and hand in there, each with its broker account: bo-noi-vu=bnv,so-y-te=syt',
  ),
} as const;
