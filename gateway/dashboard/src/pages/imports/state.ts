import type { ImportItem } from "../../api/imports";

/** Where an import stands: `confirming` is being written now, wherever it was asked for. */
export type ImportState = "previewed" | "confirming" | "confirmed";

export function stateOf(one: ImportItem): ImportState {
  return one.state === "previewed" && one.confirming ? "confirming" : one.state;
}
