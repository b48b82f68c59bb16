import { rolesOf, type Me } from "../api/me";
import { PAGES, type Page } from "../pages";

/** The pages that one of the reader's roles opens. */
export function pagesOf(me: Me | undefined): Page[] {
  const roles = rolesOf(me);
  return PAGES.filter((page) => page.roles.some((role) => roles.has(role)));
}
