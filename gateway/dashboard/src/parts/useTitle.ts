import { useEffect } from "react";
import { useSpeech } from "../messages/language";

/** The window's title; it is also what a screen reader says when a page opens. */
export function useTitle(title: string) {
  const { m } = useSpeech();
  useEffect(() => {
    document.title = `${title} · ${m.product}`;
  }, [title, m]);
}
