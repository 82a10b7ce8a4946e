/**
 * A picture in nine parts whose middle is not drawn: outlines and shadows. What is transparent or covered costs as much
 * as what is seen, which without a GPU was most of the time of a frame.
 */
import { Mesh, NineSliceGeometry } from "pixi.js";
import type { Texture } from "pixi.js";

/** In a grid of 4 × 4 corners, two triangles for each part but the one in the middle. */
const AROUND = new Uint32Array(
  [0, 1, 2, 4, 6, 8, 9, 10].flatMap((corner) => [corner, corner + 1, corner + 5, corner, corner + 5, corner + 4]),
);

export class Ring extends Mesh<NineSliceGeometry> {
  constructor(texture: Texture, border: number) {
    const geometry = new NineSliceGeometry({
      leftWidth: border,
      rightWidth: border,
      topHeight: border,
      bottomHeight: border,
      originalWidth: texture.width,
      originalHeight: texture.height,
      anchor: { x: 0, y: 0 },
    });
    geometry.indices = AROUND;
    super({ geometry, texture });
  }

  override setSize(width: number, height: number): void {
    const { geometry } = this;
    if (geometry.width === width && geometry.height === height) return;
    geometry.width = width;
    geometry.height = height;
    geometry.updatePositions();
  }
}
