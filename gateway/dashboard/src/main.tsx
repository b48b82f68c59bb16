import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiFault } from "./api/client";
import { ME } from "./api/me";
import { LanguageProvider } from "./messages/language";
import { router } from "./router";
import "./styles/index.css";

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (fault, query) => {
      // Whichever call learns first that the session is over, it is `me` by which the shell says so.
      const over = fault instanceof ApiFault && fault.status === 401;
      if (over && query.queryKey[0] !== ME) void queries.invalidateQueries({ queryKey: [ME] });
    },
  }),
  defaultOptions: {
    queries: {
      // A refusal stays one; what did not answer is asked again, by and by.
      retry: (count, fault) => !(fault instanceof ApiFault && fault.status >= 400 && fault.status < 500) && count < 2,
    },
  },
});

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <LanguageProvider>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </LanguageProvider>
  </StrictMode>,
);
