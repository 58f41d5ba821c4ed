import { readXmlTree } from '../../packages/index.ts';
import { codeOfStatus, createHttp, parseJson, retryAfter } from '../http.ts';
import { refusalOf } from '../json-client.ts';
import { compile, type Expression, ExpressionError } from './evaluate.ts';
import { mapping } from './schema.ts';
import { soapEnvelope } from './soap.ts';
import type { MappedClient, MappedClientOptions, Mapping } from './types.ts';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

type Operation = Mapping['operations'][string];
type Compiled = Partial<
  Record<'request' | 'ok' | 'exists' | 'retry' | 'errorCode' | 'errorMessage' | 'result', Expression>
>;

/** Reads a mapping. @throws ExpressionError, ZodError naming what is wrong. */
export function parseMapping(value: unknown): Mapping {
  const parsed = mapping.parse(value);
  for (const operation of Object.values(parsed.operations)) compileAll(operation);
  return parsed;
}

function compileAll(operation: Operation): Compiled {
  const names = ['request', 'ok', 'exists', 'retry', 'errorCode', 'errorMessage', 'result'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = operation[name];
      return text === undefined ? [] : [[name, compile(text)]];
    }),
  );
}

/** A client of a system that is described by a mapping file instead of code. One attempt per call. */
export function createMappedClient(options: MappedClientOptions): MappedClient {
  const { system, operations } = options.mapping;
  const http = createHttp(system, { maxAnswerBytes: MAX_ANSWER_BYTES, ...options });
  const compiled = new Map(
    Object.entries(operations).map(([name, operation]) => [name, compileAll(operation)]),
  );
  const now = options.now ?? (() => new Date());

  /** A fault of the mapping is ours to mend: nothing was done, and the dossier is not to blame. */
  async function evaluate(
    operation: string,
    expression: Expression | undefined,
    input: unknown,
    fallback: unknown,
  ): Promise<unknown> {
    if (expression === undefined) return fallback;
    try {
      return await expression.evaluate(input);
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause;
      throw http.fail('CONNECTOR_BAD_ANSWER', operation, {
        cause,
        remoteMessage: `mapping: ${cause.message}`,
      });
    }
  }

  return {
    system,
    operations: Object.keys(operations),
    async run(name, input) {
      const operation = operations[name];
      const expressions = compiled.get(name);
      if (operation === undefined || expressions === undefined)
        throw http.fail('CONNECTOR_REFUSED', name, { remoteMessage: 'no such operation in the mapping' });
      const value = await evaluate(name, expressions.request, input, undefined);
      const answer = await http.text({
        operation: name,
        method: operation.method,
        url: options.baseUrl.replace(/\/+$/, '') + (await fillPath(operation.path, input)),
        headers: headersOf(operation, options.secrets ?? {}),
        ...(value === undefined || operation.method === 'GET' ? {} : { body: encode(operation, value) }),
      });
      const body = await decode(operation, answer.text);
      const context = { status: answer.status, body };
      const isFine = answer.status >= 200 && answer.status < 300;
      if (!isFine && expressions.errorCode === undefined)
        throw http.fail(codeOfStatus(answer.status), name, {
          status: answer.status,
          ...retryAfter(answer.headers, now()),
        });
      if (isFine && body === undefined)
        throw http.fail('CONNECTOR_BAD_ANSWER', name, {
          status: answer.status,
          remoteMessage: `not ${operation.encoding}`,
        });
      const ok = await evaluate(name, expressions.ok, context, isFine);
      const exists = ok === true ? false : await evaluate(name, expressions.exists, context, false);
      if (ok !== true && exists !== true) {
        const code = String((await evaluate(name, expressions.errorCode, context, answer.status)) ?? '');
        const words = String((await evaluate(name, expressions.errorMessage, context, '')) ?? '');
        if ((await evaluate(name, expressions.retry, context, false)) === true)
          throw http.fail('CONNECTOR_REMOTE_FAULT', name, { remoteCode: code, remoteMessage: words });
        throw refusalOf(http, name, code, words);
      }
      return { result: await evaluate(name, expressions.result, context, body) };
    },
  };
}

async function fillPath(path: string, input: unknown): Promise<string> {
  let filled = '';
  let at = 0;
  for (const match of path.matchAll(/\{([^{}]+)\}/g)) {
    const value = await compile(match[1] ?? '').evaluate(input);
    filled += path.slice(at, match.index) + encodeURIComponent(String(value ?? ''));
    at = (match.index ?? 0) + match[0].length;
  }
  return filled + path.slice(at);
}

function headersOf(operation: Operation, secrets: Readonly<Record<string, string>>): Record<string, string> {
  const given = Object.entries(operation.headers).map(([name, text]) => [
    name,
    text.replace(/\$secret\.(\w+)/g, (_, key: string) => secrets[key] ?? ''),
  ]);
  const type = operation.encoding === 'soap' ? 'text/xml; charset=utf-8' : 'application/json; charset=utf-8';
  return {
    'Content-Type': type,
    Accept: operation.encoding === 'soap' ? 'text/xml' : 'application/json',
    ...(operation.soapAction === undefined ? {} : { SOAPAction: `"${operation.soapAction}"` }),
    ...Object.fromEntries(given),
  };
}

function encode(operation: Operation, value: unknown): string {
  return operation.encoding === 'json'
    ? JSON.stringify(value)
    : soapEnvelope(operation.element ?? 'request', operation.namespace ?? '', value);
}

async function decode(operation: Operation, text: string): Promise<unknown> {
  if (operation.encoding === 'json') return parseJson(text);
  try {
    const tree = await readXmlTree(Buffer.from(text, 'utf8'), MAX_ANSWER_BYTES);
    return tree.all('Body')[0]?.value() ?? tree.value();
  } catch {
    return undefined;
  }
}
