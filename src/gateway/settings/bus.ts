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
} as const;
