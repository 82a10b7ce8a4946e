/**
 * What a camera does not see, dimmed: the area around a rectangle in one colour. Not sprites, whose shader looks into
 * textures for each pixel: without a GPU that took several times as long for what is half of the page.
 */
import { GlProgram, Mesh, MeshGeometry, Shader } from "pixi.js";
import type { Rect, Size } from "../view.ts";

const vertex = `
in vec2 aPosition;
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;
void main() {
  mat3 all = uProjectionMatrix * uWorldTransformMatrix * uTransformMatrix;
  gl_Position = vec4((all * vec3(aPosition, 1.0)).xy, 0.0, 1.0);
}`;

const fragment = `
uniform vec4 uColor;
void main() {
  finalColor = uColor;
}`;

/** Between the four corners of the area and the four of the rectangle in it. */
const AROUND = new Uint32Array([0, 1, 2, 3].flatMap((corner) => {
  const next = (corner + 1) % 4;
  return [corner, next, next + 4, corner, next + 4, corner + 4];
}));

const within = (value: number, limit: number): number => Math.min(limit, Math.max(0, value));

export class Outside extends Mesh<MeshGeometry, Shader> {
  /** What it was made for last. */
  readonly #edges = new Float64Array(6);

  constructor(colour: number, alpha: number) {
    const geometry = new MeshGeometry({ positions: new Float32Array(16), indices: AROUND });
    super({ geometry, shader: new Shader({ glProgram: GlProgram.from({ vertex, fragment, name: "outside" }), resources: {} }) });
    this.tint = colour;
    this.alpha = alpha;
  }

  /** Covers all of the area but `seen`. */
  layout(seen: Rect, area: Size): void {
    const left = within(seen.x, area.width);
    const top = within(seen.y, area.height);
    const right = within(seen.x + seen.width, area.width);
    const bottom = within(seen.y + seen.height, area.height);
    const edges = this.#edges;
    if (edges[0] === left && edges[1] === top && edges[2] === right && edges[3] === bottom && edges[4] === area.width && edges[5] === area.height) return;
    edges[0] = left;
    edges[1] = top;
    edges[2] = right;
    edges[3] = bottom;
    edges[4] = area.width;
    edges[5] = area.height;
    const { positions } = this.geometry;
    positions[2] = positions[4] = area.width;
    positions[5] = positions[7] = area.height;
    positions[8] = positions[14] = left;
    positions[9] = positions[11] = top;
    positions[10] = positions[12] = right;
    positions[13] = positions[15] = bottom;
    this.geometry.getBuffer("aPosition").update();
  }

  override destroy(options?: Parameters<Mesh["destroy"]>[0]): void {
    const { geometry, shader } = this;
    super.destroy(options);
    geometry.destroy(true);
    shader?.destroy();
  }
}
