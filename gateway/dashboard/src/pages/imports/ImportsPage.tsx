import { rolesOf, useMe } from "../../api/me";
import { useSpeech } from "../../messages/language";
import { useTitle } from "../../parts/useTitle";
import { ImportList } from "./ImportList";
import { OneImport } from "./OneImport";
import { importsRoute } from "./route";
import { Upload } from "./Upload";

/** Workbooks into the roster: a preview of each, what became of it, and what is being written just now. */
export function ImportsPage() {
  const { m } = useSpeech();
  const { id } = importsRoute.useSearch();
  const roles = rolesOf(useMe().data);
  const changes = roles.has("province_officer") || roles.has("department_leader");
  useTitle(m.imports.title);
  if (id !== undefined) return <OneImport key={id} id={id} changes={changes} />;
  return (
    <div className="page">
      <h1>{m.imports.title}</h1>
      {changes && <Upload />}
      <ImportList />
    </div>
  );
}
