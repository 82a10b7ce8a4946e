/** Pixi works a colour out anew, with objects of its own, even when it is the same as before. */
import type { Container } from "pixi.js";

export function setTint(to: Container, colour: number): void {
  if (to.tint !== colour) to.tint = colour;
}
