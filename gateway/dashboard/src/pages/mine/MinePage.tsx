import { useMe } from "../../api/me";
import { useOwnEnrolments } from "../../api/roster";
import { useSpeech } from "../../messages/language";
import { Fault } from "../../parts/Fault";
import { useTitle } from "../../parts/useTitle";
import { Course } from "./Course";

/** The teacher's own page: where she stands in each course, what is missing, who holds it, until when, her certificate. */
export function MinePage() {
  const { m } = useSpeech();
  const me = useMe();
  const own = useOwnEnrolments(me.data?.person_id);
  useTitle(m.mine.nav);
  if (own.error !== null && own.data === undefined) return <Fault fault={own.error} again={() => void own.refetch()} />;
  if (own.data === undefined) return <p role="status">{m.loading}</p>;
  const name = own.data[0]?.name;
  return (
    <div className="page">
      <h1>{name === undefined ? m.mine.nav : m.mine.title(name)}</h1>
      {own.data.map((one) => (
        <Course key={one.id} enrolment={one} />
      ))}
      {own.data.length === 0 && (
        <section className="card prose">
          <h2>{m.mine.none}</h2>
          <p>{m.mine.noneWhy}</p>
          <p>{m.mine.noneDo}</p>
        </section>
      )}
    </div>
  );
}
