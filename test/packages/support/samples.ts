import type { EdxmlDocument, EdxmlStatus, Organ } from '../../../src/packages/index.ts';

/** An agency with every field filled. Invented. */
export function sampleOrgan(organId: string, organName: string): Organ {
  return {
    organId,
    organizationInCharge: 'Ủy ban nhân dân tỉnh',
    organName,
    organAdd: 'Số 1 đường Trần Phú',
    email: 'vanthu@example.gov.vn',
    telephone: '(0123) 456 789',
    fax: '0123456780',
    website: 'www.example.gov.vn',
  };
}

/** A new document without attachments that passes every check. Invented; structure of the axis' sample messages. */
export function sampleDocument(): EdxmlDocument {
  return {
    kind: 'document',
    from: sampleOrgan('000.00.00.H53', 'UBND tỉnh'),
    to: [sampleOrgan('000.00.13.H53', 'Sở Tư pháp'), sampleOrgan('H56.14', 'Sở Nội vụ')],
    documentId: '000.00.00.H53,2026/10/30,12/UBND-NC',
    code: { codeNumber: '12', codeNotation: 'UBND-NC' },
    promulgationInfo: { place: 'Tây Ninh', promulgationDate: '2026-10-30' },
    documentType: { type: 2, typeDetail: 0, typeName: 'Công văn' },
    subject: 'V/v triển khai "liên thông" <văn bản> & hồ sơ',
    content: 'Nội dung tóm tắt',
    signerInfo: { competence: 'KT. CHỦ TỊCH', position: 'Phó Chủ tịch', fullName: 'Nguyễn Văn A' },
    dueDate: '2026-12-01',
    otherInfo: {
      priority: 1,
      sphereOfPromulgation: 'Nội bộ',
      typerNotation: 'NVA',
      promulgationAmount: 2,
      pageAmount: 3,
      direction: false,
      appendixes: ['Phụ lục 1', 'Phụ lục 2'],
    },
    responseFor: [
      {
        organId: 'H56.14',
        code: '7/SNV-VP',
        documentId: 'H56.14,2026/10/01,7/SNV-VP',
        promulgationDate: '2026-10-01',
      },
    ],
    steeringType: 1,
    toPlaces: ['Như trên', 'Lưu: VT'],
    responseForTask: ['NV-001'],
    applicationType: 'QLVB',
    traceHeaders: [{ organId: '000.00.00.H53', timestamp: '2026-10-30T08:15:00+07:00' }],
    business: {
      businessDocType: 0,
      businessDocReason: 'Văn bản điện tử mới',
      paper: 0,
      staffInfo: {
        department: 'Văn thư',
        staff: 'Trần Thị B',
        email: 'b@example.gov.vn',
        mobile: '0912000000',
      },
    },
    attachments: [],
  };
}

/** A status message that passes every check. Invented. */
export function sampleStatus(): EdxmlStatus {
  return {
    kind: 'status',
    from: sampleOrgan('000.00.13.H53', 'Sở Tư pháp'),
    responseFor: {
      organId: '000.00.00.H53',
      code: '12/UBND-NC',
      documentId: '000.00.00.H53,2026/10/30,12/UBND-NC',
      promulgationDate: '2026-10-30',
    },
    staffInfo: { department: 'Văn thư', staff: 'Lê Văn C', email: 'c@example.gov.vn', mobile: '0912000001' },
    statusCode: '03',
    description: 'Đã vào sổ văn bản đến',
    timestamp: '2026-10-30T09:00:00+07:00',
  };
}
