import { JSONParser } from '@streamparser/json';
import type { z } from 'zod';
import type { Http, StreamedAnswer } from '../http.ts';

/** How to read the rows of one streamed list answer. */
export interface RowsInput<S extends z.ZodType> {
  http: Http;
  operation: string;
  answer: StreamedAnswer;
  /** Schema of one row. */
  row: S;
  /** Judges the head of the answer (`status`, `ErrorCode`, …); throws ConnectorError when it is a refusal. */
  check(head: unknown): void;
  maxBytes: number;
  /** Rows given at a time. */
  pageRows: number;
}

/**
 * Gives the rows of a list answer (`data: […]`) in pages while the answer is still arriving, so that a directory of 100,000
 * agencies is neither held whole nor read in one go. The head may stand before or after the rows: an answer that turns out a
 * refusal, breaks or grows past its limit throws after the pages that came before.
 */
export async function* rowPages<S extends z.ZodType>(input: RowsInput<S>): AsyncGenerator<z.output<S>[]> {
  const { http, operation, answer } = input;
  const head: Record<string, unknown> = {};
  let rows: unknown[] = [];
  let sizeBytes = 0;
  const parser = new JSONParser({
    paths: ['$.data.*', '$.status', '$.ErrorCode', '$.ErrorDesc', '$.DocId'],
    keepStack: false,
  });
  parser.onValue = ({ value, key }) => {
    if (typeof key === 'string') head[key] = value;
    // A row that is none says nothing about the others.
    else if (value !== null) rows.push(value);
  };
  const bad = (remoteMessage: string, cause?: unknown) =>
    http.fail('CONNECTOR_BAD_ANSWER', operation, { status: answer.status, remoteMessage, cause });
  try {
    for await (const chunk of answer.body) {
      sizeBytes += chunk.length;
      if (sizeBytes > input.maxBytes) throw bad(`answer over ${input.maxBytes} bytes`);
      write(parser, chunk, (cause) => bad('not JSON', cause));
      while (rows.length >= input.pageRows)
        yield rows.splice(0, input.pageRows).map((row) => read(row, input));
    }
    if (!parser.isEnded) throw bad('not JSON');
    input.check(head);
    const last = rows;
    rows = [];
    if (last.length > 0) yield last.map((row) => read(row, input));
  } finally {
    answer.cancel();
  }
}

function write(parser: JSONParser, chunk: Uint8Array, fail: (cause: unknown) => Error): void {
  try {
    parser.write(chunk);
  } catch (cause) {
    throw fail(cause);
  }
}

function read<S extends z.ZodType>(row: unknown, { http, operation, answer, row: schema }: RowsInput<S>) {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, 20).map((issue) => `data.${issue.path.join('.')}`);
  throw http.fail('CONNECTOR_BAD_ANSWER', operation, {
    status: answer.status,
    fields,
    remoteMessage: 'schema',
  });
}
