/** All that people read, in Vietnamese. A key that en.ts lacks does not compile. */
export const vi = {
  product: "Bồi dưỡng thường xuyên",
  skip: "Tới nội dung chính",
  loading: "Đang tải…",
  navigation: "Các trang",
  account: "Tài khoản",
  logOut: "Đăng xuất",
  otherLanguage: "English",
  statusPage: "Tình trạng hệ thống",
  notFound: { title: "Không có trang này", text: "Địa chỉ có thể đã đổi hoặc gõ chưa đúng.", home: "Về trang đầu" },
  session: {
    ended: "Phiên đăng nhập đã hết. Đăng nhập lại sẽ trở về đúng trang này.",
    logIn: "Đăng nhập lại",
  },
  fault: {
    title: "Chưa lấy được số liệu",
    away: "Máy chủ chưa trả lời; trang sẽ tự thử lại.",
    hidden: "Không có đơn vị này, hoặc đơn vị nằm ngoài phạm vi của thầy cô.",
    again: "Thử lại",
    code: (id: string) => `Mã yêu cầu để báo quản trị: ${id}`,
  },
  welcome: {
    title: "Chào thầy cô",
    roles: "Vai trò của tài khoản này",
    none: "Trang riêng cho vai trò này chưa có.",
  },
  roles: {
    province_officer: "Cán bộ Sở",
    department_leader: "Lãnh đạo Sở",
    district_officer: "Cán bộ Phòng",
    school_head: "Hiệu trưởng",
    core_teacher: "Giáo viên cốt cán",
    institution_lecturer: "Giảng viên cơ sở bồi dưỡng",
    auditor: "Thanh tra",
    learner: "Người học",
    vendor: "Nhà cung cấp",
    operator: "Vận hành",
  },
  progress: {
    nav: "Tiến độ",
    title: (unit: string) => `Tiến độ bồi dưỡng: ${unit}`,
  },
};

export type Messages = typeof vi;
