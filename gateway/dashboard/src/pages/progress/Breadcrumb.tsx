import { Link } from "@tanstack/react-router";
import { useMe } from "../../api/me";
import type { Unit } from "../../api/reports";
import { useSpeech } from "../../messages/language";
import { progressRoute, toUnit } from "./route";

/** The way down to a unit. Units above the reader's own are named and lead nowhere. */
export function Breadcrumb({ above, unit }: { above: readonly Unit[]; unit: Unit }) {
  const { m } = useSpeech();
  const me = useMe();
  if (above.length === 0) return null;
  const held = new Set(me.data?.grants?.flatMap((grant) => (grant.unit_id === undefined ? [] : [grant.unit_id])));
  const first = above.findIndex((one) => held.has(one.id));
  return (
    <nav aria-label={m.progress.path} className="path">
      <ol>
        {above.map((one, place) => (
          <li key={one.id}>
            {first >= 0 && place >= first ? (
              <Link to={progressRoute.to} search={toUnit(one.id)}>
                {one.name}
              </Link>
            ) : (
              one.name
            )}
          </li>
        ))}
        <li aria-current="page">{unit.name}</li>
      </ol>
    </nav>
  );
}
