import { Link, useNavigate } from "@tanstack/react-router";
import { useSeen, useSources } from "../../api/sources";
import { useSpeech } from "../../messages/language";
import { Choice } from "../../parts/Choice";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { sandboxRoute } from "../sandbox/route";
import { Deliveries } from "./Deliveries";
import { Errors } from "./Errors";
import { deliveriesRoute, type DeliveriesSearch } from "./route";
import { Summary } from "./Summary";

/** What a vendor's program has delivered, what became of it, and what was wrong with the rest. */
export function DeliveriesPage() {
  const { m } = useSpeech();
  const search = deliveriesRoute.useSearch();
  const navigate = useNavigate();
  const sources = useSources();
  const vendor = search.source ?? sources.data?.find((source) => !source.sandbox)?.vendor ?? sources.data?.[0]?.vendor;
  const seen = useSeen(vendor);
  useTitle(m.deliveries.title);

  const change = (next: Partial<DeliveriesSearch>) =>
    void navigate({
      to: deliveriesRoute.to,
      search: (before: DeliveriesSearch) => ({ ...before, ...next }),
      resetScroll: false,
    });

  const failed = [sources, seen].find((query) => query.error !== null && query.data === undefined);
  if (failed?.error != null) return <Fault fault={failed.error} again={() => void failed.refetch()} />;
  if (sources.data?.length === 0) {
    return (
      <section className="card prose">
        <h1>{m.deliveries.title}</h1>
        <p>{m.deliveries.none}</p>
      </section>
    );
  }
  if (sources.data === undefined || vendor === undefined || seen.data === undefined) return <p role="status">{m.loading}</p>;
  return (
    <div className="page">
      <div className="heading">
        <h1>{m.deliveries.title}</h1>
        {sources.data.length > 1 && (
          <Choice
            legend={m.deliveries.source}
            name="source"
            chosen={vendor}
            options={sources.data.map((source) => ({ value: source.vendor, label: source.vendor }))}
            choose={(source) => change({ source })}
          />
        )}
      </div>
      {seen.data.sandbox && (
        <p className="card">
          {m.deliveries.sandbox} <Link to={sandboxRoute.to}>{m.sandbox.nav}</Link>
        </p>
      )}
      <Summary seen={seen.data} />
      <Errors errors={seen.data.errors} vendor={vendor} />
      <Deliveries vendor={vendor} faulty={search.faulty === "true"} change={change} />
    </div>
  );
}
