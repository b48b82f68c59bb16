import { Link } from "@tanstack/react-router";
import { annotatedOf, useConfirm, useImport } from "../../api/imports";
import { useSpeech } from "../../messages/language";
import { Answer } from "../../parts/Answer";
import { Download } from "../../parts/Download";
import { Fault } from "../../parts/Fault";
import { Decision } from "./Decision";
import { Messages } from "./Messages";
import { importsRoute } from "./route";
import { stateOf } from "./state";

/** A preview, what is wrong with its rows, and its confirmation. */
export function OneImport({ id, changes }: { id: string; changes: boolean }) {
  const { m, number, moment } = useSpeech();
  const found = useImport(id);
  const confirm = useConfirm(id);
  const one = found.data;
  if (one === undefined) {
    if (found.error === null) return <p role="status">{m.loading}</p>;
    return <Fault fault={found.error} again={() => void found.refetch()} />;
  }
  const { counts } = one;
  const state = confirm.running && one.state === "previewed" ? "confirming" : stateOf(one);
  const name = one.file_name ?? m.imports.unnamed;
  return (
    <div className="page">
      <nav aria-label={m.imports.path} className="path">
        <Link to={importsRoute.to}>{m.imports.all}</Link>
      </nav>
      <div className="heading">
        <h1>{name}</h1>
        <Download
          label={m.imports.annotated}
          address={() => annotatedOf(id)}
          renew={() => found.refetch()}
          file={`kiem-tra-${one.file_name ?? `${id}.xlsx`}`}
          about={name}
        />
      </div>
      <p>
        <b data-state={state}>{m.imports.states[state]}</b>
        {" · "}
        {state === "confirmed"
          ? m.imports.confirmedLine(moment(one.confirmed_at ?? one.sent_at), one.confirmed_by ?? "")
          : m.imports.sentLine(moment(one.sent_at), one.sent_by)}
      </p>
      <div className="answers" role="group" aria-label={m.imports.summary}>
        <Answer question={m.imports.counts.rows} value={number(counts.rows)} name="rows">
          {one.declared_total !== null && m.imports.declared(number(one.declared_total))}
        </Answer>
        <Answer question={m.imports.counts.persons_new} value={number(counts.persons_new)} name="persons_new">
          {m.imports.accounts(number(counts.accounts_new))}
        </Answer>
        <Answer question={m.imports.counts.persons_changed} value={number(counts.persons_changed)} name="persons_changed">
          {m.imports.unchanged(number(counts.unchanged))}
        </Answer>
        <Answer question={m.imports.counts.error} value={number(counts.error)} name="error" good={counts.error === 0}>
          {counts.error === 0 ? m.imports.noErrors : m.imports.errorsNote}
        </Answer>
      </div>
      {changes && state !== "confirmed" && <Decision one={one} confirm={confirm} running={state === "confirming"} />}
      {one.messages.length > 0 && <Messages messages={one.messages} total={one.messages_total} />}
    </div>
  );
}
