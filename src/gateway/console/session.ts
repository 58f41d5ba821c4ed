/** Signing in and out: an API token is exchanged for a session cookie. */
import type { CookieOptions, Request, Response } from 'express';
import { authenticateToken, closeSession, openSession, SESSION_MS } from '../access/index.ts';
import type { Attempts } from './attempts.ts';
import type { SafeHtml } from './html.ts';
import { isSameOrigin } from './origin.ts';
import { safeNext, signInPage } from './pages/sign-in.ts';
import { type ConsoleDeps, cookieOf, sendPage, type View } from './view.ts';

/** Name of the session cookie. */
export const SESSION_COOKIE = 'lienthong_session';

function cookieOptions(deps: ConsoleDeps): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: !deps.config.insecureCookies, path: '/' };
}

/** The form's field as text; anything else is no value. */
function field(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** `POST /console/session`. A wrong token is told plainly; too many wrong ones from one address have to wait. */
export async function signIn(
  deps: ConsoleDeps,
  attempts: Attempts,
  view: View,
  req: Request,
  res: Response,
): Promise<void> {
  const next = safeNext(field(req, 'next'));
  const again = (problem: string): SafeHtml => signInPage(view, deps, { problem, next });
  if (!isSameOrigin(req)) return sendPage(req, res, again(view.t('signin.crossSite')), 403);
  const now = deps.x.now();
  const address = req.ip ?? '';
  const seconds = attempts.waitSeconds(address, now);
  if (seconds > 0) {
    res.setHeader('Retry-After', seconds);
    return sendPage(req, res, again(view.t('signin.wait', { seconds })), 429);
  }
  const principal = await authenticateToken(deps.x.store.read, field(req, 'token'));
  if (principal === null) {
    attempts.wrong(address, now);
    return sendPage(req, res, again(view.t('signin.wrong')), 401);
  }
  const before = cookieOf(req, SESSION_COOKIE);
  if (before !== undefined) await closeSession(deps.x.store, before);
  const value = await openSession(deps.x.store, principal, now);
  deps.x.log.info(
    { agency: principal.agency, role: principal.role, tokenId: principal.tokenId },
    'console session opened',
  );
  res.cookie(SESSION_COOKIE, value, { ...cookieOptions(deps), maxAge: SESSION_MS });
  res.redirect(303, next);
}

/** `POST /console/session/end`: the session is forgotten on both sides. */
export async function signOut(deps: ConsoleDeps, req: Request, res: Response): Promise<void> {
  if (!isSameOrigin(req)) {
    res.redirect(303, '/');
    return;
  }
  const value = cookieOf(req, SESSION_COOKIE);
  if (value !== undefined) await closeSession(deps.x.store, value);
  res.clearCookie(SESSION_COOKIE, cookieOptions(deps));
  res.redirect(303, '/');
}
