/** Parts that more than one message of the dossier package holds. */
import { choice, field, personal, STATES, shapeOf, text, time } from './spec-fields.ts';
import type {
  Applicant,
  DossierComponent,
  Fee,
  FileRef,
  Identity,
  OtherPaper,
  Party,
  ProgressStep,
  ResultPaper,
  SupplementBody,
} from './types.ts';

export const FILE = shapeOf<FileRef>('FileRef', {
  name: text('Name', 'one', 255, 'Tên tệp', 'File name'),
  contentType: text('ContentType', 'one', 255, 'Kiểu nội dung', 'Content type'),
  sizeBytes: field('SizeBytes', 'integer', 'one', 'Dung lượng (byte)', 'Size in bytes'),
  sha256: field('Sha256', 'sha256', 'one', 'Mã băm SHA-256 (hex)', 'SHA-256 digest, hex'),
});

export const PARTY = shapeOf<Party>('Party', {
  agencyCode: field('AgencyCode', 'agency', 'one', 'Mã định danh cơ quan', 'Agency code', { max: 35 }),
  name: text('Name', 'maybe', 200, 'Tên cơ quan', 'Agency name'),
});

export const FEE = shapeOf<Fee>('Fee', {
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

export const COMPONENT = shapeOf<DossierComponent>('Component', {
  id: text('Id', 'maybe', 100, 'Mã tệp đính kèm', 'Identifier of the file at the portal'),
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

export const RESULT_PAPER = shapeOf<ResultPaper>('ResultPaper', {
  id: text('Id', 'maybe', 100, 'Mã giấy tờ', 'Identifier of the paper at the portal'),
  name: text('Name', 'one', 2000, 'Tên giấy tờ kết quả', 'Name of the result paper'),
  resultCode: text('ResultCode', 'maybe', 100, 'Mã giấy tờ kết quả', 'Result code'),
  componentCode: text('ComponentCode', 'maybe', 100, 'Mã thành phần hồ sơ', 'Component code'),
  paperNumber: text('PaperNumber', 'maybe', 100, 'Số, ký hiệu giấy tờ', 'Number and notation'),
  file: field('File', FILE, 'maybe', 'Tệp kết quả', 'File'),
});

export const IDENTITY = shapeOf<Identity>('Identity', {
  type: choice('Type', 'one', [1, 2], 'Loại định danh: 1 CCCD, 2 CMND', 'Type: 1 citizen card, 2 old card'),
  number: personal('number', text('Number', 'one', 20, 'Số định danh', 'Number')),
});

export const APPLICANT = shapeOf<Applicant>('Applicant', {
  type: choice(
    'Type',
    'one',
    [1, 2, 3, 4],
    'Loại đối tượng: 1 cá nhân, 2 doanh nghiệp, 3 cơ quan nhà nước, 4 tổ chức khác',
    'Type: 1 person, 2 enterprise, 3 state agency, 4 other',
  ),
  name: personal('name', text('Name', 'one', 500, 'Chủ hồ sơ', 'Name of the applicant')),
  portalId: personal(
    'number',
    text('PortalId', 'maybe', 100, 'Mã đối tượng trên Cổng DVCQG', 'Account on the national portal'),
  ),
  documentNumber: personal(
    'number',
    text('DocumentNumber', 'maybe', 50, 'Số giấy tờ chủ hồ sơ', 'Number of the identifying paper'),
  ),
  identities: field('Identity', IDENTITY, 'many', 'Định danh chủ hồ sơ', 'Identities'),
  address: personal('all', text('Address', 'maybe', 500, 'Địa chỉ', 'Address')),
  email: personal('all', text('Email', 'maybe', 100, 'Thư điện tử', 'E-mail')),
  phone: personal('number', text('Phone', 'maybe', 20, 'Số điện thoại', 'Telephone')),
  fax: personal('number', text('Fax', 'maybe', 20, 'Fax', 'Fax')),
});

export const OTHER_PAPER = shapeOf<OtherPaper>('OtherPaper', {
  name: text('Name', 'one', 2000, 'Tên giấy tờ', 'Name of the paper'),
  quantity: field('Quantity', 'integer', 'one', 'Số lượng', 'Quantity'),
  paperType: field('PaperType', 'integer', 'maybe', 'Loại giấy tờ', 'Type of paper'),
});

export const STEP = shapeOf<ProgressStep>('Step', {
  handler: text('Handler', 'one', 50, 'Người xử lý', 'Who handled it'),
  handlerTitle: text('HandlerTitle', 'maybe', 100, 'Chức danh', 'Title'),
  department: text('Department', 'maybe', 200, 'Phòng ban xử lý', 'Department'),
  content: text('Content', 'one', 1000, 'Nội dung xử lý', 'What was done'),
  state: choice('State', 'one', STATES, 'Trạng thái hồ sơ', 'State of the dossier'),
  handledAt: time('HandledAt', 'one', 'Thời điểm xử lý', 'When'),
  startedAt: time('StartedAt', 'maybe', 'Ngày bắt đầu', 'Start'),
  dueAt: time('DueAt', 'maybe', 'Ngày kết thúc theo quy định', 'Due by rule'),
});

export const SUPPLEMENT = shapeOf<SupplementBody>('Supplement', {
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
