/**
 * A workbook of one sheet, for a table that is joined in the browser and that no service has whole. Office Open XML in a ZIP
 * archive whose members are stored as they are: a few hundred rows need no packing.
 */

export type Cell = string | number | null;

const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const WIDEST = 60;

/** The header in bold, then the rows; a text stays a text, whatever it begins with. `title` names the sheet. */
export function workbook(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Blob {
  const members = {
    "[Content_Types].xml": `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
    "_rels/.rels": relationships([["officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${escaped(sheetName(title))}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relationships([
      ["worksheet", "worksheets/sheet1.xml"],
      ["styles", "styles.xml"],
    ]),
    "xl/styles.xml": `<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Times New Roman"/></font><font><b/><sz val="11"/><name val="Times New Roman"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`,
    "xl/worksheets/sheet1.xml": sheet(header, rows),
  };
  return new Blob(archive(Object.entries(members)), { type: TYPE });
}

function relationships(targets: readonly (readonly [string, string])[]): string {
  const lines = targets.map(([kind, target], place) => `<Relationship Id="rId${place + 1}" Type="${OFFICE}/${kind}" Target="${target}"/>`);
  return `<Relationships xmlns="${PACKAGE}/relationships">${lines.join("")}</Relationships>`;
}

function sheet(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const widths = header.map((name, place) => {
    const longest = rows.reduce((most, row) => Math.max(most, String(row[place] ?? "").length), name.length);
    return `<col min="${place + 1}" max="${place + 1}" width="${Math.min(longest + 2, WIDEST)}" customWidth="1"/>`;
  });
  const lines = [line(header, 1), ...rows.map((row) => line(row, 0))];
  const frozen = `<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`;
  return `<worksheet xmlns="${MAIN}">${frozen}<cols>${widths.join("")}</cols><sheetData>${lines.join("")}</sheetData></worksheet>`;
}

function line(cells: readonly Cell[], style: number): string {
  return `<row>${cells.map((cell) => written(cell, style)).join("")}</row>`;
}

function written(cell: Cell, style: number): string {
  if (cell === null) return `<c s="${style}"/>`;
  if (typeof cell === "number") return `<c s="${style}"><v>${cell}</v></c>`;
  return `<c s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
}

function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex -- XML takes no other control characters
  const allowed = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
  return allowed.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** Excel takes at most 31 characters and none of these. */
function sheetName(title: string): string {
  return title.replace(/[[\]:*?/\\]/g, " ").slice(0, 31);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(content: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of content) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}

const HEADER_BYTES = 30;
const ENTRY_BYTES = 46;
const END_BYTES = 22;
const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 0x0800;
/** The first of January 1980, the oldest date a ZIP knows: the same rows make the same file. */
const DATE = 0x0021;

/** A ZIP archive (APPNOTE 6.3): each member after its own header, then the directory of all. */
function archive(members: readonly (readonly [string, string])[]): BlobPart[] {
  const encoder = new TextEncoder();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const [name, text] of members) {
    const path = encoder.encode(name);
    const content = encoder.encode(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${text}`);
    const fields = (bytes: number, signature: number, made: readonly number[]) => {
      const head = new DataView(new ArrayBuffer(bytes));
      head.setUint32(0, signature, true);
      const at = 4 + 2 * made.length;
      made.forEach((value, place) => head.setUint16(4 + 2 * place, value, true));
      [VERSION, UTF8, 0, 0, DATE].forEach((value, place) => head.setUint16(at + 2 * place, value, true));
      [crc32(content), content.length, content.length].forEach((value, place) => head.setUint32(at + 10 + 4 * place, value, true));
      head.setUint16(at + 22, path.length, true);
      return head;
    };
    const header = fields(HEADER_BYTES, 0x04034b50, []);
    const entry = fields(ENTRY_BYTES, 0x02014b50, [VERSION]);
    entry.setUint32(ENTRY_BYTES - 4, offset, true);
    parts.push(new Uint8Array(header.buffer), path, content);
    directory.push(new Uint8Array(entry.buffer), path);
    offset += HEADER_BYTES + path.length + content.length;
  }
  const end = new DataView(new ArrayBuffer(END_BYTES));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, members.length, true);
  end.setUint16(10, members.length, true);
  end.setUint32(12, directory.reduce((sum, part) => sum + part.length, 0), true);
  end.setUint32(16, offset, true);
  return [...parts, ...directory, new Uint8Array(end.buffer)];
}
