import { choice, field, personal, type Shape, STATES, shapeOf, text, time } from './spec-fields.ts';
import {
  APPLICANT,
  COMPONENT,
  FEE,
  FILE,
  OTHER_PAPER,
  PARTY,
  RESULT_PAPER,
  STEP,
  SUPPLEMENT,
} from './spec-parts.ts';
import type {
  DossierBodies,
  DossierBody,
  DossierHeader,
  DossierKind,
  FeeBody,
  PaymentBody,
  PostalOrderBody,
  PostalParty,
  QuestionBody,
  RatingBody,
  ResultBody,
} from './types.ts';

export type { Field, Shape } from './spec-fields.ts';

/**
 * Every wire name, type, length and label of the dossier package, once. `schemas/dossier.xsd` is written from this
 * table (a test keeps them equal), and reading, writing and checking follow it.
 * SOURCE: fields and lengths of `DongBoHoSoMC` and `CapNhatTienDoHoSoMC` of the National Public Service Portal.
 */

export const DOSSIER_NAMESPACE = 'urn:lienthong:dossier:1';
export const DOSSIER_ROOT = 'DossierMessage';
export const DOSSIER_VERSION = '1.0';

/** Children of the root before the body. */
export const HEADER_SHAPE = shapeOf<DossierHeader>('Header', {
  messageId: text('MessageId', 'one', 100, 'Mã bản tin', 'Message identifier'),
  correlationId: text('CorrelationId', 'maybe', 100, 'Mã bản tin được trả lời', 'Message answered'),
  from: field('From', PARTY, 'one', 'Bên gửi', 'Sender'),
  to: field('To', PARTY, 'some', 'Bên nhận', 'Recipient'),
  createdAt: time('CreatedAt', 'one', 'Thời điểm lập', 'When the message was made'),
  dossierCode: field('DossierCode', 'dossier-code', 'one', 'Mã hồ sơ', 'Dossier code', { max: 60 }),
});

const DOSSIER = shapeOf<DossierBody>('Dossier', {
  procedureCode: field('ProcedureCode', 'procedure-code', 'one', 'Mã thủ tục hành chính', 'Procedure code', {
    max: 50,
  }),
  procedureName: text('ProcedureName', 'one', 1000, 'Tên thủ tục hành chính', 'Procedure name'),
  fieldCode: text('FieldCode', 'one', 50, 'Mã lĩnh vực', 'Field code'),
  fieldName: text('FieldName', 'one', 500, 'Tên lĩnh vực', 'Field name'),
  applicant: field('Applicant', APPLICANT, 'one', 'Chủ hồ sơ', 'Applicant'),
  summary: personal('all', text('Summary', 'maybe', 1000, 'Trích yếu hồ sơ', 'Summary')),
  channel: choice(
    'Channel',
    'maybe',
    [1, 2, 3],
    'Kênh thực hiện: 1 trực tiếp, 2 trực tuyến, 3 bưu chính',
    'Channel: 1 in person, 2 online, 3 by post',
  ),
  submissionForm: choice(
    'SubmissionForm',
    'one',
    [0, 1],
    'Hình thức: 0 trực tiếp, 1 bưu chính',
    'Form: 0 in person, 1 by post',
  ),
  submittedVia: choice(
    'SubmittedVia',
    'maybe',
    [1, 2],
    'Nơi nộp: 1 Cổng DVCQG, 2 cổng bộ, tỉnh',
    'Via: 1 national portal, 2 own portal',
  ),
  submittedAt: time('SubmittedAt', 'maybe', 'Ngày nộp hồ sơ', 'Submitted'),
  receivedAt: time('ReceivedAt', 'one', 'Ngày tiếp nhận', 'Received'),
  dueAt: time('DueAt', 'maybe', 'Ngày hẹn trả', 'Due'),
  finishedAt: time('FinishedAt', 'maybe', 'Ngày kết thúc xử lý', 'Finished'),
  returnedAt: time('ReturnedAt', 'maybe', 'Ngày trả', 'Handed over'),
  returnInfo: text('ReturnInfo', 'maybe', 1000, 'Thông tin trả', 'About the handing over'),
  rejectedAt: time('RejectedAt', 'maybe', 'Ngày từ chối', 'Rejected'),
  state: choice('State', 'one', STATES, 'Trạng thái hồ sơ', 'State of the dossier'),
  handlingUnit: text('HandlingUnit', 'one', 500, 'Đơn vị xử lý', 'Handling unit'),
  note: text('Note', 'maybe', 2000, 'Ghi chú', 'Note'),
  otherInfo: personal('all', text('OtherInfo', 'maybe', 2000, 'Thông tin khác', 'Other information')),
  hasDigitisedComponents: field(
    'HasDigitisedComponents',
    'boolean',
    'maybe',
    'Hồ sơ có thành phần số hóa',
    'Has digitised components',
  ),
  verifiedByVneid: field(
    'VerifiedByVneid',
    'boolean',
    'maybe',
    'Tài khoản được xác thực với VNeID',
    'Account verified by VNeID',
  ),
  onlinePayment: choice(
    'OnlinePayment',
    'maybe',
    [0, 1, 2, 3],
    'Được thanh toán trực tuyến',
    'Online payment',
  ),
  connectedDatabases: field(
    'ConnectedDatabase',
    'text',
    'many',
    'Cơ sở dữ liệu được kết nối',
    'Database connected',
    { max: 50 },
  ),
  components: field('Component', COMPONENT, 'many', 'Tài liệu nộp', 'Papers handed in'),
  fees: field('Fee', FEE, 'many', 'Phí, lệ phí', 'Fees'),
  otherPapers: field('OtherPaper', OTHER_PAPER, 'many', 'Giấy tờ khác', 'Other papers'),
  supplements: field(
    'Supplement',
    SUPPLEMENT,
    'many',
    'Hồ sơ bổ sung',
    'Requests for more papers and their answers',
  ),
  results: field('Result', RESULT_PAPER, 'many', 'Giấy tờ kết quả', 'Result papers'),
});

const FEE_BODY = shapeOf<FeeBody>('FeeRequest', {
  fees: field('Fee', FEE, 'some', 'Phí, lệ phí', 'Fees'),
  reason: text('Reason', 'maybe', 1000, 'Lý do', 'Reason'),
  payBefore: time('PayBefore', 'maybe', 'Hạn nộp', 'To be paid before'),
  beneficiaryAccount: text('BeneficiaryAccount', 'maybe', 50, 'Tài khoản thụ hưởng', 'Beneficiary account'),
  beneficiaryName: text('BeneficiaryName', 'maybe', 200, 'Tên tài khoản thụ hưởng', 'Beneficiary name'),
  beneficiaryBankCode: text('BeneficiaryBankCode', 'maybe', 50, 'Mã ngân hàng thụ hưởng', 'Beneficiary bank'),
});

const PAYMENT = shapeOf<PaymentBody>('Payment', {
  reference: text('Reference', 'one', 100, 'Mã tham chiếu', 'Reference'),
  amountVnd: field('AmountVnd', 'integer', 'one', 'Số tiền (đồng)', 'Amount in đồng'),
  paidAt: time('PaidAt', 'one', 'Thời gian giao dịch', 'When'),
  outcome: choice(
    'Outcome',
    'one',
    [1, 2, 3],
    'Kết quả: 1 thành công, 2 thất bại, 3 hoàn tiền',
    'Outcome: 1 paid, 2 failed, 3 refunded',
  ),
  channelCode: text('ChannelCode', 'maybe', 50, 'Mã kênh thanh toán', 'Payment channel'),
  bankCode: text('BankCode', 'maybe', 50, 'Mã ngân hàng', 'Bank'),
  payerName: personal('name', text('PayerName', 'maybe', 200, 'Họ tên người nộp', 'Payer')),
  payerIdNumber: personal(
    'number',
    text('PayerIdNumber', 'maybe', 20, 'Số định danh người nộp', "Payer's identity number"),
  ),
  fees: field('Fee', FEE, 'many', 'Khoản nộp', 'Fees paid'),
  receipt: field('Receipt', FILE, 'maybe', 'Biên lai', 'Receipt'),
});

const RESULT = shapeOf<ResultBody>('ResultNotice', {
  state: choice('State', 'one', STATES, 'Trạng thái hồ sơ', 'State of the dossier'),
  decidedAt: time('DecidedAt', 'one', 'Ngày kết thúc xử lý', 'Decided'),
  returnedAt: time('ReturnedAt', 'maybe', 'Ngày trả', 'Handed over'),
  returnInfo: text('ReturnInfo', 'maybe', 1000, 'Thông tin trả', 'About the handing over'),
  note: text('Note', 'maybe', 2000, 'Ghi chú', 'Note'),
  results: field('Result', RESULT_PAPER, 'many', 'Giấy tờ kết quả', 'Result papers'),
});

const RATING = shapeOf<RatingBody>('Rating', {
  score: choice('Score', 'one', [1, 2, 3, 4, 5], 'Mức độ hài lòng', 'Score'),
  ratedAt: time('RatedAt', 'one', 'Thời điểm đánh giá', 'When'),
  comment: personal('all', text('Comment', 'maybe', 1000, 'Ý kiến', 'Comment')),
});

const POSTAL_PARTY = shapeOf<PostalParty>('PostalParty', {
  name: personal('name', text('Name', 'one', 200, 'Họ tên', 'Name')),
  phone: personal('number', text('Phone', 'one', 20, 'Số điện thoại', 'Telephone')),
  address: personal('all', text('Address', 'one', 500, 'Địa chỉ', 'Address')),
  provinceCode: text('ProvinceCode', 'one', 10, 'Mã tỉnh', 'Province code'),
  districtCode: text('DistrictCode', 'maybe', 10, 'Mã huyện', 'District code'),
  wardCode: text('WardCode', 'maybe', 10, 'Mã xã', 'Ward code'),
  email: personal('all', text('Email', 'maybe', 100, 'Thư điện tử', 'E-mail')),
});

const POSTAL_ORDER = shapeOf<PostalOrderBody>('PostalOrder', {
  orderNumber: text('OrderNumber', 'one', 50, 'Số vận đơn của bên gửi', "Sender's number of the order"),
  direction: choice(
    'Direction',
    'one',
    [1, 2],
    'Chiều: 1 thu gom hồ sơ, 2 trả kết quả',
    'Direction: 1 papers are fetched, 2 the result is brought',
  ),
  orderedAt: time('OrderedAt', 'one', 'Thời điểm đặt', 'When it was ordered'),
  sender: field('Sender', POSTAL_PARTY, 'one', 'Người gửi', 'Sender'),
  receiver: field('Receiver', POSTAL_PARTY, 'one', 'Người nhận', 'Receiver'),
  content: text('Content', 'maybe', 500, 'Nội dung bưu gửi', 'What is sent'),
  codAmountVnd: field(
    'CodAmountVnd',
    'integer',
    'maybe',
    'Tiền thu hộ (đồng)',
    'Collected on delivery, đồng',
  ),
  trackingCode: text('TrackingCode', 'maybe', 50, 'Mã bưu gửi', "The post's code"),
  state: choice(
    'State',
    'maybe',
    [1, 2, 3, 4, 5],
    'Trạng thái: 1 đã đặt, 2 đã lấy, 3 đang chuyển, 4 đã phát, 5 phát không được',
    'State: 1 ordered, 2 picked up, 3 on its way, 4 delivered, 5 not delivered',
  ),
  stateAt: time('StateAt', 'maybe', 'Thời điểm trạng thái', 'When the state was reached'),
});

const QUESTION = shapeOf<QuestionBody>('Question', {
  questionId: text('QuestionId', 'one', 100, 'Mã câu hỏi', 'Identifier of the question'),
  title: text('Title', 'maybe', 500, 'Tiêu đề', 'Title'),
  content: personal('all', text('Content', 'one', 4000, 'Nội dung hỏi', 'Question')),
  askedBy: personal('name', text('AskedBy', 'maybe', 200, 'Người hỏi', 'Who asks')),
  askedAt: time('AskedAt', 'one', 'Thời điểm hỏi', 'When'),
  answer: text('Answer', 'maybe', 8000, 'Nội dung trả lời', 'Answer'),
  answeredBy: text('AnsweredBy', 'maybe', 200, 'Người trả lời', 'Who answers'),
  answeredAt: time('AnsweredAt', 'maybe', 'Thời điểm trả lời', 'When it was answered'),
});

/** The element each kind of message has as its body. */
export const BODIES: Readonly<Record<DossierKind, { wire: string; shape: Shape; vi: string; en: string }>> = {
  dossier: { wire: 'Dossier', shape: DOSSIER, vi: 'Hồ sơ', en: 'A dossier in full' },
  progress: {
    wire: 'Progress',
    shape: shapeOf<DossierBodies['progress']>('Progress', {
      steps: field('Step', STEP, 'some', 'Bước xử lý', 'Steps'),
    }),
    vi: 'Tiến độ xử lý',
    en: 'Progress',
  },
  supplement: { wire: 'Supplement', shape: SUPPLEMENT, vi: 'Yêu cầu bổ sung', en: 'Request for more papers' },
  fee: { wire: 'FeeRequest', shape: FEE_BODY, vi: 'Yêu cầu nghĩa vụ tài chính', en: 'Request for payment' },
  payment: { wire: 'Payment', shape: PAYMENT, vi: 'Thanh toán', en: 'Payment' },
  result: { wire: 'ResultNotice', shape: RESULT, vi: 'Kết quả giải quyết', en: 'Result' },
  rating: { wire: 'Rating', shape: RATING, vi: 'Đánh giá', en: 'Rating' },
  'postal-order': {
    wire: 'PostalOrder',
    shape: POSTAL_ORDER,
    vi: 'Phiếu gửi bưu chính',
    en: 'Postal order',
  },
  question: { wire: 'Question', shape: QUESTION, vi: 'Hỏi đáp', en: 'Question and answer' },
};
