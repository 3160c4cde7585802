// Analyses and batches, read when a page that has to do with them is.

import { Client } from "../sightline/client.js";
import { caller } from "./client.js";

export const api = new Client({ sender: caller.sender });
