import { createRootRoute } from "@tanstack/react-router";

/** Every page hangs from here. What stands around the pages is set in router.ts: it knows the pages, they know this. */
export const root = createRootRoute();
