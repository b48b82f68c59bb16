import { Link } from "@tanstack/react-router";
import { useSources } from "../../api/sources";
import { useSpeech } from "../../messages/language";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { deliveriesRoute } from "../deliveries/route";
import { TrialForm } from "./TrialForm";

/** A test event by the real webhook, to a source that changes nobody's result. */
export function SandboxPage() {
  const { m } = useSpeech();
  const sources = useSources();
  useTitle(m.sandbox.title);
  if (sources.error !== null && sources.data === undefined) {
    return <Fault fault={sources.error} again={() => void sources.refetch()} />;
  }
  if (sources.data === undefined) return <p role="status">{m.loading}</p>;
  const sandboxes = sources.data.filter((source) => source.sandbox).map((source) => source.vendor);
  return (
    <div className="page">
      <div className="heading">
        <h1>{m.sandbox.title}</h1>
        {sandboxes[0] !== undefined && (
          <Link to={deliveriesRoute.to} search={{ source: sandboxes[0] }}>
            {m.sandbox.sent}
          </Link>
        )}
      </div>
      <p>{m.sandbox.intro}</p>
      {sandboxes.length === 0 ? <p className="card">{m.sandbox.none}</p> : <TrialForm sandboxes={sandboxes} />}
    </div>
  );
}
