import { useBlocker } from "@tanstack/react-router";
import { useSpeech } from "../messages/language";

/** Asks before what was written and not sent is left behind, by a link, by going back or by closing the page. */
export function useUnsaved(written: boolean): void {
  const { m } = useSpeech();
  useBlocker({
    shouldBlockFn: () => written && !window.confirm(m.unsaved),
    enableBeforeUnload: written,
    disabled: !written,
  });
}
