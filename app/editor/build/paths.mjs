// Where things are, from the root of the checkout.
import { fileURLToPath } from "node:url";

/** The checkout's root, with a trailing slash. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));
/** What the hooks make for Trunk to take up; below target/, since it is made from sources. */
export const made = `${root}target/web`;
