import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { TEMPLATE, useUpload } from "../../api/imports";
import { useSpeech } from "../../messages/language";
import { Download } from "../../parts/Download";
import { Running } from "../../parts/Running";
import { importsRoute } from "./route";

/** A workbook to be looked through; nothing is written before its preview is confirmed. */
export function Upload() {
  const { m, language } = useSpeech();
  const navigate = useNavigate();
  const upload = useUpload();
  const [file, setFile] = useState<File | null>(null);

  function send(event: FormEvent) {
    event.preventDefault();
    if (file === null) return;
    upload.mutate(file, { onSuccess: ({ id }) => void navigate({ to: importsRoute.to, search: { id } }) });
  }

  return (
    <section className="card">
      <div className="heading">
        <h2>{m.imports.upload}</h2>
        <Download
          label={m.imports.template}
          address={() => TEMPLATE}
          renew={() => Promise.resolve()}
          file="mau-danh-sach.xlsx"
          about=""
        />
      </div>
      <form className="form" onSubmit={send}>
        <label>
          {m.imports.file}
          <input
            type="file"
            accept=".xlsx"
            required
            disabled={upload.isPending}
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
        </label>
        <p className="note">{m.imports.note}</p>
        {upload.error !== null && (
          <div role="alert" className="bad">
            <p>{upload.error.status === 422 || upload.error.status === 413 ? m.imports.refused : m.imports.notSent}</p>
            {language === "en" && upload.error.problem?.detail !== undefined && <p>{upload.error.problem.detail}</p>}
          </div>
        )}
        {upload.isPending ? (
          <Running about={m.imports.reading} />
        ) : (
          <button disabled={file === null}>{m.imports.preview}</button>
        )}
      </form>
    </section>
  );
}
