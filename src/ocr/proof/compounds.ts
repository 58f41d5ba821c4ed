import { stripMarks } from '../marks.ts';

/**
 * Two-syllable words of administrative Vietnamese, by first syllable. Not a dictionary: only what offices write every
 * day, enough to tell `quản lý` from `quần lý`.
 */
const WORDS = `an: ninh toàn sinh|ảnh: hưởng|áp: dụng lực|ăn: uống|âm: lịch thanh
ban: hành chỉ đầu|bàn: bạc giao|bản: án chính đồ ghi sao thân vẽ|bán: lẻ hàng buôn|bảng: tổng kê biểu lương|báo: cáo chí|bảo: đảm hiểm hộ lãnh mật quản tàng tồn trợ trì vệ hành|bất: cập thường hợp kỳ động
bệnh: nhân viện tật|bên: bán mua cạnh ngoài trong dưới trên|bí: mật thư|biên: bản chế giới lai nhận soạn tập|biến: động đổi|biểu: mẫu quyết dương diễn|biện: pháp|bình: đẳng luận quân thường|bị: cáo can động hại
bổ: nhiệm sung|bồi: dưỡng thường hoàn|bộ: môn phận trưởng đội máy|bố: cáo mẹ trí|buổi: sáng chiều họp tối|bưu: chính điện|bước: đầu|bãi: bỏ nhiệm
ca: nhạc|cá: nhân thể biệt|các: bên|cách: ly mạng thức|cải: cách tạo thiện|cam: đoan kết|cán: bộ|cảnh: báo cáo sát quan|cao: cấp độ đẳng cường|cáo: trạng|căn: cứ cước hộ nhà|cân: bằng đối nhắc
cấp: bách cứu dưỡng giấy lại phát phép thiết trên dưới đổi|cấm: cố dự|cầu: đường thủ|cây: trồng xanh|chi: cục đoàn nhánh phí tiết trả bộ ủy|chỉ: đạo định số thị tiêu dẫn huy tịch|chia: sẻ|chiến: lược dịch tranh sĩ|chiếu: sáng theo
chính: đáng phủ quyền sách thức trị xác quy|chịu: trách|cho: phép vay biết thuê|chọn: lọc|chống: tham lãng dịch|chủ: động nhiệm quản sở tịch tọa trì trương yếu đầu thể đề hộ quyền nghĩa tài|chung: cư thủy|chuẩn: bị hóa mực|chúc: mừng|chức: danh năm năng vụ trách sắc
chuyên: đề gia môn ngành nghiệp viên trách sâu|chuyển: biến đổi giao nhượng tiếp đến hóa nguồn|chứng: chỉ khoán minh nhận thực từ cứ kiến|chương: trình|chánh: án văn thanh|chấp: hành nhận thuận|chất: lượng thải|chậm: nhất trễ|chăm: sóc lo|chăn: nuôi|châm: chước|chấm: dứt điểm|chế: biến độ tài xuất
công: an báo bố bằng chứng chức cộng cụ dân điện đoàn khai nghệ nghiệp nhân nhận tác trình ty việc văn viên vụ thương trường tâm đức quốc thức đồng|cộng: đồng hòa tác sự|cố: gắng định tình|cổ: đông phần tức truyền|cơ: bản cấu chế hội quan sở động quân khí yếu
cụ: thể|cung: cấp cầu ứng|củng: cố|cư: trú dân|cứu: hộ trợ nạn|cử: tri nhân|cưỡng: chế|cường: độ|cập: nhật|cần: thiết trục cù|cảm: ơn
danh: bạ dự hiệu mục sách tính|ubnd: tỉnh huyện xã phường quận|hđnd: tỉnh huyện xã phường quận|dân: tỉnh huyện xã phường quận cư chính chủ số sự tộc quân vận|dạy: nghề học|dẫn: chứng đến|di: chuyển dân sản tích dời|dịch: bệnh vụ tả|diễn: biến đàn ra tập|diện: tích|doanh: nghiệp thu nhân|du: lịch|duy: trì nhất tu|duyệt: binh|dự: án báo kiến thảo toán trữ thầu phòng|dự: họp|dưới: đây|dữ: liệu|dừng: lại
đa: dạng số|đã: qua|đánh: giá bắt dấu|đào: tạo|đảm: bảo nhận nhiệm đương|đặc: biệt điểm thù quyền sản khu|đăng: ký kiểm tải bộ|đặt: cọc hàng ra|đất: đai nước ở ngập|đầu: cơ mối năm tiên tư vào tháng|đấu: giá thầu nối tranh
đề: án cao cập cử nghị phòng tài xuất bạt cương|để: báo biết|đến: nay|địa: bàn chỉ chính điểm danh giới phương hình lý chất|điểm: danh sáng đến|điện: tử thoại năng lực thư báo lưới|điều: chỉnh chuyển dưỡng động hành kiện kiện phối tra trị tiết ước lệ khoản hòa|đình: chỉ|định: hướng kỳ mức danh giá cư|đoàn: kết thể viên đại thanh kiểm
đóng: góp dấu cửa|đô: thị|độ: cao tuổi|đốc: thúc|độc: lập đáo quyền|đối: chiếu chất tác thoại tượng với phó ngoại|đổi: mới đất|đội: ngũ trưởng|đồng: bộ chí nhân thời thuận tình ý bào|động: lực sản vật viên đất|đơn: giá giản thư vị xin|đương: nhiên sự|đường: bộ dây phố sắt thủy lối ống|được: hưởng giao phép|đầy: đủ|đại: biểu diện học hội lý tá|đạo: đức|đạt: chuẩn được|đêm: giao
gia: cầm đình hạn súc tăng công nhập|giá: cả trị bán thành đất|giải: pháp phóng quyết thể thích trình ngân tán tỏa thưởng|giám: định đốc hộ sát khảo|giảm: nghèo nhẹ thiểu trừ|giảng: dạy viên|giao: dịch đất nhiệm nhận thông lưu tiếp kết|giáo: dục viên án xứ hội|giấy: chứng giới khai mời phép tờ ủy xác báo tiếp|giữ: gìn nguyên|giữa: kỳ|giờ: hành|giới: hạn thiệu tính|gửi: đến|gương: mẫu
hạ: tầng cấp|hạn: chế mức hán|hàng: hóa năm ngày tháng quý không hải rào|hành: chính khách lang nghề trình vi động|hạnh: phúc kiểm|hạch: toán|hậu: quả cần|hệ: thống số lụy|hiện: đại hành nay trạng tượng vật trường|hiến: pháp|hiệp: định hội|hiệu: lực quả trưởng suất|hình: ảnh sự thành thức|hoàn: cảnh chỉnh thành thiện trả thuế|hoạt: động|hòa: bình giải nhập|hóa: đơn chất học|học: kỳ sinh tập viên bạ bổng|hỏa: hoạn táng tốc|họp: báo trực|hồ: sơ|hỗ: trợ|hộ: gia khẩu chiếu tịch kinh nghèo|hội: đồng họp nghị thảo trường viên ý phụ|hôn: nhân|hợp: đồng lệ lý pháp tác nhất|hủy: bỏ hoại|huy: động|hướng: dẫn đến|hưởng: lợi chế ứng lương|hữu: hiệu|hạng: mục|hải: quan sản đảo|hằng: năm ngày|hôm: nay
kế: hoạch toán thừa tiếp|kê: khai|kết: cấu hôn luận nối quả thúc hợp|khả: năng|khách: hàng quan|khai: báo giảng mạc sinh thác tử trình|khám: bệnh chữa|kháng: cáo nghị chiến|khảo: sát|khắc: phục|khẩn: cấp trương thiết|khẩu: phần trang|khen: thưởng|khiếu: nại|khó: khăn|khoa: học|khoản: vay|khoáng: sản|khởi: công kiện tố nghiệp|khối: lượng|khôi: phục|không: gian khí|khu: công dân phố vực|khuyến: cáo khích mại nông|khuyết: tật|kiểm: định duyệt kê lâm nghiệm sát soát toán tra|kiến: nghị thiết thức trúc|kiện: toàn|kinh: doanh phí tế nghiệm|kính: gửi mời trình|kịp: thời|kỳ: họp hạn thi thuật|kỷ: luật niệm yếu|kỹ: năng sư thuật|ký: hiệu kết tên túc|khẳng: định|khấu: trừ|khánh: thành
lãi: suất|lãnh: đạo hải thổ|lao: động|lâm: nghiệp sản|lập: biên dự kế trình|lễ: hội tang|lệ: phí|lịch: sử công|liên: doanh hệ kết lạc ngành quan thông tục hoan|liệt: sĩ kê|linh: hoạt|lĩnh: vực|loại: hình trừ|lợi: ích dụng nhuận thế|luân: chuyển|luật: sư|lũy: kế|lưu: động hành lượng thông trữ ý giữ tâm|lương: thực tâm|lượng: giá|lý: do lịch luận lẽ|lựa: chọn|lực: lượng|lấy: ý|lắp: đặt|lấn: chiếm
mạng: lưới máy xã|mặt: bằng hàng khác trận|mất: mát|mật: độ khẩu|mầm: non|mẫu: đơn giáo số|miễn: giảm nhiệm phí trừ|minh: bạch chứng họa|môi: trường giới|mối: quan|mục: đích lục tiêu|mức: độ hưởng phạt thu|mua: bán sắm|mùa: mưa vụ|mô: hình|mời: họp|mở: rộng cửa|mưa: bão lũ|máy: móc tính
nam: giới|năm: học sinh|nâng: cao cấp|năng: lực lượng suất|nếp: sống|ngành: nghề|ngày: càng|ngăn: chặn ngừa|ngân: hàng sách|ngoại: giao ngữ tệ vụ khóa|nghề: nghiệp|nghị: định quyết|nghĩa: vụ trang|nghiêm: túc trọng cấm|nghiên: cứu|nghiệm: thu|nghiệp: vụ|nghỉ: dưỡng hưu phép việc lễ|nguồn: gốc lực vốn thu nhân|nguyên: nhân tắc liệu trạng giá|nguyện: vọng|nguy: cơ hiểm|người: dân lao dùng đứng khai nộp ký đại cao|nhà: đầu máy nước ở trường thầu văn thuốc|nhân: dân khẩu lực sự viên thân chứng rộng quyền văn|nhận: định thức xét thầu|nhập: cư khẩu học cảnh|nhiên: liệu|nhiễm: bệnh|nhiệm: kỳ vụ|nhiệt: độ|nhu: cầu|nhượng: quyền|nợ: đọng công|nội: bộ dung quy thành vụ|nông: dân lâm nghiệp nghiệp sản thôn|nộp: đơn hồ lệ tiền thuế|nổi: bật|nơi: cư đăng nhận ở thường tạm|nước: ngoài sạch thải|nâng: lương|nêu: trên gương|nữ: giới|ngư: dân
ổn: định|ô: nhiễm tô|ông: bà
phạm: vi nhân tội|phản: ánh biện hồi đối|phải: thu trả nộp|phát: biểu động hành hiện huy sinh triển thanh|pháp: chế luật lý nhân lệnh|phân: bổ bố công cấp loại tích chia quyền hiệu khu|phần: mềm vốn|phẫu: thuật|phê: bình chuẩn duyệt|phí: dịch|phiên: bản họp tòa|phiếu: thu chuyển chi báo gửi xin bầu|phong: phú tặng trào tỏa tục|phòng: ban bệnh cháy chống khám ngừa vệ giao họp|phố: biến|phổ: biến cập thông|phối: hợp|phó: chủ giám trưởng|phụ: cấp huynh lục nữ trách thuộc|phục: hồi vụ|phúc: lợi thẩm khảo|phương: án hướng pháp thức tiện|phường: xã|phấn: đấu|phù: hợp|phủ: sóng
quá: hạn trình khứ|quan: điểm hệ tâm trọng trắc|quán: triệt|quản: lý trị đốc|quảng: cáo trường|quân: đội nhân sự dân|quận: huyện|quốc: gia hội phòng tế tịch lộ khánh|quy: chế chuẩn định hoạch mô trình tắc ước ra đổi tập|quyền: hạn lợi lực sử sở|quyết: định liệt tâm toán nghị|quỹ: đất tiền tín|quyển: sổ số
rà: soát|rác: thải|ranh: giới|rõ: ràng|rủi: ro|rút: kinh gọn|rừng: phòng
sai: phạm sót|sang: tên|sản: lượng phẩm xuất|sáng: kiến tạo|sáp: nhập|sạt: lở|sắp: xếp|sẵn: sàng|sinh: hoạt học sống viên|so: sánh với|soạn: thảo|số: điện hiệu hóa lượng nhà tiền liệu dư ký|sơ: bộ đồ kết cấp yếu|sở: hữu|sổ: hộ sách tay theo|sống: chung|sớm: nhất|suy: giảm thoái|sử: dụng|sửa: chữa đổi|sự: cố kiện nghiệp việc thật|sức: khỏe mua
tai: nạn|tài: chính khoản liệu nguyên sản trợ vụ|tái: định phạm|tăng: cường trưởng thêm|tạm: dừng giam giữ hoãn thời trú ứng vắng|tang: chứng lễ|tàng: trữ|tập: huấn quán thể trung đoàn|tận: dụng|tập: hợp|thách: thức|tham: dự gia khảo mưu nhũng quan vấn|thanh: lý niên toán tra xử|thành: lập phần phố tích tựu viên công|tháo: gỡ dỡ|thảo: luận|thay: đổi mặt thế|thăm: dò hỏi|thẩm: định phán quyền tra|thắng: lợi|thân: nhân thể thiện|thất: nghiệp thoát|theo: dõi đúng|thể: chế dục hiện thao thức|thế: chấp giới hệ|thêm: mới|thi: công đua hành tuyển|thí: điểm sinh|thị: trấn trường xã sát|thiên: nhiên tai|thiết: bị kế lập thực yếu|thiệt: hại|thiếu: nhi hụt|thỏa: đáng thuận|thoát: nước nghèo|thông: báo qua tin thoáng suốt tư|thôn: xóm|thống: kê nhất|thời: điểm gian hạn kỳ sự hiệu|thu: chi hoạch hồi hút nhập ngân phí thập|thuận: lợi tiện|thuê: đất mua nhà|thuế: suất thu đất giá|thuộc: diện địa thẩm|thúc: đẩy|thủ: trưởng tục tướng công|thụ: hưởng lý|thủy: lợi sản điện|thuyết: minh trình|thường: kỳ niên trú trực vụ xuyên|thương: binh mại lượng tích hiệu|thực: hiện hành phẩm tế trạng thi|thứ: tự trưởng hai ba tư năm sáu bảy|thừa: kế nhận phát đất hành|thửa: đất
tích: cực hợp|tiếp: cận công dân nhận theo thu tục xúc|tiêu: biểu chí chuẩn cực dùng hủy thụ đề|tiền: lương đề mặt thuê sử thuế nhiệm|tiến: độ hành trình bộ sĩ|tiện: ích|tiềm: năng|tiết: kiệm mục giảm|tiểu: học ban khu|tình: hình trạng nguyện nghĩa huống|tỉnh: ủy thành lộ|tin: học tưởng cậy|tín: dụng ngưỡng nhiệm|tính: chất đến mạng toán năng|tịch: thu|tòa: án nhà soạn|toàn: bộ cầu diện dân quốc thể văn|tóm: tắt|tổ: chức dân quốc trưởng công|tốc: độ|tối: đa thiểu cao|tồn: đọng tại kho|tổn: thất|tổng: cục hợp kết số thể giám cộng công kiểm thư|tố: cáo tụng|tôn: giáo tạo trọng vinh|trách: nhiệm|trái: phép pháp phiếu|tranh: chấp thủ|tránh: lãng|trang: bị thiết thông trí trọng web|triển: khai vọng|triệt: để|triệu: tập|trình: bày độ duyệt tự ký|trợ: cấp giúp giá lý|trọng: điểm tâm yếu|trồng: cây trọt|trung: bình gian học hạn tâm thành thực ương cấp tá|trùng: lặp|trụ: sở|truy: cập cứu thu tố nã xuất|truyền: hình thông thống đạt|trường: hợp học|trưởng: ban phòng thôn ga đoàn khoa trạm|trực: ban thuộc tiếp tuyến|trước: đây hạn mắt ngày khi|trừ: trường|tù: giam|tuổi: thọ trẻ|tuyên: bố dương truyền thệ|tuyển: chọn dụng sinh sinh|tuyến: đường|tuyệt: đối|tự: do động giác nguyện nhiên túc ý chủ chịu|tư: cách liệu nhân pháp tưởng vấn|từ: chối ngày thiện|tử: vong tuất|từng: bước|tương: đương lai ứng tự trợ|tường: minh trình|tượng: đài|tập: thể|tất: cả toán|tạo: điều lập thuận|tác: động giả phẩm phong|tách: thửa hộ|thanh: khoản|thường: xuyên
ủng: hộ|ủy: ban quyền viên nhiệm thác|ứng: cử dụng phó cứu xử|ước: tính|ưu: đãi điểm tiên tú
văn: bản bằng hóa minh phòng thư nghệ hiến|vận: chuyển động hành tải|vật: chất liệu tư nuôi|vấn: đề|vay: vốn|vệ: sinh|viên: chức|việc: làm|viễn: thông|vi: phạm|vĩnh: viễn|vị: trí thành|vinh: danh|vô: hiệu|vốn: đầu điều|chữ: ký viết|ký: ghi|họ: tên và|giới: tính|quê: quán|năm: sinh|ngày: sinh cấp|nơi: sinh|quan: hệ|con: dấu|hai: bên|vùng: sâu núi miền|vụ: án việc|vướng: mắc|vượt: quá khó|vắng: mặt|và: môi
xã: hội phường|xác: định minh nhận thực lập|xảy: ra|xâm: hại phạm|xây: dựng lắp|xem: xét|xét: duyệt xử tuyển nghiệm|xếp: hạng loại|xử: lý phạt trí|xuất: bản cảnh hiện khẩu phát trình xứ sắc nhập|xúc: phạm tiến|xung: đột quanh|xuống: cấp|xin: ý phép lỗi
y: tế bác|ý: kiến nghĩa thức|yêu: cầu|yếu: tố kém`;

const followers = new Map<string, Set<string>>();
const bareFollowers = new Map<string, string[]>();

for (const entry of WORDS.split(/[\n|]/)) {
  const [head = '', rest = ''] = entry.split(': ');
  for (const tail of rest.split(' ')) {
    followers.set(head, (followers.get(head) ?? new Set()).add(tail));
    const key = stripMarks(`${head} ${tail}`);
    bareFollowers.set(key, [...(bareFollowers.get(key) ?? []), `${head} ${tail}`]);
  }
}

/** What the lexicon says of two syllables in lower case that stand side by side. */
export type CompoundVerdict =
  /** A word of the lexicon as it stands. */
  | { kind: 'known' }
  /** No word as it stands, but the same letters with other marks are: exactly one such word. */
  | { kind: 'contradicted'; as: [string, string] }
  | { kind: 'unknown' };

/** Looks two neighbouring syllables up (lower case, NFC, no punctuation). */
export function judgeCompound(first: string, second: string): CompoundVerdict {
  if (followers.get(first)?.has(second)) return { kind: 'known' };
  const others = bareFollowers.get(stripMarks(`${first} ${second}`));
  if (others === undefined || others.length !== 1) return { kind: 'unknown' };
  return { kind: 'contradicted', as: (others[0] as string).split(' ') as [string, string] };
}
