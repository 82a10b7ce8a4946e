/** compositor_client.js for pages of plain scripts: the global class CompositorClient. */
import { CompositorClient } from "../src/compositor_client.ts";

Object.assign(globalThis, { CompositorClient });
