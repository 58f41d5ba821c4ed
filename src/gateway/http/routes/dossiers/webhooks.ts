/** Webhooks of an agency: named, listed, taken away, replayed. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { webhookUrl } from '../../../../connectors/index.ts';
import type { Principal } from '../../../access/index.ts';
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  lastNews,
  listWebhooks,
  newId,
  updateWebhook,
  type WebhookRow,
} from '../../../store/index.ts';
import { type GatewayDeps, submitterOf } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';

/** Addresses one agency may have. */
const MAX_WEBHOOKS = 5;

const idParams = z.object({ id: z.string().max(60) });
const webhookView = z.object({
  id: z.string(),
  url: z.string(),
  cursor: z.int().describe('last news the address has taken'),
  paused: z.boolean().describe('given up on after too many attempts; a replay starts it again'),
  attempts: z.int(),
  lastStatus: z.string().nullable(),
});

function view(row: WebhookRow): z.infer<typeof webhookView> {
  return {
    id: row.id,
    url: row.url,
    cursor: Number(row.cursor),
    paused: row.paused === 1,
    attempts: row.attempts,
    lastStatus: row.last_status,
  };
}

function notAllowed(url: string): HttpError {
  return new HttpError('BAD_REQUEST', {
    faults: [
      {
        code: 'BAD_FIELD.url',
        path: 'url',
        vi: `Người vận hành chưa cho phép gửi tới máy chủ ${new URL(url).host} (LIENTHONG_WEBHOOK_HOSTS).`,
        en: `The operator has not allowed webhooks to ${new URL(url).host} (LIENTHONG_WEBHOOK_HOSTS).`,
      },
    ],
  });
}

/** `/api/v1/webhooks`. */
export function webhookRoutes(deps: GatewayDeps): AnyRoute[] {
  const { store } = deps.x;

  function holderOf(principal: Principal): Principal {
    if (!submitterOf(principal).maySendFor(principal.agency)) throw new HttpError('FORBIDDEN');
    return principal;
  }

  async function own(principal: Principal, id: string): Promise<WebhookRow> {
    const row = await findWebhook(store.read, id);
    if (row === undefined || row.agency !== principal.agency) throw new HttpError('NOT_FOUND');
    return row;
  }

  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks',
      summary: { vi: 'Đăng ký địa chỉ nhận tin hồ sơ', en: 'Name an address that is told of dossier news' },
      access: 'token',
      body: z.object({
        url: webhookUrl,
        fromStart: z.boolean().default(false).describe('true: from the first news kept, else from now on'),
      }),
      responses: {
        201: webhookView.extend({ secret: z.string().describe('shown this once; signs every message') }),
      },
      async handle({ body, principal, res }) {
        const holder = holderOf(principal());
        if (!deps.webhooks.isAllowed(body.url)) throw notAllowed(body.url);
        const now = deps.x.now();
        const id = newId('whk', now);
        const secret = randomBytes(32).toString('base64url');
        const row = await store.write(async (tx) => {
          if ((await listWebhooks(tx, holder.agency)).length >= MAX_WEBHOOKS)
            throw new HttpError('TOO_MANY_REQUESTS');
          const fresh: WebhookRow = {
            id,
            agency: holder.agency,
            url: body.url,
            secret_sealed: deps.sealer.seal(secret, `webhook:${id}`),
            cursor: body.fromStart ? 0 : await lastNews(tx, holder.agency),
            attempts: 0,
            next_attempt_at: now,
            last_status: null,
            paused: 0,
            created_at: now,
            updated_at: now,
          };
          await insertWebhook(tx, fresh);
          return fresh;
        });
        res.status(201).json({ ...view(row), secret });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/webhooks',
      summary: { vi: 'Các địa chỉ nhận tin của cơ quan', en: "The agency's webhooks" },
      access: 'token',
      responses: { 200: z.object({ items: z.array(webhookView) }) },
      async handle({ principal, res }) {
        res.json({ items: (await listWebhooks(store.read, principal().agency)).map(view) });
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/webhooks/:id',
      summary: { vi: 'Bỏ một địa chỉ nhận tin', en: 'Take a webhook away' },
      access: 'token',
      params: idParams,
      responses: { 204: 'text/plain' },
      async handle({ params, principal, res }) {
        const row = await own(holderOf(principal()), params.id);
        await store.write((tx) => deleteWebhook(tx, row.id));
        res.status(204).end();
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/webhooks/:id/replay',
      summary: { vi: 'Gửi lại tin từ một số thứ tự', en: 'Send the news again from a number on' },
      access: 'token',
      params: idParams,
      body: z.object({ from: z.int().min(1).describe('first news to send again') }),
      responses: { 200: webhookView },
      async handle({ params, body, principal, res }) {
        const row = await own(holderOf(principal()), params.id);
        const now = deps.x.now();
        const change = {
          cursor: body.from - 1,
          attempts: 0,
          paused: 0,
          next_attempt_at: now,
          updated_at: now,
        };
        await store.write((tx) => updateWebhook(tx, row.id, change));
        res.json(view({ ...row, ...change }));
      },
    }),
  ];
}
