import express, { type Response } from 'express';
import { z } from 'zod';
import { readXmlTree } from '../../../packages/index.ts';
import { fieldsOf, isAuthorized, recordEffect } from '../kit/effects.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** Three systems whose interfaces are not public, as the example mappings assume them: two REST, one SOAP. */
export const EXAMPLE_SYSTEMS = ['social-insurance', 'treasury', 'customs'] as const;

const insurance = z.object({
  maHoSo: z.string().min(1),
  nguoiThamGia: z.object({ hoTen: z.string().min(1), soDinhDanh: z.string().regex(/^\d{12}$/) }),
  loaiThuTuc: z.string().min(1),
});
const payment = z.object({
  soChungTu: z.string().min(1),
  maHoSo: z.string().min(1),
  khoanNop: z.array(z.object({ ten: z.string().min(1), soTien: z.int().positive() })).min(1),
  tongTien: z.int().positive(),
});

/** Social insurance: REST, an API key, numbers each dossier. */
export function startSocialInsurance(options: SimulatorOptions & { apiKey: string }): Promise<Simulator> {
  const held = new Map<string, string>();
  return startSimulatorServer(options, (app, context) => {
    app.use(express.json());
    app.post('/api/ho-so', async (req, res) => {
      if (!isAuthorized(res, req.get('x-api-key'), options.apiKey)) return void res.status(401).json({});
      const parsed = insurance.safeParse(req.body);
      if (!parsed.success)
        return void res
          .status(422)
          .json({ maLoi: 'DL01', moTa: `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}` });
      const code = parsed.data.maHoSo;
      await recordEffect(context, 'insurance', code, req.body, 'social-insurance');
      const known = held.get(code);
      if (known !== undefined)
        return void res.status(409).json({ maLoi: 'TT01', moTa: 'Hồ sơ đã tồn tại', soTiepNhan: known });
      held.set(code, `BHXH-${held.size + 1}`);
      res.status(201).json({ soTiepNhan: held.get(code) });
    });
    app.get('/api/ho-so/:code', (req, res) => {
      if (!isAuthorized(res, req.get('x-api-key'), options.apiKey)) return void res.status(401).json({});
      const number = held.get(req.params.code);
      if (number === undefined)
        return void res.status(404).json({ maLoi: 'TT02', moTa: 'Hồ sơ không tồn tại' });
      res.json({ soTiepNhan: number, trangThai: 'DA_GIAI_QUYET' });
    });
  });
}

/** Treasury: REST that always answers 200 and says in the body how it went. */
export function startTreasury(options: SimulatorOptions & { apiKey: string }): Promise<Simulator> {
  return startSimulatorServer(options, (app, context) => {
    app.use(express.json());
    app.post('/thu-nsnn', async (req, res) => {
      if (!isAuthorized(res, req.get('authorization'), `Bearer ${options.apiKey}`))
        return void res.json({ ket_qua: { ma: '99', mo_ta: 'Token hết hạn' } });
      const parsed = payment.safeParse(req.body);
      if (!parsed.success) return void res.json({ ket_qua: { ma: '10', mo_ta: fieldsOf(parsed.error) } });
      const sum = parsed.data.khoanNop.reduce((total, item) => total + item.soTien, 0);
      if (sum !== parsed.data.tongTien)
        return void res.json({ ket_qua: { ma: '11', mo_ta: 'Tổng tiền không khớp' } });
      await recordEffect(context, 'treasury', parsed.data.soChungTu, req.body, 'treasury');
      res.json({ ket_qua: { ma: '00', mo_ta: '' }, so_giao_dich: `KB-${parsed.data.soChungTu}` });
    });
  });
}

/** Customs: SOAP 1.1. */
export function startCustoms(options: SimulatorOptions & { apiKey: string }): Promise<Simulator> {
  const send = (res: Response, inner: string) =>
    void res
      .type('text/xml')
      .send(
        `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SendResponse xmlns="urn:customs:test">${inner}</SendResponse></s:Body></s:Envelope>`,
      );
  return startSimulatorServer(options, (app, context) => {
    app.post('/ws', express.text({ type: 'text/xml' }), async (req, res) => {
      const tree = await readXmlTree(Buffer.from(String(req.body)), 500_000);
      const [request] = tree.all('Body')[0]?.all('Send') ?? [];
      if (!isAuthorized(res, req.get('apikey'), options.apiKey))
        return send(res, '<Code>401</Code><Text>Xác thực không đúng</Text>');
      const code = request?.text('DossierCode') ?? '';
      const goods = request?.all('Goods') ?? [];
      if (code === '' || goods.length === 0)
        return send(res, '<Code>20</Code><Text>Thiếu DossierCode hoặc Goods</Text>');
      await recordEffect(context, 'customs', code, request?.value(), 'customs');
      send(res, `<Code>0</Code><Text/><Reference>HQ-${goods.length}-${code}</Reference>`);
    });
  });
}
