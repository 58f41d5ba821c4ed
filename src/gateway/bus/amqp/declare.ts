import { BusError } from '../errors.ts';
import type { QueueDepth } from '../ports.ts';
import * as topology from '../topology.ts';
import { type Channel, type ChannelModel, guardChannel, replyCode, toBusError } from './connection.ts';
import { within } from './timing.ts';

/** Classic on one node, quorum on three or more (ADR 012). */
export type QueueType = 'classic' | 'quorum';

interface QueueSpec {
  name: string;
  arguments: Record<string, string | number>;
  bindings: { exchange: string; pattern: string }[];
}

/** Runs `work` on a channel of its own, so that a refusal (which closes the channel) harms nothing else. */
export async function onChannel<T>(
  model: ChannelModel,
  rpcTimeoutMs: number,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  let channel: Channel | undefined;
  let ended = false;
  try {
    channel = await within(rpcTimeoutMs, model.createChannel());
    guardChannel(channel, () => {
      ended = true;
    });
    return await work(channel);
  } catch (error) {
    throw toBusError(error);
  } finally {
    if (channel !== undefined && !ended) await within(rpcTimeoutMs, channel.close()).catch(() => {});
  }
}

/** Declares everything the systems need; what is there already stays as it is, BUS_TOPOLOGY_MISMATCH when it differs. */
export async function declareTopology(
  model: ChannelModel,
  systems: Iterable<string>,
  settings: { rungs: readonly number[]; queueType: QueueType; rpcTimeoutMs: number },
): Promise<void> {
  const { rpcTimeoutMs } = settings;
  await onChannel(model, rpcTimeoutMs, async (channel) => {
    const rpc = <T>(work: Promise<T>) => within(rpcTimeoutMs, work);
    await rpc(channel.assertExchange(topology.UNROUTED_EXCHANGE, 'fanout', { durable: true }));
    await rpc(channel.assertExchange(topology.PARKED_EXCHANGE, 'fanout', { durable: true }));
    await rpc(
      channel.assertExchange(topology.PACKAGES_EXCHANGE, 'topic', {
        durable: true,
        alternateExchange: topology.UNROUTED_EXCHANGE,
      }),
    );
    for (const seconds of settings.rungs) {
      await rpc(channel.assertExchange(topology.rungNames(seconds).exchange, 'fanout', { durable: true }));
    }
    for (const queue of [...baseQueues(settings), ...systemQueues(systems, settings.queueType)]) {
      await rpc(channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments }));
      for (const { exchange, pattern } of queue.bindings) {
        await rpc(channel.bindQueue(queue.name, exchange, pattern));
      }
    }
  });
}

/** Ready messages and consumers of a queue, null when it does not exist. */
export async function readDepth(
  model: ChannelModel,
  queue: string,
  rpcTimeoutMs: number,
): Promise<QueueDepth | null> {
  try {
    return await onChannel(model, rpcTimeoutMs, async (channel) => {
      const { messageCount, consumerCount } = await within(rpcTimeoutMs, channel.checkQueue(queue));
      return { messages: messageCount, consumers: consumerCount };
    });
  } catch (error) {
    if (error instanceof BusError && replyCode(error.cause) === 404) return null;
    throw error;
  }
}

function baseQueues({ rungs, queueType }: { rungs: readonly number[]; queueType: QueueType }): QueueSpec[] {
  const type = { 'x-queue-type': queueType };
  const fanout = (exchange: string) => [{ exchange, pattern: '' }];
  return [
    {
      name: topology.UNROUTED_QUEUE,
      arguments: { ...type, 'x-max-length': topology.UNROUTED_MAX_MESSAGES, 'x-overflow': 'drop-head' },
      bindings: fanout(topology.UNROUTED_EXCHANGE),
    },
    {
      name: topology.REFUSING_QUEUE,
      arguments: { 'x-queue-type': 'classic', 'x-max-length': 0, 'x-overflow': 'reject-publish' },
      bindings: fanout(topology.UNROUTED_EXCHANGE),
    },
    { name: topology.PARKED_QUEUE, arguments: type, bindings: fanout(topology.PARKED_EXCHANGE) },
    ...rungs.map(topology.rungNames).map((rung) => ({
      name: rung.queue,
      arguments: {
        ...type,
        ...deadLetterSafety(queueType),
        'x-message-ttl': rung.ttlMs,
        'x-dead-letter-exchange': topology.PACKAGES_EXCHANGE,
      },
      bindings: fanout(rung.exchange),
    })),
  ];
}

/** Only quorum queues can wait for the target's confirm when they hand an expired message on. */
function deadLetterSafety(queueType: QueueType): Record<string, string> {
  if (queueType === 'classic') return {};
  return { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };
}

function systemQueues(systems: Iterable<string>, queueType: QueueType): QueueSpec[] {
  return [...systems].flatMap(topology.systemBindings).map(({ queue, pattern }) => ({
    name: queue,
    arguments: { 'x-queue-type': queueType },
    bindings: [{ exchange: topology.PACKAGES_EXCHANGE, pattern }],
  }));
}
