import { useEffect, useState } from "react";
import { useSpeech } from "../messages/language";

const SECOND_MS = 1000;

/** Work whose end nobody knows: that it goes on, and how long it has been watched. */
export function Running({ about }: { about: string }) {
  const { m } = useSpeech();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const ticking = setInterval(() => setSeconds((before) => before + 1), SECOND_MS);
    return () => clearInterval(ticking);
  }, []);
  return (
    <div className="running">
      <progress aria-label={about} />
      <span role="status">{about}</span>
      <span aria-hidden="true" className="note">
        {m.running(seconds)}
      </span>
    </div>
  );
}
