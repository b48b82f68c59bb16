import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useMakeList } from "../../api/decisions";
import { useSpeech } from "../../messages/language";
import { Confirm } from "../../parts/Confirm";
import { Refusals } from "../../parts/Refusals";
import { listsRoute } from "./route";

const LONGEST_TITLE = 300;

/** Whoever is to stand on a list. */
export interface Candidate {
  enrolment_id: string;
  name: string;
  course: string;
}

/** Names the list, makes it and leads to it; all or nothing, so each row in the way is told with its reason. */
export function MakeList({ rows, close }: { rows: readonly Candidate[]; close: () => void }) {
  const { m, number, date } = useSpeech();
  const navigate = useNavigate();
  const [title, setTitle] = useState(() => m.lists.titleOf(rows[0]?.course ?? "", date(new Date().toISOString())));
  const list = useMakeList();
  const id = useId();
  const refused = list.error?.problem?.items ?? [];

  async function make(key: string) {
    const made = await list.mutateAsync({ key, title: title.trim(), enrolments: rows.map((row) => row.enrolment_id) });
    close();
    await navigate({ to: listsRoute.to, search: { list: made } });
  }

  return (
    <Confirm
      question={m.lists.makeOf(number(rows.length))}
      act={m.lists.make}
      // What went wrong stands in the dialog.
      confirm={(key) => void make(key).catch(() => undefined)}
      words={title}
      cancel={close}
      busy={list.isPending}
      fault={list.error}
      incomplete={title.trim() === ""}
    >
      <p className="field">
        <label htmlFor={id}>{m.lists.name}</label>
        <input id={id} required maxLength={LONGEST_TITLE} value={title} onChange={(event) => setTitle(event.target.value)} />
      </p>
      <p className="note">{m.lists.fixed}</p>
      {refused.length > 0 && (
        <Refusals rows={refused} nameOf={(enrolment) => rows.find((row) => row.enrolment_id === enrolment)?.name} />
      )}
    </Confirm>
  );
}
