/** The app as a table of contents. */
import express, { type Express, type Request, type Response } from 'express';
import helmet from 'helmet';
import { authenticateSession, authenticateToken, type Principal } from '../access/index.ts';
import { consoleRouter, cookieOf, isSameOrigin, SESSION_COOKIE } from '../console/index.ts';
import { StoreError } from '../store/index.ts';
import type { GatewayDeps } from './deps.ts';
import { healthRouter } from './health.ts';
import { openApiOf } from './openapi.ts';
import { HttpError, problemHandler, refuseNul } from './problem.ts';
import { type AnyRoute, mountRoutes } from './route.ts';
import { agencyRoutes } from './routes/agencies.ts';
import { arrivalRoutes } from './routes/arrivals.ts';
import { deadlineRoutes } from './routes/deadlines.ts';
import { catalogueRoutes } from './routes/dossiers/catalogue.ts';
import { dossierRoutes } from './routes/dossiers/index.ts';
import { indicatorRoutes } from './routes/dossiers/indicators.ts';
import { taxNoticeRoutes } from './routes/dossiers/tax-notices.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { ocrRoutes } from './routes/ocr-jobs.ts';
import { ocrReviewRoutes } from './routes/ocr-review.ts';
import { operationRoutes } from './routes/operations.ts';
import { packageRoutes } from './routes/packages.ts';
import { paperDossierRoutes } from './routes/paper-dossiers.ts';
import { levelCompletionRoutes } from './routes/signing/level-completions.ts';
import { signatureRoutes } from './routes/signing/signatures.ts';
import { signingRequestRoutes } from './routes/signing/signing-requests.ts';
import { verificationRoutes } from './routes/verifications.ts';
import { vxpFaults, vxpPaths, vxpServer } from './vxp/server.ts';

/** Every endpoint of contracts.md that is declared with schemas. */
export function apiRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    ...packageRoutes(deps),
    ...evidenceRoutes(deps),
    ...inboxRoutes(deps),
    ...deadlineRoutes(deps),
    ...agencyRoutes(deps),
    ...operationRoutes(deps),
    ...arrivalRoutes(deps),
    ...dossierRoutes(deps),
    ...paperDossierRoutes(deps),
    ...catalogueRoutes(deps),
    ...indicatorRoutes(deps),
    ...taxNoticeRoutes(deps),
    ...signatureRoutes(deps),
    ...levelCompletionRoutes(deps),
    ...signingRequestRoutes(deps),
    ...verificationRoutes(deps),
    ...ocrRoutes(deps),
    ...ocrReviewRoutes(deps),
  ];
}

/**
 * Finds who asks: a bearer token, or the console's session cookie. A cookie counts for changing requests only when the browser
 * says they come from our own pages (Sec-Fetch-Site), so that no other site can act for a clerk.
 */
async function authenticate(deps: GatewayDeps, req: Request): Promise<Principal | null> {
  const header = req.get('authorization');
  if (header !== undefined) {
    const match = /^Bearer +(\S+)$/i.exec(header);
    const principal = match === null ? null : await authenticateToken(deps.x.store.read, match[1] ?? '');
    if (principal === null) throw new HttpError('UNAUTHENTICATED');
    return principal;
  }
  const session = cookieOf(req, SESSION_COOKIE);
  if (session === undefined) return null;
  if (!['GET', 'HEAD'].includes(req.method) && !isSameOrigin(req)) throw new HttpError('FORBIDDEN');
  return authenticateSession(deps.x.store, session, deps.x.now());
}

export function createApp(deps: GatewayDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  if (deps.config.trustProxy !== '') app.set('trust proxy', deps.config.trustProxy);
  app.set('query parser', 'simple');
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          imgSrc: ["'self'", 'data:', 'blob:'],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      strictTransportSecurity: false, // TLS ends at the operator's proxy, which sets it
    }),
  );
  app.use(healthRouter(deps));
  app.use(vxpPaths, refuseWhenStopping(deps), limitUploads(deps));
  app.use('/XrdAdapter/adapter', vxpServer(deps), vxpFaults(deps));
  app.use(
    '/XrdAdapter',
    () => {
      throw new HttpError('NOT_FOUND');
    },
    vxpFaults(deps),
  );
  app.use((req, _res, next) => {
    refuseNul(req.url, 'address');
    next();
  });
  const routes = apiRoutes(deps);
  const page = openApiOf(routes, deps.version);
  app.get('/openapi.json', (_req, res) => {
    res.json(page);
  });
  const api = express.Router();
  mountRoutes(api, routes, (req) => authenticate(deps, req));
  app.use(api);
  app.use(consoleRouter(deps, (req) => authenticate(deps, req)));
  app.use(() => {
    throw new HttpError('NOT_FOUND');
  });
  app.use(problemHandler(deps.x.log));
  return app;
}

function refuseWhenStopping(deps: GatewayDeps): express.RequestHandler {
  return (_req, res, next) => {
    if (!deps.isShuttingDown()) return next();
    res.setHeader('Connection', 'close');
    next(new HttpError('SHUTTING_DOWN'));
  };
}

/** What brings mail: signing in to the console and acting there go on on a full disk. */
function takesIn(req: Request): boolean {
  return req.path.startsWith('/api/v1/') || req.path.startsWith('/XrdAdapter/');
}

/** Bounds how many bodies are taken in at the same time; one more is told to come back. */
function limitUploads(deps: GatewayDeps): express.RequestHandler {
  let underWay = 0;
  return (req: Request, res: Response, next) => {
    if (req.method !== 'POST') return next();
    if (takesIn(req) && deps.disk?.isLow() === true)
      return next(new StoreError('STORE_FULL', 'less than the reserve of disk space is free'));
    if (underWay >= deps.config.uploadConcurrency) return next(new HttpError('BUSY'));
    underWay += 1;
    res.once('close', () => {
      underWay -= 1;
    });
    next();
  };
}
