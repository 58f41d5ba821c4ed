/** OpenAPI 3.1 made from the routes themselves. */
import { z } from 'zod';
import { PROBLEMS } from './problem.ts';
import type { AnyRoute } from './route.ts';

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(
    z.object({
      code: z.string(),
      path: z.string().optional(),
      message: z.string(),
      line: z.int().optional(),
      column: z.int().optional(),
    }),
  ),
});

function schemaOf(type: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return schema;
}

function parametersOf(route: AnyRoute): object[] {
  const of = (place: 'path' | 'query', type: z.ZodType | undefined): object[] => {
    if (type === undefined) return [];
    const { properties = {}, required = [] } = schemaOf(type, 'input') as {
      properties?: Record<string, object>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema,
    }));
  };
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    schema: { type: 'string', maxLength: 200 },
  };
  return [...of('path', route.params), ...of('query', route.query), ...(route.creates === true ? [key] : [])];
}

function bodyOf(route: AnyRoute): object | undefined {
  const content: Record<string, object> = {};
  if (route.body !== undefined) content['application/json'] = { schema: schemaOf(route.body, 'input') };
  for (const [type, shape] of Object.entries(route.consumes ?? {})) {
    if (shape === 'binary') content[type] = { schema: { type: 'string', format: 'binary' } };
    else if (shape === 'multipart')
      content[type] = {
        schema: { type: 'object', additionalProperties: { type: 'string', format: 'binary' } },
      };
    else
      content[type] = {
        schema: {
          type: 'object',
          properties: { metadata: schemaOf(shape, 'input') },
          required: ['metadata'],
          additionalProperties: { type: 'string', format: 'binary' },
        },
      };
  }
  return Object.keys(content).length === 0 ? undefined : { required: true, content };
}

function responsesOf(route: AnyRoute): Record<string, object> {
  const responses: Record<string, object> = {};
  for (const [status, shape] of Object.entries(route.responses)) {
    responses[status] =
      typeof shape === 'string'
        ? { description: shape, content: { [shape]: { schema: { type: 'string', format: 'binary' } } } }
        : { description: 'OK', content: { 'application/json': { schema: schemaOf(shape, 'output') } } };
  }
  responses['default'] = {
    description: 'Problem',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return responses;
}

/** The whole page. */
export function openApiOf(routes: readonly AnyRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const body = bodyOf(route);
    paths[path] ??= {};
    paths[path][route.method] = {
      summary: route.summary.vi,
      description: route.summary.en,
      security: route.access === 'public' ? [] : [{ token: [] }],
      parameters: parametersOf(route),
      ...(body === undefined ? {} : { requestBody: body }),
      responses: responsesOf(route),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Liên Thông',
      version,
      description: 'Trục liên thông văn bản và hồ sơ điện tử / e-document interoperability gateway',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'lienthong tokens create' } },
      schemas: { Problem: { ...schemaOf(problemSchema, 'output'), 'x-codes': Object.keys(PROBLEMS) } },
    },
  };
}
