import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** Every call of the pages goes through this: same origin, the session's cookie, typed by the gateway's OpenAPI. */
export const api = createClient<paths>({ baseUrl: window.location.origin });

/** A refusal is said in the page's language, whatever the browser's is. */
api.use({
  onRequest({ request }) {
    request.headers.set("accept-language", document.documentElement.lang);
    return request;
  },
});

/** What a page can tell apart: 401 is a session that ended, 404 nothing within reach, 0 no answer at all. */
export class ApiFault extends Error {
  constructor(
    readonly status: number,
    readonly requestId: string | null,
  ) {
    super(`answered ${status}`);
  }
}

interface Answer {
  data?: unknown;
  response: Response;
}

/**
 * The body of an answer. `T` is the shape where OpenAPI gives none (the types in this folder say whose).
 * Throws ApiFault.
 */
export async function body<T>(call: Promise<Answer>): Promise<T> {
  let answer: Answer;
  try {
    answer = await call;
  } catch {
    throw new ApiFault(0, null);
  }
  demandOk(answer.response);
  return answer.data as T;
}

/** Throws ApiFault where the answer is a refusal. */
export function demandOk(response: Response): void {
  if (!response.ok) throw new ApiFault(response.status, response.headers.get("x-request-id"));
}

/** All items of a list, page after page. Throws ApiFault. */
export async function every<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const one = await page(cursor);
    items.push(...one.items);
    cursor = one.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}
