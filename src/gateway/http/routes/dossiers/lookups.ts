/** What is asked of outside systems for one dossier while a person waits: citizen, enterprise, papers, payment. Each is written down. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Principal } from '../../../access/index.ts';
import { findAgencies } from '../../../directory/index.ts';
import { appendEvents } from '../../../evidence/index.ts';
import { ExchangeError } from '../../../exchange/index.ts';
import type { DossierRow } from '../../../store/index.ts';
import { type GatewayDeps, submitterOf } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';
import { codeParams, ownDossier } from './view.ts';

const citizenRequest = z.object({
  personalNumber: z.string().regex(/^\d{12}$/),
  fullName: z.string().min(1).max(200),
  born: z
    .string()
    .regex(/^\d{4}(-\d{2}-\d{2})?$/)
    .describe('yyyy-MM-dd or yyyy'),
  officerId: z.string().min(1).max(20),
  /** `check`: do the three belong together; `read`: what the database holds. */
  mode: z.enum(['check', 'read']).default('check'),
});

const paperRequest = z.object({
  ownerId: z.string().regex(/^\d{9,13}$/),
  requester: z.object({ name: z.string().min(1).max(200), id: z.string().regex(/^\d{9,13}$/) }),
  wanted: z
    .array(z.object({ resultCode: z.string().min(1).max(100), number: z.string().max(100).optional() }))
    .min(1)
    .max(20),
});

const paymentRequest = z.object({
  reference: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\w.-]+$/),
  description: z.string().min(1).max(500),
  payer: z.object({
    name: z.string().min(1).max(200),
    idNumber: z.string().max(20),
    address: z.string().max(500),
  }),
  items: z
    .array(
      z.object({
        name: z.string().min(1).max(200),
        amountVnd: z.int().positive(),
        kind: z.enum(['Phi', 'LePhi']).default('Phi'),
      }),
    )
    .min(1)
    .max(20),
});

function missing(system: string): ExchangeError {
  return new ExchangeError('SYSTEM_UNKNOWN', {
    vi: `Hệ thống ${system} chưa được cấu hình (systems.json).`,
    en: `The system ${system} is not configured (systems.json).`,
  });
}

/** `/api/v1/dossiers/{code}/lookups/*` and `/payment-links`. */
export function lookupRoutes(deps: GatewayDeps): AnyRoute[] {
  async function mayAsk(principal: Principal, code: string): Promise<DossierRow> {
    const row = await ownDossier(deps, principal, code);
    if (!submitterOf(principal).maySendFor(row.agency)) throw new HttpError('FORBIDDEN');
    return row;
  }

  /** Written before the question leaves: one nobody could record is not asked. */
  async function record(
    row: DossierRow,
    principal: Principal,
    system: string,
    purpose: string,
  ): Promise<void> {
    const data = { system, purpose, role: principal.role, token: principal.tokenId };
    await deps.x.store.write((tx) =>
      appendEvents(
        tx,
        row.package_id,
        [{ type: 'personal-data-read', actor: principal.agency, data }],
        deps.x.now(),
      ),
    );
  }

  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/dossiers/:code/lookups/citizen',
      summary: {
        vi: 'Xác thực hoặc tra cứu công dân trong CSDLQG về dân cư',
        en: 'Check or read a citizen in the population database',
      },
      access: 'token',
      params: codeParams,
      body: citizenRequest,
      responses: { 200: z.object({ matches: z.boolean(), citizen: z.unknown().nullable() }) },
      async handle({ params, body, principal, res }) {
        const holder = principal();
        const row = await mayAsk(holder, params.code);
        const { population } = deps.outside;
        if (population === undefined) throw missing('population-database');
        await record(row, holder, 'population-database', body.mode);
        const { personalNumber, fullName, born } = body;
        const query = {
          requestId: randomUUID(),
          officer: { id: body.officerId, unit: row.agency, account: population.account },
          citizen: { personalNumber, fullName, born },
        };
        if (body.mode === 'check') {
          res.json({ matches: await population.client.matches(query), citizen: null });
          return;
        }
        const citizen = await population.client.find(query);
        res.json({ matches: citizen !== undefined, citizen: citizen ?? null });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers/:code/lookups/enterprise',
      summary: { vi: 'Tra cứu doanh nghiệp', en: 'Look an enterprise up' },
      access: 'token',
      params: codeParams,
      query: z.object({ number: z.string().max(20) }),
      responses: { 200: z.unknown() },
      async handle({ params, query, principal, res }) {
        const holder = principal();
        const row = await mayAsk(holder, params.code);
        const { business } = deps.outside;
        if (business === undefined) throw missing('business-registry');
        await record(row, holder, 'business-registry', 'read');
        const enterprise = await business.find(query.number);
        if (enterprise === undefined) throw new HttpError('NOT_FOUND');
        res.json(enterprise);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/dossiers/:code/lookups/papers',
      summary: { vi: 'Tìm giấy tờ trong Kho dữ liệu điện tử', en: 'Find papers in the national store' },
      access: 'token',
      params: codeParams,
      body: paperRequest,
      responses: { 200: z.object({ items: z.array(z.unknown()) }) },
      async handle({ params, body, principal, res }) {
        const holder = principal();
        const row = await mayAsk(holder, params.code);
        const { papers } = deps.outside;
        if (papers === undefined) throw missing('document-store');
        await record(row, holder, 'document-store', 'read');
        const { ownerId, requester } = body;
        const wanted = body.wanted.map(({ resultCode, number }) => ({
          resultCode,
          ...(number === undefined ? {} : { number }),
        }));
        const channel = requester.id === ownerId ? 1 : 2;
        res.json({
          items: await papers.find({
            channel,
            ownerId,
            requester,
            procedureCode: row.procedure_code,
            wanted,
          }),
        });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/dossiers/:code/payment-links',
      summary: { vi: 'Khởi tạo thanh toán trực tuyến', en: 'Start an online payment' },
      access: 'token',
      params: codeParams,
      body: paymentRequest,
      responses: { 201: z.object({ url: z.url(), reference: z.string(), amountVnd: z.int() }) },
      async handle({ req, params, body, principal, res }) {
        const row = await mayAsk(principal(), params.code);
        const { payment } = deps.outside;
        if (payment === undefined) throw missing('payment');
        const amountVnd = body.items.reduce((sum, item) => sum + item.amountVnd, 0);
        const agency = (await findAgencies(deps.x.store.read, [row.agency])).get(row.agency);
        const { url } = await payment.client.init({
          reference: body.reference,
          amountVnd,
          description: body.description.replaceAll('|', ' '),
          ip: req.ip ?? '',
          dossierCode: row.code,
          procedureCode: row.procedure_code,
          procedureName: row.procedure_name,
          agencyCode: row.agency,
          agencyName: agency?.name ?? row.agency,
          beneficiary: payment.beneficiary,
          payer: body.payer,
          items: body.items,
        });
        res.status(201).json({ url, reference: body.reference, amountVnd });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers/:code/payment-receipts/:reference',
      summary: { vi: 'Biên lai thanh toán (PDF)', en: 'Receipt of a payment (PDF)' },
      access: 'token',
      params: codeParams.extend({ reference: z.string().max(100) }),
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        await mayAsk(principal(), params.code);
        const { payment } = deps.outside;
        if (payment === undefined) throw missing('payment');
        const pdf = await payment.client.receipt(params.reference);
        if (pdf === undefined) throw new HttpError('NOT_FOUND');
        res.type('application/pdf').send(Buffer.from(pdf));
      },
    }),
  ];
}
