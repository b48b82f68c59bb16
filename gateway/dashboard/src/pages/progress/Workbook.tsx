import type { Unit } from "../../api/reports";
import { Download } from "../../parts/Download";

/** How the report on screen is asked for as a workbook. */
export interface WorkbookOf {
  address: () => string;
  renew: () => Promise<unknown>;
}

/** The report on screen as a workbook: all its tables are one file. */
export function Workbook({ unit, about, report = "progress", ...how }: WorkbookOf & { unit: Unit; about: string; report?: string }) {
  return <Download {...how} file={`${report}-${unit.code ?? unit.id}.xlsx`} about={about} />;
}
