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

/** RFC 9457, as far as a page tells it: `detail` says what is wrong with what was sent, `items` which of its rows, `errors` which members. */
export interface Problem {
  title?: string;
  detail?: string;
  items?: { enrolment_id: string; problem: string }[];
  /** Which members of what was sent are wrong, by JSON pointer. */
  errors?: { pointer: string; message: string }[];
}

/** What a page can tell apart: 401 is a session that ended, 404 nothing within reach, 0 no answer at all. */
export class ApiFault extends Error {
  constructor(
    readonly status: number,
    readonly requestId: string | null,
    readonly problem: Problem | null = null,
  ) {
    super(`answered ${status}`);
  }
}

interface Answer {
  data?: unknown;
  error?: unknown;
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
  demandOk(answer.response, answer.error);
  return answer.data as T;
}

/** Throws ApiFault where the answer is a refusal; `problem` is its body, where it was read. */
export function demandOk(response: Response, problem?: unknown): void {
  if (response.ok) return;
  const told = typeof problem === "object" && problem !== null ? (problem as Problem) : null;
  throw new ApiFault(response.status, response.headers.get("x-request-id"), told);
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
