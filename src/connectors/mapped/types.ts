import type { z } from 'zod';
import type { HttpOptions } from '../http.ts';
import type { mapping } from './schema.ts';

/** A mapping file after reading; docs/connectors/mapped.md explains every field. */
export type Mapping = z.infer<typeof mapping>;

/** Settings of one system connected through a mapping file. */
export interface MappedClientOptions extends HttpOptions {
  baseUrl: string;
  mapping: Mapping;
  /** Named secrets of the mapping (`$secret.key` in headers); never seen by the expressions of bodies. */
  secrets?: Readonly<Record<string, string>>;
  now?: () => Date;
}

/** What an operation came to. */
export interface MappedOutcome {
  /** Value of the mapping's `result` expression. */
  result: unknown;
}

/** Client made from a mapping. Throws ConnectorError. */
export interface MappedClient {
  readonly system: string;
  readonly operations: readonly string[];
  /** Runs one operation of the mapping on an input value. */
  run(operation: string, input: unknown): Promise<MappedOutcome>;
}
