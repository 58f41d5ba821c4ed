import type {
  Applicant,
  DossierBodies,
  DossierBody,
  DossierComponent,
  DossierHeader,
  DossierKind,
  Fee,
  FeeBody,
  FileRef,
  Identity,
  OtherPaper,
  Party,
  PaymentBody,
  ProgressStep,
  RatingBody,
  ResultBody,
  ResultPaper,
  SupplementBody,
} from './types.ts';

/**
 * Every wire name, type, length and label of the dossier package, once. `schemas/dossier.xsd` is written from this
 * table (a test keeps them equal), and reading, writing and checking follow it.
 * SOURCE: fields and lengths of `DongBoHoSoMC` and `CapNhatTienDoHoSoMC` of the National Public Service Portal.
 */

export const DOSSIER_NAMESPACE = 'urn:lienthong:dossier:1';
export const DOSSIER_ROOT = 'DossierMessage';
export const DOSSIER_VERSION = '1.0';

type Scalar =
  | 'text'
  | 'integer'
  | 'boolean'
  | 'date-time'
  | 'agency'
  | 'dossier-code'
  | 'procedure-code'
  | 'sha256';

/** One element: its name, type, bounds and meaning. */
export interface Field {
  wire: string;
  /** A scalar, or the shape of an element with children. */
  type: Scalar | Shape;
  /** `one` required, `maybe` optional, `some` a list with at least one, `many` a list that may be empty or absent. */
  count: 'one' | 'maybe' | 'some' | 'many';
  /** Longest text in characters. */
  max?: number;
  /** Allowed numbers. */
  values?: readonly number[];
  vi: string;
  en: string;
}

/** The children of an element, in wire order, by the key they have in the value. */
export interface Shape {
  /** Name of the XSD complex type. */
  typeName: string;
  fields: Readonly<Record<string, Field>>;
}

/** Makes sure at compile time that a shape names every key of the type it stands for, and no other. */
function shapeOf<T>(typeName: string, fields: { readonly [K in keyof Required<T>]: Field }): Shape {
  return { typeName, fields };
}

type Extra = Partial<Pick<Field, 'max' | 'values'>>;

function field(
  wire: string,
  type: Field['type'],
  count: Field['count'],
  vi: string,
  en: string,
  extra: Extra = {},
): Field {
  return { wire, type, count, vi, en, ...extra };
}

function text(wire: string, count: 'one' | 'maybe', max: number, vi: string, en: string): Field {
  return field(wire, 'text', count, vi, en, { max });
}

function time(wire: string, count: 'one' | 'maybe', vi: string, en: string): Field {
  return field(wire, 'date-time', count, vi, en);
}

function choice(
  wire: string,
  count: 'one' | 'maybe',
  values: readonly number[],
  vi: string,
  en: string,
): Field {
  return field(wire, 'integer', count, vi, en, { values });
}

const STATES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const FILE = shapeOf<FileRef>('FileRef', {
  name: text('Name', 'one', 255, 'Tên tệp', 'File name'),
  contentType: text('ContentType', 'one', 255, 'Kiểu nội dung', 'Content type'),
  sizeBytes: field('SizeBytes', 'integer', 'one', 'Dung lượng (byte)', 'Size in bytes'),
  sha256: field('Sha256', 'sha256', 'one', 'Mã băm SHA-256 (hex)', 'SHA-256 digest, hex'),
});

const PARTY = shapeOf<Party>('Party', {
  agencyCode: field('AgencyCode', 'agency', 'one', 'Mã định danh cơ quan', 'Agency code', { max: 35 }),
  name: text('Name', 'maybe', 200, 'Tên cơ quan', 'Agency name'),
});

const FEE = shapeOf<Fee>('Fee', {
  code: text('Code', 'one', 50, 'Mã phí, lệ phí', 'Fee code'),
  name: text('Name', 'one', 500, 'Tên phí, lệ phí', 'Fee name'),
  collectedAt: choice(
    'CollectedAt',
    'one',
    [1, 2, 4],
    'Hình thức thu: 1 tiếp nhận, 2 bổ sung, 4 trả kết quả',
    'Collected: 1 on reception, 2 on supplement, 4 on return',
  ),
  amountVnd: field('AmountVnd', 'integer', 'one', 'Số tiền (đồng)', 'Amount in đồng'),
  feeType: choice(
    'FeeType',
    'one',
    [1, 2, 3],
    'Loại: 1 thường, 2 thẩm định, 3 gia hạn',
    'Type: 1 ordinary, 2 appraisal, 3 extension',
  ),
});

const COMPONENT = shapeOf<DossierComponent>('Component', {
  name: text('Name', 'one', 2000, 'Tên giấy tờ', 'Name of the paper'),
  componentCode: text('ComponentCode', 'maybe', 100, 'Mã thành phần hồ sơ', 'Component code'),
  file: field('File', FILE, 'maybe', 'Tệp đính kèm', 'File'),
  deleted: field('Deleted', 'boolean', 'maybe', 'Đã xóa', 'Deleted'),
  digitised: field('Digitised', 'boolean', 'maybe', 'Được số hóa', 'Digitised'),
  reused: choice('Reused', 'maybe', [0, 1, 2], 'Được tái sử dụng', 'Reused'),
  fromNationalStore: field(
    'FromNationalStore',
    'boolean',
    'maybe',
    'Được lấy từ kho dữ liệu quốc gia',
    'From the national store',
  ),
  substituteResultCode: text(
    'SubstituteResultCode',
    'maybe',
    100,
    'Mã kết quả thay thế',
    'Result code that stands in',
  ),
});

const RESULT_PAPER = shapeOf<ResultPaper>('ResultPaper', {
  name: text('Name', 'one', 2000, 'Tên giấy tờ kết quả', 'Name of the result paper'),
  resultCode: text('ResultCode', 'maybe', 100, 'Mã giấy tờ kết quả', 'Result code'),
  componentCode: text('ComponentCode', 'maybe', 100, 'Mã thành phần hồ sơ', 'Component code'),
  paperNumber: text('PaperNumber', 'maybe', 100, 'Số, ký hiệu giấy tờ', 'Number and notation'),
  file: field('File', FILE, 'maybe', 'Tệp kết quả', 'File'),
});

const IDENTITY = shapeOf<Identity>('Identity', {
  type: choice('Type', 'one', [1, 2], 'Loại định danh: 1 CCCD, 2 CMND', 'Type: 1 citizen card, 2 old card'),
  number: text('Number', 'one', 20, 'Số định danh', 'Number'),
});

const APPLICANT = shapeOf<Applicant>('Applicant', {
  type: choice(
    'Type',
    'one',
    [1, 2, 3, 4],
    'Loại đối tượng: 1 cá nhân, 2 doanh nghiệp, 3 cơ quan nhà nước, 4 tổ chức khác',
    'Type: 1 person, 2 enterprise, 3 state agency, 4 other',
  ),
  name: text('Name', 'one', 500, 'Chủ hồ sơ', 'Name of the applicant'),
  portalId: text('PortalId', 'maybe', 100, 'Mã đối tượng trên Cổng DVCQG', 'Account on the national portal'),
  documentNumber: text(
    'DocumentNumber',
    'maybe',
    50,
    'Số giấy tờ chủ hồ sơ',
    'Number of the identifying paper',
  ),
  identities: field('Identity', IDENTITY, 'many', 'Định danh chủ hồ sơ', 'Identities'),
  address: text('Address', 'maybe', 500, 'Địa chỉ', 'Address'),
  email: text('Email', 'maybe', 100, 'Thư điện tử', 'E-mail'),
  phone: text('Phone', 'maybe', 20, 'Số điện thoại', 'Telephone'),
  fax: text('Fax', 'maybe', 20, 'Fax', 'Fax'),
});

const OTHER_PAPER = shapeOf<OtherPaper>('OtherPaper', {
  name: text('Name', 'one', 2000, 'Tên giấy tờ', 'Name of the paper'),
  quantity: field('Quantity', 'integer', 'one', 'Số lượng', 'Quantity'),
  paperType: field('PaperType', 'integer', 'maybe', 'Loại giấy tờ', 'Type of paper'),
});

const STEP = shapeOf<ProgressStep>('Step', {
  handler: text('Handler', 'one', 50, 'Người xử lý', 'Who handled it'),
  handlerTitle: text('HandlerTitle', 'maybe', 100, 'Chức danh', 'Title'),
  department: text('Department', 'maybe', 200, 'Phòng ban xử lý', 'Department'),
  content: text('Content', 'one', 1000, 'Nội dung xử lý', 'What was done'),
  state: choice('State', 'one', STATES, 'Trạng thái hồ sơ', 'State of the dossier'),
  handledAt: time('HandledAt', 'one', 'Thời điểm xử lý', 'When'),
  startedAt: time('StartedAt', 'maybe', 'Ngày bắt đầu', 'Start'),
  dueAt: time('DueAt', 'maybe', 'Ngày kết thúc theo quy định', 'Due by rule'),
});

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
  summary: text('Summary', 'maybe', 1000, 'Trích yếu hồ sơ', 'Summary'),
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
  otherInfo: text('OtherInfo', 'maybe', 2000, 'Thông tin khác', 'Other information'),
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
  results: field('Result', RESULT_PAPER, 'many', 'Giấy tờ kết quả', 'Result papers'),
});

const SUPPLEMENT = shapeOf<SupplementBody>('Supplement', {
  requestId: text('RequestId', 'one', 100, 'Mã yêu cầu bổ sung', 'Identifier of the request'),
  requestedBy: text('RequestedBy', 'one', 100, 'Người yêu cầu bổ sung', 'Who asks'),
  content: text('Content', 'one', 2000, 'Nội dung bổ sung', 'What is asked for'),
  requestedAt: time('RequestedAt', 'one', 'Ngày yêu cầu', 'Asked'),
  completed: field('Completed', 'boolean', 'one', 'Đã bổ sung', 'Done'),
  receivedBy: text('ReceivedBy', 'maybe', 100, 'Người tiếp nhận bổ sung', 'Who received it'),
  receivedInfo: text('ReceivedInfo', 'maybe', 1000, 'Thông tin tiếp nhận', 'About the reception'),
  receivedAt: time('ReceivedAt', 'maybe', 'Ngày tiếp nhận bổ sung', 'Received'),
  previousDueAt: time('PreviousDueAt', 'maybe', 'Ngày hẹn trả trước', 'Due before'),
  newDueAt: time('NewDueAt', 'maybe', 'Ngày hẹn trả mới', 'Due now'),
  papers: field('Paper', COMPONENT, 'many', 'Giấy tờ bổ sung', 'Papers'),
  fees: field('Fee', FEE, 'many', 'Phí, lệ phí bổ sung', 'Fees'),
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
  payerName: text('PayerName', 'maybe', 200, 'Họ tên người nộp', 'Payer'),
  payerIdNumber: text('PayerIdNumber', 'maybe', 20, 'Số định danh người nộp', "Payer's identity number"),
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
  comment: text('Comment', 'maybe', 1000, 'Ý kiến', 'Comment'),
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
};
