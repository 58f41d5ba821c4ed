/** The web pages for clerks, officers and operators. */
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import type { Principal } from '../access/index.ts';
import { StoreError } from '../store/index.ts';
import { createAttempts } from './attempts.ts';
import { indicatorsPage } from './citizen/indicators.ts';
import { wallPage, watchWall } from './citizen/wall.ts';
import type { SafeHtml } from './html.ts';
import { deadlinesPage } from './pages/deadlines.ts';
import { dossierListPage, dossierPage } from './pages/dossiers.ts';
import { inboxPage } from './pages/inbox.ts';
import { listPage } from './pages/list.ts';
import { codeIn, lookUp, lookupPage } from './pages/lookup.ts';
import { operationsPage } from './pages/operations.ts';
import { packagePage } from './pages/package.ts';
import { faultPage, signInPage, verifyPage } from './pages/sign-in.ts';
import { paperListPage, paperPage } from './paper/pages.ts';
import { scanListPage, scanPage } from './scans/pages.ts';
import { signIn, signOut } from './session.ts';
import { signingRoutes } from './signing/routes.ts';
import { loadAssets } from './static.ts';
import { type ConsoleDeps, makeView, type SignedInView, sendPage, type View } from './view.ts';

export { isSameOrigin } from './origin.ts';
export { SESSION_COOKIE } from './session.ts';
export { type ConsoleDeps, cookieOf } from './view.ts';

/** Largest sign-in form. */
const FORM_LIMIT = '4kb';

/** Serves `/` and what belongs to it. `authenticate` finds who asks (bearer token or session cookie), or null. */
export function consoleRouter(
  deps: ConsoleDeps,
  authenticate: (req: Request) => Promise<Principal | null>,
): Router {
  const router = Router();
  const assets = loadAssets();
  const attempts = createAttempts();
  const viewOf = async (req: Request, res: Response): Promise<View> =>
    makeView(deps, assets, req, res, await authenticate(req));

  /** `?lang=` is remembered in a cookie and taken off the address. */
  function leaveLanguage(req: Request, res: Response, view: View): boolean {
    if (req.query['lang'] === undefined) return false;
    res.redirect(303, view.path);
    return true;
  }

  /** A page for whoever asks. */
  function page(path: string, render: (view: View, req: Request) => Promise<SafeHtml> | SafeHtml): void {
    router.get(path, async (req, res) => {
      const view = await viewOf(req, res);
      if (!leaveLanguage(req, res, view)) sendPage(req, res, await render(view, req));
    });
  }

  /** A page for those signed in; null from `render`: there is nothing here for them. */
  function ownPage(
    path: string,
    render: (view: SignedInView, req: Request) => Promise<SafeHtml | null>,
    connect: readonly string[] = [],
  ): void {
    router.get(path, async (req, res) => {
      const view = await viewOf(req, res);
      if (leaveLanguage(req, res, view)) return;
      const { principal } = view;
      if (principal === null) return sendPage(req, res, signInPage(view, deps), 401);
      const found = await render({ ...view, principal }, req);
      if (found === null) sendPage(req, res, faultPage(view, 'error.notFound', 'error.notFoundHint'), 404);
      else sendPage(req, res, found, 200, { connect });
    });
  }

  page('/', (view, req) => {
    const { principal } = view;
    return principal === null ? signInPage(view, deps) : listPage({ ...view, principal }, deps, req.query);
  });
  page('/kiem-tra', (view) => verifyPage(view, deps));
  ownPage('/goi-tin/:id', (view, req) =>
    packagePage(view, deps, String(req.params['id']), req.query['day-du'] !== undefined),
  );
  ownPage('/hop-den', (view, req) => inboxPage(view, deps, req.query));
  ownPage('/han-gui', (view) => deadlinesPage(view, deps));
  ownPage('/van-hanh', (view) => operationsPage(view, deps));
  ownPage('/ho-so', (view, req) => dossierListPage(view, deps, req.query));
  ownPage('/ho-so/:code', (view, req) =>
    dossierPage(view, deps, String(req.params['code']), req.query['day-du'] !== undefined),
  );

  ownPage('/quet', (view) => scanListPage(view, deps));
  ownPage('/quet/:id', (view, req) => scanPage(view, deps, String(req.params['id'])));
  ownPage('/ho-so-giay', (view) => paperListPage(view, deps));
  ownPage('/ho-so-giay/:id', (view, req) => paperPage(view, deps, String(req.params['id'])));
  ownPage('/chi-so', (view, req) => indicatorsPage(view, deps, req.query));
  ownPage('/man-hinh', (view) => wallPage(view, deps));
  router.get('/man-hinh/su-kien', async (req, res) => {
    const principal = await authenticate(req);
    // 204: the browser does not ask again by itself.
    if (principal === null) res.status(204).end();
    else await watchWall(deps, principal, req, res);
  });
  signingRoutes(router, deps, ownPage);

  // Codes are numbered in order: an address that guesses codes which do not exist has to wait.
  const guesses = createAttempts();
  router.get('/tra-cuu', async (req, res) => {
    const view = await viewOf(req, res);
    if (leaveLanguage(req, res, view)) return;
    const address = req.ip ?? '';
    const seconds = guesses.waitSeconds(address, deps.x.now());
    if (seconds > 0) {
      res.setHeader('Retry-After', seconds);
      return sendPage(req, res, lookupPage(view, { kind: 'wait', seconds }), 429);
    }
    const found = await lookUp(deps, codeIn(req.query['ma']));
    if (found.kind === 'none') guesses.wrong(address, deps.x.now());
    sendPage(req, res, lookupPage(view, found), found.kind === 'none' ? 404 : 200, { wasm: true });
  });

  const form = express.urlencoded({ extended: false, limit: FORM_LIMIT, parameterLimit: 10 });
  router.post('/console/session', form, async (req, res) => {
    // Whoever is signed in already does not matter here: the token decides.
    await signIn(deps, attempts, await makeView(deps, assets, req, res, null), req, res);
  });
  router.post('/console/session/end', (req, res) => signOut(deps, req, res));
  router.get('/console/assets/:version/:name', (req, res) =>
    assets.serve(req, res, req.params.version, req.params.name),
  );
  router.use(async (req, res, next) => {
    // A browser that went astray gets a page; programs get the API's own answer.
    const isProgram = req.path.startsWith('/api/') || req.accepts(['json', 'html']) !== 'html';
    if (isProgram || !['GET', 'HEAD'].includes(req.method)) return next();
    const view = await viewOf(req, res);
    sendPage(req, res, faultPage(view, 'error.notFound', 'error.notFoundHint'), 404);
  });
  router.use(faultHandler(deps, assets));
  return router;
}

/** Faults of our pages as pages; faults that have a name elsewhere (HttpError) go on to the app's own handler. */
function faultHandler(deps: ConsoleDeps, assets: ReturnType<typeof loadAssets>): ErrorRequestHandler {
  return async (cause, req, res, next) => {
    const status = (cause as { status?: number }).status;
    const isNamed = (cause as Error).name === 'HttpError' || (status !== undefined && status < 500);
    if (res.headersSent || isNamed) return next(cause);
    deps.x.log.error({ err: cause, method: req.method, route: req.route?.path ?? 'console' }, 'page failed');
    const isStore = cause instanceof StoreError;
    // The view of nobody needs no store: it must work when the store does not.
    const view = await makeView(deps, assets, req, res, null);
    sendPage(req, res, faultPage(view, isStore ? 'error.store' : 'error.internal'), isStore ? 503 : 500);
  };
}
