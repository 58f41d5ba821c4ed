/** /api/v1/deadlines: documents near or over the time the law gives for sending them. */
import { z } from 'zod';
import { visibleAgencies } from '../../access/index.ts';
import { type AtRisk, findAtRisk } from '../../deadlines/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { deadlineView } from '../views.ts';

const itemView = z.object({
  packageId: z.string(),
  deliveryId: z.string(),
  code: z.string(),
  subject: z.string(),
  sender: z.string(),
  recipient: z.string(),
  priority: z.int(),
  state: z.string(),
  reasonCode: z.string().nullable(),
  deadline: deadlineView,
});

function view({ line, deadline }: AtRisk): z.infer<typeof itemView> {
  return {
    packageId: line.package_id,
    deliveryId: line.id,
    code: line.code,
    subject: line.subject,
    sender: line.sender,
    recipient: line.recipient,
    priority: line.priority,
    state: line.state,
    reasonCode: line.reason_code,
    deadline: {
      dueAt: new Date(deadline.dueAt).toISOString(),
      latestAt: new Date(deadline.latestAt).toISOString(),
      state: deadline.state,
    },
  };
}

/** All routes of this resource. */
export function deadlineRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/deadlines',
      summary: {
        vi: 'Văn bản sắp trễ hoặc đã trễ hạn gửi (QĐ 28/2018)',
        en: 'Documents near or over the time for sending them, the most pressing first',
      },
      access: 'token',
      responses: { 200: z.object({ items: z.array(itemView) }) },
      async handle({ principal, res }) {
        const { x, clock } = deps;
        const found = await findAtRisk(x.store.read, clock, visibleAgencies(principal()), x.now());
        res.json({ items: found.map(view) });
      },
    }),
  ];
}
