import { useRouterState } from "@tanstack/react-router";
import { useSpeech } from "../messages/language";

/** Says it and leads back here; a page that is being read is not torn away by itself. */
export function SessionEnded() {
  const { m } = useSpeech();
  const here = useRouterState({ select: (state) => state.location.href });
  return (
    <div className="banner" role="alert">
      <p>{m.session.ended}</p>
      <a className="button" href={`/login?next=${encodeURIComponent(here)}`}>
        {m.session.logIn}
      </a>
    </div>
  );
}
