/** The web pages for clerks, officers and operators. */
import { type Request, Router } from 'express';
import type { Principal } from '../access/index.ts';
import type { GatewayDeps } from '../http/deps.ts';

/** Name of the session cookie. */
export const SESSION_COOKIE = 'lienthong_session';

/** Serves `/` and what belongs to it. */
export function consoleRouter(_deps: GatewayDeps, _authenticate: (req: Request) => Promise<Principal | null>): Router {
  return Router();
}
