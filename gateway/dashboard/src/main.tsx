import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiFault } from "./api/client";
import { LanguageProvider } from "./messages/language";
import { router } from "./router";
import "./styles/index.css";

const queries = new QueryClient({
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
