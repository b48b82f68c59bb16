import type { ReactNode } from "react";
import { useMe } from "../api/me";
import type { Unit } from "../api/reports";
import { useSpeech } from "../messages/language";

interface Props {
  /** From the province down to the unit above. */
  above: readonly Unit[];
  unit: Unit;
  /** A unit's name as a link of the page. */
  link: (unit: Unit) => ReactNode;
  /** Whether the page is about the unit itself; else the unit's name is a link too. */
  current?: boolean;
}

/** The way down to a unit. Units above the reader's own are named and lead nowhere. */
export function Breadcrumb({ above, unit, link, current = true }: Props) {
  const { m } = useSpeech();
  const me = useMe();
  if (above.length === 0) return null;
  const held = new Set(me.data?.grants?.flatMap((grant) => (grant.unit_id === undefined ? [] : [grant.unit_id])));
  const path = [...above, unit];
  const first = path.findIndex((one) => held.has(one.id));
  return (
    <nav aria-label={m.path} className="path">
      <ol>
        {path.map((one, place) => {
          const here = current && place === path.length - 1;
          return (
            <li key={one.id} aria-current={here ? "page" : undefined}>
              {!here && first >= 0 && place >= first ? link(one) : one.name}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
