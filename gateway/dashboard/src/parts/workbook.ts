import writeXlsxFile from "write-excel-file/browser";

/** A workbook of one sheet, for a table that is joined in the browser and that no service has whole. */

export type Cell = string | number | null;

const WIDEST = 60;

/** The header in bold, then the rows; a text stays a text, whatever it begins with. `title` names the sheet. */
export function workbook(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Promise<Blob> {
  const bold = header.map((value) => ({ value, type: String, fontWeight: "bold" as const }));
  const lines = rows.map((row) => row.map(written));
  const columns = header.map((name, place) => {
    const longest = rows.reduce((most, row) => Math.max(most, String(row[place] ?? "").length), name.length);
    return { width: Math.min(longest + 2, WIDEST) };
  });
  return writeXlsxFile([bold, ...lines], { sheet: sheetName(title), columns, stickyRowsCount: 1 }).toBlob();
}

function written(cell: Cell) {
  if (cell === null) return null;
  return typeof cell === "number" ? { value: cell, type: Number } : { value: allowed(cell), type: String };
}

/** XML takes no other control characters. */
function allowed(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
}

/** Excel takes at most 31 characters and none of these. */
function sheetName(title: string): string {
  return title.replace(/[[\]:*?/\\]/g, " ").slice(0, 31);
}
