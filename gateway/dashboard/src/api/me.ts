import { useQuery } from "@tanstack/react-query";
import type { Messages } from "../messages/vi";
import { api, body } from "./client";

export type Role = keyof Messages["roles"];

/** `GET /me`: who is logged in, and what they may do. */
export interface Me {
  account: string;
  province_id?: string;
  person_id?: string;
  grants?: { role: Role; unit_id?: string; class_id?: string; audience?: string }[];
}

export const ME = "me";

export function useMe() {
  return useQuery({ queryKey: [ME], queryFn: () => body<Me>(api.GET("/me")), staleTime: 60_000 });
}

/** The classes whose core teacher she is: what else her other roles let her read is not hers to mark or judge. */
export function classesOf(me: Me | undefined): Set<string | undefined> {
  return new Set(me?.grants?.filter((grant) => grant.role === "core_teacher").map((grant) => grant.class_id));
}

export function rolesOf(me: Me | undefined): Set<Role> {
  return new Set(me?.grants?.map((grant) => grant.role));
}
