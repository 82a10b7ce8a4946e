/** camera_sync.js for pages of plain scripts: the global class CameraSync, and what lets an element drive one. */
import { CameraSync } from "../src/camera_sync.ts";
import { attachGestures } from "../src/gestures.ts";

Object.assign(globalThis, { CameraSync, attachGestures });
