/** Four ways to look at the stage, and the glide from one to another. */

import CameraControls from "camera-controls";
import {
  Box3,
  Matrix4,
  PerspectiveCamera,
  Quaternion,
  Raycaster,
  Sphere,
  Spherical,
  Vector2,
  Vector3,
  Vector4,
} from "three";
import * as joint from "../skeleton";
import type { Frame } from "../wire";

CameraControls.install({
  THREE: {
    Vector2,
    Vector3,
    Vector4,
    Quaternion,
    Matrix4,
    Spherical,
    Box3,
    Sphere,
    Raycaster,
  },
});

export const VIEWS = ["orbit", "front", "top", "follow"] as const;
export type View = (typeof VIEWS)[number];

/** Metres that the front view shows from top to bottom at least. */
const HIGH = 2.9;
/** Share of the stage's width that the views show; performers keep off its very edges. */
const SHOWN = 0.8;

export class Cameras {
  readonly camera = new PerspectiveCamera(30, 1, 0.1, 80);
  view: View = "front";
  private readonly controls: CameraControls;
  /** What the views look at on the floor, and how far the followed performers are apart. */
  private readonly center = new Vector3(0, 0, 0);
  private readonly followed = new Vector3();
  private spread = 1;
  private wide = 8 * SHOWN;

  constructor(element: HTMLElement) {
    this.camera.up.set(0, 0, 1);
    this.controls = new CameraControls(this.camera, element);
    this.controls.smoothTime = 0.55;
    this.controls.draggingSmoothTime = 0.12;
    this.controls.minDistance = 1;
    this.controls.maxDistance = 30;
    this.controls.maxPolarAngle = Math.PI / 2 - 0.02;
    this.controls.addEventListener("controlstart", () => {
      this.view = "orbit";
    });
    this.show("front", false);
  }

  resize(aspect: number): void {
    this.camera.aspect = aspect;
    this.camera.updateProjectionMatrix();
    if (this.view !== "orbit") this.show(this.view, false);
  }

  /** Takes the width of the stage in metres. */
  fit(width: number): void {
    const wide = Math.min(20, Math.max(4, width * SHOWN));
    if (wide === this.wide) return;
    this.wide = wide;
    if (this.view !== "orbit") this.show(this.view, false);
  }

  /** Moves the place that all views look at; the stage's centre at first. */
  lookAt(x: number, y: number): void {
    this.center.set(x, y, 0);
    this.show(this.view, false);
  }

  /** Glides to a view; `glide` false jumps. */
  show(view: View, glide = true): void {
    this.view = view;
    const { x, y } = this.center;
    const far = this.distance(this.wide, HIGH);
    if (view === "front") {
      void this.controls.setLookAt(x, y - far, 1.55, x, y, 0.86, glide);
    } else if (view === "top") {
      const up = this.distance(this.wide, 5.6);
      void this.controls.setLookAt(x, y - 0.02, up, x, y, 0, glide);
    } else if (view === "orbit") {
      const near = far * 0.82;
      void this.controls.setLookAt(x + near * 0.55, y - near * 0.83, 2.1, x, y, 0.85, glide);
    } else {
      this.aim(glide);
    }
  }

  /** Moves the camera on by `seconds`; the follow view goes after those that are seen. */
  update(frame: Frame, visible: Uint8Array, count: number, seconds: number): void {
    if (this.view === "follow" && count > 0) {
      this.find(frame, visible, count, seconds);
      this.aim(true);
    }
    this.controls.update(seconds);
  }

  private find(frame: Frame, visible: Uint8Array, count: number, seconds: number): void {
    let x = 0;
    let y = 0;
    let spread = 0.9;
    for (let i = 0; i < count; i++) {
      x += frame.joints[visible[i] * joint.POSE_FLOATS] / count;
      y += frame.joints[visible[i] * joint.POSE_FLOATS + 1] / count;
    }
    for (let i = 0; i < count; i++) {
      const hip = visible[i] * joint.POSE_FLOATS;
      spread = Math.max(spread, Math.abs(frame.joints[hip] - x) + 0.9);
    }
    const share = 1 - Math.exp(-seconds / 0.8);
    this.followed.x += (x - this.followed.x) * share;
    this.followed.y += (y - this.followed.y) * share;
    this.spread += (spread - this.spread) * share;
  }

  private aim(glide: boolean): void {
    const { x, y } = this.followed;
    const far = this.distance(this.spread * 2, 2.5);
    void this.controls.setLookAt(x, y - far, 1.2, x, y, 0.92, glide);
  }

  /** Distance in metres from which so much is seen from left to right and top to bottom. */
  private distance(wide: number, high: number): number {
    const slope = Math.tan((this.camera.fov * Math.PI) / 360);
    return Math.max(high / 2 / slope, wide / 2 / (slope * this.camera.aspect));
  }
}
