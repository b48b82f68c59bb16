import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, body, every, type ApiFault } from "./client";
import type { Asked, Unit } from "./reports";
import type { components } from "./schema";

/** An enrolment in the one stage where it stands: since when, who must act. It names nobody. */
export type Standing = components["schemas"]["reporting.StandingItem"];
export type StageName = Standing["stage"];
export type Owner = NonNullable<Standing["owner"]>;

export interface Stage {
  name: StageName;
  holder: string | null;
  owner: Owner | null;
  title: { vi: string; en: string };
}

interface Counted {
  figures: Record<StageName | "enrolments", number>;
  owners: Record<Owner, number>;
}

/** The report `coverage`: every enrolment in the one stage it stands in, and who must act. */
export interface Coverage extends Counted {
  as_of: string;
  unit: Unit;
  /** From the province down to the unit above. */
  above: Unit[];
  stages: Stage[];
  children: (Counted & { unit: Unit })[];
}

/** The most that one page of a list holds. */
const MOST_A_PAGE = 500;

/** With more stages than this the whole list is read once rather than a list a stage. */
const FEW = 4;

/**
 * The enrolments in some stages. `version`: that of the report that counts them; the list is read again when it moves.
 */
export function useStandings(asked: Asked, stages: readonly StageName[], version: string | undefined, enabled: boolean) {
  return useQuery<Standing[], ApiFault>({
    queryKey: ["standings", asked, stages, version],
    queryFn: async ({ signal }) => {
      const lists = stages.length > FEW ? [undefined] : stages;
      const found = await Promise.all(lists.map((stage) => standingsIn(asked, stage, signal)));
      return found.flat().filter((one) => stages.includes(one.stage));
    },
    enabled,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

function standingsIn(asked: Asked, stage: StageName | undefined, signal: AbortSignal): Promise<Standing[]> {
  return every((cursor) => {
    const query = { ...asked, stage, limit: MOST_A_PAGE, cursor };
    return body<components["schemas"]["reporting.StandingList"]>(api.GET("/api/v1/reports/coverage/enrolments", { params: { query }, signal }));
  });
}
