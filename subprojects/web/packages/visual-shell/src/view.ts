/** Arithmetic between the world and the map area of the page. Pure; all lengths of the page are in CSS pixels. */
import type { Camera, CameraPose, Window } from "@compositord/client";

/** What the map area shows: the world point at its centre, and CSS pixels per world unit. */
export interface View {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  x: number;
  y: number;
}

/**
 * A rectangle that is written in every frame. A class of its own, since the engine gives all object literals with the
 * same members one shape: if one of them anywhere ever held no number, each write of a fraction would allocate.
 */
export class Box implements Rect {
  x = 0;
  y = 0;
  width = 0;
  height = 0;
}

/** Room around the camera's frame, so that its outline and name are seen. */
export const FRAME_MARGIN = 32;

/** Zoom of the page's own view; wider than any camera's, so that the whole map fits. */
export const FREE_ZOOM = { min: 1e-6, max: 16 };

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** To a whole pixel of the screen. */
export const snap = (value: number, resolution: number): number => Math.round(value * resolution) / resolution;

export const toPageX = (view: View, area: Size, x: number): number => (x - view.x) * view.zoom + area.width / 2;
export const toPageY = (view: View, area: Size, y: number): number => (y - view.y) * view.zoom + area.height / 2;
export const toWorldX = (view: View, area: Size, x: number): number => (x - area.width / 2) / view.zoom + view.x;
export const toWorldY = (view: View, area: Size, y: number): number => (y - area.height / 2) / view.zoom + view.y;

export function contains(rect: Rect, x: number, y: number, slack = 0): boolean {
  return x >= rect.x - slack && y >= rect.y - slack && x < rect.x + rect.width + slack && y < rect.y + rect.height + slack;
}

/** The view in which the map area shows what the output shows, as large as it fits. */
export function followView(out: View, camera: Camera, pose: CameraPose, area: Size): View {
  const { width, height } = camera.viewport;
  const roomX = Math.max(1, area.width - 2 * FRAME_MARGIN);
  const roomY = Math.max(1, area.height - 2 * FRAME_MARGIN);
  const scale = width > 0 && height > 0 ? Math.min(roomX / width, roomY / height) : 1;
  out.x = pose.x;
  out.y = pose.y;
  out.zoom = pose.zoom * scale;
  return out;
}

/** Where a camera's viewport lies on the page. */
export function frameRect(out: Rect, camera: Camera, pose: CameraPose, view: View, area: Size): Rect {
  out.width = (camera.viewport.width / pose.zoom) * view.zoom;
  out.height = (camera.viewport.height / pose.zoom) * view.zoom;
  out.x = toPageX(view, area, pose.x) - out.width / 2;
  out.y = toPageY(view, area, pose.y) - out.height / 2;
  return out;
}

/** Where a window on the map lies on the page, were its corner at a point. */
export function mapWindowRect(out: Rect, window: Window, corner: { readonly x: number; readonly y: number }, view: View, area: Size): Rect {
  out.x = toPageX(view, area, corner.x);
  out.y = toPageY(view, area, corner.y);
  out.width = window.width * view.zoom;
  out.height = window.height * view.zoom;
  return out;
}

/** Where a window that is fixed to a viewport lies on the page; its size is in output pixels. */
export function screenWindowRect(out: Rect, window: Window, frame: Rect, viewport: Size): Rect {
  const scale = viewport.width > 0 ? frame.width / viewport.width : 0;
  out.x = frame.x + (window.screen?.x ?? 0) * scale;
  out.y = frame.y + (window.screen?.y ?? 0) * scale;
  out.width = window.width * scale;
  out.height = window.height * scale;
  return out;
}

/** The smallest world rectangle around all of them, or null when there are none. */
export function bounds(rects: Iterable<Readonly<Rect>>): Rect | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rect of rects) {
    left = Math.min(left, rect.x);
    top = Math.min(top, rect.y);
    right = Math.max(right, rect.x + rect.width);
    bottom = Math.max(bottom, rect.y + rect.height);
  }
  return left > right ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

/** The pose that shows a world rectangle in an area of that size, not larger than life. */
export function poseAround(rect: Rect, area: Size, margin: number): View {
  const room = (length: number): number => Math.max(1, length - 2 * margin);
  const zoom = Math.min(1, room(area.width) / Math.max(1, rect.width), room(area.height) / Math.max(1, rect.height));
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2, zoom };
}

/** Moves a view part of the way to another; zooming feels even because it is geometric. */
export function blend(out: View, from: View, to: View, part: number): View {
  const zoom = from.zoom * (to.zoom / from.zoom) ** part;
  // Points move with the zoom, not with time, or the centre would swing away while the zoom is small.
  const moved = Math.abs(to.zoom - from.zoom) < 1e-3 * from.zoom ? part : ((1 / zoom - 1 / from.zoom) / (1 / to.zoom - 1 / from.zoom));
  out.x = from.x + (to.x - from.x) * moved;
  out.y = from.y + (to.y - from.y) * moved;
  out.zoom = zoom;
  return out;
}
