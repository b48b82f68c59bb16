import { createRouter } from "@tanstack/react-router";
import { INNER, PAGES } from "./pages";
import { home } from "./pages/welcome/route";
import { NotFound } from "./shell/NotFound";
import { root } from "./shell/root";
import { Shell } from "./shell/Shell";

/** A query string is words as they are (`?unit=80&as_of=2020-12-20`): nothing is packed as JSON. */
function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

root.update({ component: Shell, notFoundComponent: NotFound });

export const router = createRouter({
  routeTree: root.addChildren([home, ...PAGES.map((page) => page.route), ...INNER]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
