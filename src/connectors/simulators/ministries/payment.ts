import express from 'express';
import { z } from 'zod';
import { paymentChecksum } from '../../payment/client.ts';
import { buildRecordPdf } from '../judicial/record-pdf.ts';
import { fieldsOf, recordEffect } from '../kit/effects.ts';
import { modeOf, type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** Settings of the simulated payment platform. */
export interface PaymentSimulatorOptions extends SimulatorOptions {
  partnerCode: string;
  secret: string;
}

const text = z.string().min(1);
const init = z.looseObject({
  LoaiBanTin: z.literal('INIT'),
  PhienBan: z.literal('1.0.6'),
  MaDoiTac: text,
  MaThamChieu: text,
  SoTien: z.string().regex(/^[1-9]\d{0,14}$/),
  LoaiHinhThanhToan: text,
  MaKenhThanhToan: text,
  MaThietBi: text,
  NgonNgu: text,
  MaTienTe: z.literal('VND'),
  MaNganHang: text,
  ThongTinGiaoDich: text,
  ThoiGianGD: z.string().regex(/^\d{14}$/),
  Ip: text,
  MaXacThuc: z.string().regex(/^[0-9a-f]{64}$/),
  ThongTinBienLai: z.looseObject({
    MaDVC: text,
    MaHoSo: text,
    PhiLePhi: z.array(z.looseObject({ SoTien: text })).min(1),
  }),
});

const receipt = z.object({
  LoaiBanTin: text,
  PhienBan: text,
  MaDoiTac: text,
  MaThamChieu: text,
  ThoiGianGD: text,
  MaXacThuc: text,
});

/** Order of the fields under the checksum is the order of the message. */
const SUMMED = Object.keys(init.shape).slice(0, 14) as (keyof typeof init.shape)[];

/** Starts a platform that checks the checksum, takes each reference once, and gives a receipt after `POST /pay/{reference}`. */
export function startPayment(options: PaymentSimulatorOptions): Promise<Simulator> {
  const orders = new Map<string, { amount: string; paid: boolean }>();
  return startSimulatorServer(options, (app, context) => {
    app.use(express.json({ limit: '1mb' }));
    app.post('/init', async (req, res) => {
      const parsed = init.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ error_code: '2', message: `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}` });
      const order = parsed.data;
      const sum = paymentChecksum(
        SUMMED.map((name) => String(order[name])),
        options.secret,
      );
      if (
        modeOf(res) === 'wrong-session' ||
        order.MaDoiTac !== options.partnerCode ||
        sum !== order.MaXacThuc
      )
        return void res.json({ error_code: '3', message: 'Mã xác thực không đúng' });
      if (orders.has(order.MaThamChieu))
        return void res.json({ error_code: '4', message: 'Mã tham chiếu đã tồn tại' });
      orders.set(order.MaThamChieu, { amount: order.SoTien, paid: false });
      await recordEffect(context, 'payment', order.MaThamChieu, order, 'payment');
      const UrlThanhToan = `https://thanhtoan.example.vn/pay?ref=${encodeURIComponent(order.MaThamChieu)}`;
      res.json({ error_code: '0', message: JSON.stringify({ UrlThanhToan }) });
    });
    app.post('/pay/:reference', (req, res) => {
      const order = orders.get(req.params.reference);
      if (order !== undefined) order.paid = true;
      res.status(order === undefined ? 404 : 204).end();
    });
    app.post('/receipt', (req, res) => {
      const parsed = receipt.safeParse(req.body);
      const { LoaiBanTin, PhienBan, MaDoiTac, MaThamChieu, ThoiGianGD, MaXacThuc } = parsed.data ?? {};
      const values = [LoaiBanTin, PhienBan, MaDoiTac, MaThamChieu, ThoiGianGD].map(String);
      if (paymentChecksum(values, options.secret) !== MaXacThuc) return void res.status(401).end();
      const order = orders.get(MaThamChieu ?? '');
      if (order?.paid !== true) return void res.status(404).end();
      const pdf = buildRecordPdf([
        'BIÊN LAI THU PHÍ, LỆ PHÍ (bản thử)',
        `Mã tham chiếu: ${MaThamChieu}`,
        `Số tiền: ${order.amount} đồng`,
      ]);
      res.type('application/pdf').send(Buffer.from(pdf));
    });
  });
}
