import { useEffect, useRef } from "react";
import { useSpeech } from "../messages/language";
import type { Selection } from "./DataTable";

/** One box for all rows of a table: empty, half or full, and how many are chosen. */
export function SelectAll({ ids, chosen, choose }: Selection & { ids: readonly string[] }) {
  const { m, number } = useSpeech();
  const box = useRef<HTMLInputElement>(null);
  const count = ids.filter((id) => chosen.has(id)).length;
  const all = count > 0 && count === ids.length;
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = count > 0 && !all;
  }, [count, all]);
  return (
    <span className="select-all">
      <label className="choose">
        <input ref={box} type="checkbox" checked={all} disabled={ids.length === 0} onChange={() => choose(new Set(all ? [] : ids))} />
        <span>{m.table.chooseAll(number(ids.length))}</span>
      </label>
      <span role="status">{m.table.chosen(number(count))}</span>
    </span>
  );
}
