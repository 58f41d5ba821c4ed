import type { JudicialAddress, JudicialRequest } from './types.ts';

/** An instant as the ministry writes it: ISO 8601 with `+07:00`. */
export function judicialTime(at: Date): string {
  return `${new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 19)}+07:00`;
}

/** Rules a request breaks, as wire field names; sending would only be refused. */
export function requestFaults(request: JudicialRequest): string[] {
  const { applicant } = request;
  const bad: [string, boolean][] = [
    ['maHoSoMCDT', request.dossierCode.trim() === ''],
    ['toKhai.nycHoTen', applicant.fullName.trim() === ''],
    ['toKhai.nycNgaySinh', !/^\d{4}-\d\d-\d\d$/.test(applicant.birthDate)],
    ['toKhai.nycSoGiayTo', applicant.identity.number.trim() === ''],
    ['toKhai.soLuongCap', !Number.isInteger(request.copies) || request.copies < 1],
    ['fileHoSo', request.files.some((file) => file.name.trim() === '' || file.content.length === 0)],
  ];
  return bad.filter(([, broken]) => broken).map(([name]) => name);
}

/** `DataLGSP` as the ministry's gateway takes it. */
export function toDataLgsp(
  request: JudicialRequest,
  province: { authKey: string; provinceCode: string; provinceName: string },
): Record<string, unknown> {
  return {
    authKey: province.authKey,
    maTinh: province.provinceCode,
    tenTinh: province.provinceName,
    maHoSoMCDT: request.dossierCode,
    nguonDangKy: request.source,
    tenNguonDangKy: request.sourceName,
    ngayTiepNhan: judicialTime(request.receivedAt),
    toKhai: toForm(request),
    fileHoSo: request.files.map((file) => ({
      tenLoaiFile: file.kind,
      tenFile: file.name,
      noiDungFile: Buffer.from(file.content).toString('base64'),
    })),
  };
}

function toForm(request: JudicialRequest): Record<string, unknown> {
  const { applicant } = request;
  return {
    loaiPhieu: request.form,
    yeuCauCDNCV: request.wantsOfficeBans ? 1 : 0,
    maMucDich: request.purposeCode ?? 0,
    tenMucDich: request.purpose,
    mucDichKhac: '',
    soLuongCap: request.copies,
    nycHoTen: applicant.fullName,
    nycTenGoiKhac: applicant.otherName ?? '',
    nycGioiTinh: applicant.gender,
    nycTenGioiTinh: { 1: 'Nam', 2: 'Nữ', 3: 'Khác' }[applicant.gender],
    nycNgaySinh: applicant.birthDate,
    nycNoiSinh: toAddress(applicant.birthPlace),
    nycThuongTru: toAddress(applicant.permanentAddress),
    nycTamTru: toAddress(applicant.temporaryAddress),
    nycDienThoai: applicant.phone ?? '',
    nycEmail: applicant.email ?? '',
    nycLoaiGiayTo: applicant.identity.kind,
    nycTenLoaiGiayTo: applicant.identity.kindName,
    nycSoGiayTo: applicant.identity.number,
    nycNgayCapGiayTo: applicant.identity.issuedOn ?? '',
    nycNoiCapGiayTo: applicant.identity.issuedBy ?? '',
    nycTenQuocTich: applicant.nationality ?? 'Việt Nam',
    nycTenDanToc: applicant.ethnicity ?? '',
    nycHoTenCha: applicant.fatherName ?? '',
    chaNamSinh: applicant.fatherBirthYear ?? 0,
    nycHoTenMe: applicant.motherName ?? '',
    meNamSinh: applicant.motherBirthYear ?? 0,
    nycHoTenVoChong: applicant.spouseName ?? '',
    voChongNamSinh: applicant.spouseBirthYear ?? 0,
    uyQuyen: 0,
    quaTrinhCTNNNLV: (request.residences ?? []).map((residence) => ({
      tuThangNam: residence.from,
      denThangNam: residence.to,
      diaChiCuTru: toAddress(residence.address),
      ngheNghiep: residence.occupation ?? '',
      noiLamViec: residence.workplace ?? '',
    })),
  };
}

function toAddress(address: JudicialAddress | undefined): Record<string, string> {
  return {
    maTinhThanh: address?.provinceCode ?? '',
    tenTinhThanh: address?.provinceName ?? '',
    maQuanHuyen: address?.districtCode ?? '',
    tenQuanHuyen: address?.districtName ?? '',
    maPhuongXa: address?.wardCode ?? '',
    tenPhuongXa: address?.wardName ?? '',
    chiTiet: address?.detail ?? '',
    tenQuocGia: address?.countryName ?? 'Việt Nam',
  };
}
