import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import type { components } from "./schema";

/** One enrolment as roster lists it: who, where, which class, until when. */
export type Enrolment = components["schemas"]["roster.EnrolmentItem"];

type Page = components["schemas"]["roster.EnrolmentList"];

/** One enrolment with what happened to it, who decided, and by name those who may decide. */
export type Explained = components["schemas"]["roster.EnrolmentExplained"];
export type StaffMember = Explained["staff"][number];

/** As many as one call may name. */
const AT_ONCE = 100;

/**
 * The enrolments of these ids by their ids. `contacts`: with whole phone numbers; roster puts on record who read them, so they
 * are read once for the ids on screen.
 */
export function useEnrolments(ids: readonly string[], unit: string | undefined, contacts: boolean) {
  return useQuery<Map<string, Enrolment>, ApiFault>({
    queryKey: ["enrolments", unit, contacts, ids],
    queryFn: async ({ signal }) => {
      const chunks = Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, place) => ids.slice(place * AT_ONCE, (place + 1) * AT_ONCE));
      const found = await Promise.all(
        chunks.map((id) => {
          const query = { id: [...id], unit, contacts, withdrawn: true, limit: AT_ONCE };
          return body<Page>(api.GET("/api/v1/enrolments", { params: { query }, signal }));
        }),
      );
      return new Map(found.flatMap((page) => page.items.map((one) => [one.id, one])));
    },
    enabled: ids.length > 0,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

/** The reader's own enrolments, in order of courses. */
export function useOwnEnrolments(person: string | undefined) {
  return useQuery<Enrolment[], ApiFault>({
    queryKey: ["enrolments", "own", person],
    queryFn: ({ signal }) =>
      every((cursor) => {
        const query = { person, cursor };
        return body<Page>(api.GET("/api/v1/enrolments", { params: { query }, signal }));
      }),
    enabled: person !== undefined,
  });
}

/** One enrolment, the line of the roster. */
export function useEnrolment(id: string) {
  return useQuery<Explained, ApiFault>({
    queryKey: ["enrolment", id],
    queryFn: ({ signal }) =>
      body<Explained>(api.GET("/api/v1/enrolments/{enrolment_id}", { params: { path: { enrolment_id: id } }, signal })),
  });
}
