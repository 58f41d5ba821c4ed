import express from 'express';
import { z } from 'zod';
import { fieldsOf, isAuthorized, recordEffect } from '../kit/effects.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

const end = z.looseObject({
  Province: z.int().positive(),
  Address: z.string().min(1),
  Name: z.string().min(1),
  Tel: z.string().min(1),
});
const order = z.looseObject({
  CustomerCode: z.string().min(1),
  OrderNumber: z.string().min(1).max(50),
  CODAmount: z.int().min(0),
  Sender: end,
  Receiver: end,
});

/** Starts a post that takes each order number once and moves an order one state on with every question. */
export function startVnpost(
  options: SimulatorOptions & { customerCode: string; apiKey: string },
): Promise<Simulator> {
  const orders = new Map<string, { itemCode: string; state: number }>();
  return startSimulatorServer(options, (app, context) => {
    app.use(express.json());
    app.use((req, res, next) => {
      if (isAuthorized(res, req.get('apikey'), options.apiKey)) next();
      else res.status(401).json({ Status: -1, Message: 'unauthorized' });
    });
    app.post('/orders', async (req, res) => {
      const parsed = order.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ Status: 0, Message: `Dữ liệu không hợp lệ: ${fieldsOf(parsed.error)}` });
      const { OrderNumber, CustomerCode } = parsed.data;
      if (CustomerCode !== options.customerCode)
        return void res.json({ Status: 0, Message: 'Mã khách hàng không tồn tại' });
      const known = orders.get(OrderNumber);
      await recordEffect(context, 'postal-order', OrderNumber, req.body, 'vnpost');
      if (known !== undefined)
        return void res.json({ Status: 2, Message: 'Đơn đã tồn tại', ItemCode: known.itemCode });
      const itemCode = `EB${String(100_000_000 + orders.size)}VN`;
      orders.set(OrderNumber, { itemCode, state: 1 });
      res.json({ Status: 1, Message: '', ItemCode: itemCode });
    });
    app.get('/tracking', (req, res) => {
      const known = orders.get(String(req.query['orderNumber']));
      if (known === undefined) return void res.json({ Status: 0, Message: 'Không tìm thấy', Data: null });
      const State = known.state;
      known.state = Math.min(4, known.state + 1);
      res.json({
        Status: 1,
        Message: '',
        Data: { ItemCode: known.itemCode, State, Time: context.now().toISOString() },
      });
    });
  });
}
