import { useQueries, useQuery } from "@tanstack/react-query";
import { api, body, type ApiFault } from "./client";
import type { components } from "./schema";

/** One enrolment as the reports count it: its units, dated figures, stages, certificates. */
export type ReportLine = components["schemas"]["reporting.ReportLine"];

export type Certificate = components["schemas"]["certificates.CertificateItem"];

/** The line of the reports. */
export function useReportLine(enrolment: string) {
  return useQuery<ReportLine, ApiFault>({
    queryKey: ["line", enrolment],
    queryFn: ({ signal }) =>
      body<ReportLine>(api.GET("/api/v1/evidence/{enrolment_id}", { params: { path: { enrolment_id: enrolment } }, signal })),
  });
}

/** The certificates that a line of the reports names, in its order; without those that are not heard of yet. */
export function useCertificates(line: ReportLine | undefined): Certificate[] {
  const found = useQueries({
    queries: (line?.certificates ?? []).map(({ certificate_id }) => ({
      queryKey: ["certificate", certificate_id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        body<Certificate>(api.GET("/api/v1/certificates/{certificate_id}", { params: { path: { certificate_id } }, signal })),
    })),
  });
  return found.flatMap((one) => (one.data === undefined ? [] : [one.data]));
}

/** Where the paper of a certificate is. */
export function paperOf(certificate: Certificate): string {
  return `/api/v1/certificates/${encodeURIComponent(certificate.id)}.pdf`;
}
