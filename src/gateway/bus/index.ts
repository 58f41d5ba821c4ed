export { type AmqpBusOptions, createAmqpBus } from './amqp/bus.ts';
export type { BusTls } from './amqp/connection.ts';
export type { QueueType } from './amqp/declare.ts';
export { createEmbeddedBus, type EmbeddedBusOptions } from './embedded.ts';
export { BusError, type BusErrorCode, isBusError } from './errors.ts';
export type {
  BusLogger,
  BusOptions,
  BusState,
  Envelope,
  Handler,
  MessageBus,
  QueueDepth,
  Received,
  ReplyTo,
  Subscription,
} from './ports.ts';
export {
  DEFAULT_RUNGS_SECONDS,
  PACKAGES_EXCHANGE,
  PARKED_QUEUE,
  queueForKey,
  routingKeyFor,
  systemQueue,
  UNROUTED_QUEUE,
  type Urgency,
} from './topology.ts';
