import type { Messages } from "./vi";

export const en: Messages = {
  product: "Continuing teacher training",
  skip: "Skip to the content",
  loading: "Loading…",
  navigation: "Pages",
  account: "Account",
  logOut: "Log out",
  otherLanguage: "Tiếng Việt",
  statusPage: "System status",
  notFound: { title: "There is no such page", text: "The address may have changed, or has a typing error.", home: "To the first page" },
  session: {
    ended: "Your session has ended. Logging in again leads back to this very page.",
    logIn: "Log in again",
  },
  fault: {
    title: "The figures could not be fetched",
    away: "The server does not answer yet; the page keeps trying.",
    hidden: "There is no such unit, or it lies outside what you may see.",
    again: "Try again",
    code: (id) => `Request id for the administrator: ${id}`,
  },
  welcome: {
    title: "Welcome",
    roles: "The roles of this account",
    none: "There is no page for this role yet.",
  },
  roles: {
    province_officer: "Province officer",
    department_leader: "Department leader",
    district_officer: "District officer",
    school_head: "School head",
    core_teacher: "Core teacher",
    institution_lecturer: "Institution's lecturer",
    auditor: "Auditor",
    learner: "Learner",
    vendor: "Vendor",
    operator: "Operator",
  },
  progress: {
    nav: "Progress",
    title: (unit) => `Training progress: ${unit}`,
  },
};
