/** One way to declare an endpoint: the same schemas check the request and make the OpenAPI page. */
import express, { type Request, type Response, type Router } from 'express';
import type { z } from 'zod';
import type { Principal } from '../access/index.ts';
import { HttpError, refuseNul } from './problem.ts';

/** Who may call. `token`: any valid token or console session; `public`: anyone. */
export type Access = 'token' | 'public';

export interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: 'get' | 'post' | 'delete';
  /** Express path, `:name` for parameters. */
  readonly path: string;
  readonly summary: { readonly vi: string; readonly en: string };
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  /** JSON body. Routes that stream their body leave it out and say so in `consumes`. */
  readonly body?: B;
  readonly consumes?: Readonly<Record<string, z.ZodType | 'binary' | 'multipart'>>;
  readonly creates?: boolean;
  /** Status → schema of the answer, or media type for non-JSON. */
  readonly responses: Readonly<Record<number, z.ZodType | string>>;
  handle(context: RouteContext<z.infer<P>, z.infer<Q>, z.infer<B>>): Promise<void> | void;
}

export interface RouteContext<P, Q, B> {
  readonly req: Request;
  readonly res: Response;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Holder of the token; throws UNAUTHENTICATED on public routes when there is none. */
  principal(): Principal;
}

// biome-ignore lint/suspicious/noExplicitAny: specs of different shapes share one list
export type AnyRoute = RouteSpec<any, any, any>;

/** Keeps the types of one route's schemas together. */
export function defineRoute<
  P extends z.ZodType = z.ZodType<Record<string, never>>,
  Q extends z.ZodType = z.ZodType<Record<string, never>>,
  B extends z.ZodType = z.ZodType<undefined>,
>(spec: RouteSpec<P, Q, B>): RouteSpec<P, Q, B> {
  return spec;
}

/** Finds who is asking, or null. */
export type Authenticator = (req: Request) => Promise<Principal | null>;

const JSON_LIMIT = '1mb';
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** Mounts routes on a router. */
export function mountRoutes(router: Router, routes: readonly AnyRoute[], authenticate: Authenticator): void {
  const parseJson = express.json({
    limit: JSON_LIMIT,
    verify: (_req, _res, body) => refuseNul(body.toString('latin1'), 'json'),
  });
  for (const route of routes) {
    const handlers: express.RequestHandler[] = [];
    handlers.push(async (req, res, next) => {
      res.locals['principal'] = await authenticate(req);
      if (route.access === 'token' && res.locals['principal'] === null)
        throw new HttpError('UNAUTHENTICATED');
      next();
    });
    if (route.body !== undefined) handlers.push(requireJson, parseJson);
    handlers.push(async (req, res) => {
      await route.handle({
        req,
        res,
        params: route.params?.parse(req.params) ?? {},
        query: route.query?.parse(req.query) ?? {},
        body: route.body?.parse(req.body ?? {}),
        principal: () => requirePrincipal(res),
      });
    });
    router[route.method](route.path, ...handlers);
  }
  refuseOtherMethods(router, routes);
}

/** A known address asked in another way is 405 with the ways it takes, not 404 (RFC 9110 §15.5.6). */
function refuseOtherMethods(router: Router, routes: readonly AnyRoute[]): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method.toUpperCase());
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
    router.all(path, (_req, res) => {
      res.setHeader('Allow', allow);
      throw new HttpError('METHOD_NOT_ALLOWED');
    });
  }
}

const requireJson: express.RequestHandler = (req, _res, next) => {
  next(req.is('application/json') === false ? new HttpError('UNSUPPORTED_MEDIA_TYPE') : undefined);
};

function requirePrincipal(res: Response): Principal {
  const principal = res.locals['principal'] as Principal | null;
  if (principal === null) throw new HttpError('UNAUTHENTICATED');
  return principal;
}

/** The Idempotency-Key header, when given. @throws HttpError BAD_REQUEST when malformed. */
export function idempotencyKey(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined) return undefined;
  if (!IDEMPOTENCY_KEY.test(key))
    throw new HttpError('BAD_REQUEST', {
      faults: [
        {
          code: 'BAD_HEADER.Idempotency-Key',
          path: 'Idempotency-Key',
          vi: 'Idempotency-Key: 1–200 ký tự ASCII nhìn thấy được.',
          en: 'Idempotency-Key: 1–200 visible ASCII characters.',
        },
      ],
    });
  return key;
}
