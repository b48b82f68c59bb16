import { rolesOf, type Me, type Role } from "../api/me";
import { PAGES, type Page } from "../pages";

/** The pages that one of the reader's roles opens. */
export function pagesOf(me: Me | undefined): Page[] {
  const roles = rolesOf(me);
  const hasAny = (some: readonly Role[] | undefined) => some?.some((role) => roles.has(role)) ?? false;
  return PAGES.filter((page) => hasAny(page.roles) && !hasAny(page.butNot));
}
