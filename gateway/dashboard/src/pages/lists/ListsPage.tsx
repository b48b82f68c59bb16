import { AllLists } from "./AllLists";
import { OneList } from "./OneList";
import { listsRoute, type ListsSearch } from "./route";

/** Recognition lists: all of them with what a new one may hold, or one with what has changed since. */
export function ListsPage() {
  const { list }: ListsSearch = listsRoute.useSearch();
  return list === undefined ? <AllLists /> : <OneList key={list} id={list} />;
}
