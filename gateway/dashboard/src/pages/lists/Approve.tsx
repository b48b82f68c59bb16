import { useState } from "react";
import { useApproveList, type ListedRow, type RecognitionList } from "../../api/decisions";
import { useSpeech } from "../../messages/language";
import { Confirm } from "../../parts/Confirm";
import { Refusals } from "../../parts/Refusals";

interface Props {
  list: RecognitionList;
  rows: readonly ListedRow[];
  /** How many learners have passed. */
  done: (rows: number) => void;
}

/** The approval: one question, all or nothing. Where a row stands in the way it is not asked, or is told row by row. */
export function Approve({ list, rows, done }: Props) {
  const { m, number } = useSpeech();
  const [asking, ask] = useState(false);
  const approval = useApproveList();
  const changed = rows.filter((row) => row.changes.length > 0).length;
  const refused = approval.error?.problem?.items ?? [];
  return (
    <>
      <button type="button" disabled={rows.some((row) => row.problem !== null)} onClick={() => ask(true)}>
        {m.lists.approve}
      </button>
      {asking && (
        <Confirm
          question={m.lists.approveOf(number(list.rows))}
          act={m.lists.approve}
          // What went wrong stands in the dialog.
          confirm={(key) => void approval.mutateAsync({ key, list: list.id }).then(done, () => undefined)}
          cancel={() => {
            approval.reset();
            ask(false);
          }}
          busy={approval.isPending}
          fault={refused.length > 0 ? null : approval.error}
          incomplete={refused.length > 0}
        >
          {refused.length > 0 ? (
            <div role="alert">
              <p className="refused">{m.lists.notApproved(number(refused.length))}</p>
              <Refusals rows={refused} nameOf={(enrolment) => rows.find((row) => row.enrolment_id === enrolment)?.name} />
            </div>
          ) : (
            <>
              <p>{m.lists.consequence}</p>
              {changed > 0 && <p>{m.lists.changedSince(number(changed))}</p>}
            </>
          )}
        </Confirm>
      )}
    </>
  );
}
