import { useId, useState } from "react";
import { useVerdicts } from "../../api/decisions";
import type { Gate, Result } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { Confirm } from "../../parts/Confirm";
import type { Given } from "./Outcome";

const LONGEST_REASON = 500;
const NAMED = 5;

interface Props {
  gate: Gate;
  met: boolean;
  rows: readonly Result[];
  close: () => void;
  done: (given: Given) => void;
}

/** Asks once more, with the reason where it is a refusal, and gives the verdict. */
export function GiveVerdict({ gate, met, rows, close, done }: Props) {
  const { m, number } = useSpeech();
  const [reason, setReason] = useState("");
  const verdicts = useVerdicts();
  const id = useId();
  const verdict = met ? m.met : m.notMet;
  const names = rows.slice(0, NAMED).map((row) => row.name).join(", ");

  async function give(key: string) {
    const judged = await verdicts.mutateAsync({
      key,
      gate,
      enrolments: rows.map((row) => row.enrolment_id),
      met,
      reason: met ? undefined : reason.trim(),
    });
    done({ met, judged, names: new Map(rows.map((row) => [row.enrolment_id, row.name])) });
  }

  return (
    <Confirm
      question={m.verdicts.question(verdict, number(rows.length))}
      act={m.verdicts.give(verdict)}
      // What went wrong stands in the dialog.
      confirm={(key) => void give(key).catch(() => undefined)}
      words={reason}
      cancel={close}
      busy={verdicts.isPending}
      fault={verdicts.error}
      incomplete={!met && reason.trim() === ""}
    >
      <p>{rows.length > NAMED ? m.verdicts.andOthers(names, number(rows.length - NAMED)) : names}</p>
      {!met && (
        <p className="field">
          <label htmlFor={id}>{m.verdicts.reasonFor}</label>
          <textarea id={id} rows={3} required maxLength={LONGEST_REASON} value={reason} onChange={(event) => setReason(event.target.value)} />
        </p>
      )}
      <p className="note">{m.verdicts.onRecord}</p>
    </Confirm>
  );
}
