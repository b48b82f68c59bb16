import { rolesOf, type Me, type Role } from "../api/me";
import { PAGES, type Page } from "../pages";

/** The pages that one of the reader's roles opens. */
export function pagesOf(me: Me | undefined): Page[] {
  const roles = rolesOf(me);
  const hasAny = (some: readonly Role[] | undefined) => some?.some((role) => roles.has(role)) ?? false;
  return PAGES.filter((page) => hasAny(page.roles) && !hasAny(page.butNot));
}

/** Whether an address is a page that none of the reader's roles opens; what no page has is not found, which is another thing. */
export function isClosed(path: string, me: Me | undefined): boolean {
  const page = PAGES.find((one) => one.path === path);
  const roles = rolesOf(me);
  return me !== undefined && page !== undefined && !page.roles.some((role) => roles.has(role));
}
