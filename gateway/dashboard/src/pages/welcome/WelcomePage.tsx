import { Navigate } from "@tanstack/react-router";
import { rolesOf, useMe } from "../../api/me";
import { useSpeech } from "../../messages/language";
import { pagesOf } from "../../shell/menu";

/** `/`: leads to the first page of one's roles; who has none reads whose account this is. */
export function WelcomePage() {
  const { m } = useSpeech();
  const me = useMe();
  if (me.data === undefined) return <p role="status">{m.loading}</p>;
  const first = pagesOf(me.data)[0];
  if (first !== undefined) return <Navigate to={first.path} replace />;
  const roles = [...rolesOf(me.data)];
  return (
    <section className="card prose">
      <h1>{m.welcome.title}</h1>
      <p>{m.welcome.none}</p>
      {roles.length > 0 && (
        <>
          <h2>{m.welcome.roles}</h2>
          <ul>
            {roles.map((role) => (
              <li key={role}>{m.roles[role]}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
