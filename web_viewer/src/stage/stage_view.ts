/** The stage as the audience sees it: bodies, floor, trails, cameras and glow in one canvas. */

import { Color, Scene, SRGBColorSpace, Vector3, WebGLRenderer } from "three";
import { POSE_FLOATS, SPINE, THORAX } from "../skeleton";
import { type Frame, MAX_PERFORMERS, STATE_ABSENT } from "../wire";
import { Bodies } from "./bodies";
import { Cameras } from "./cameras";
import { floorMesh } from "./floor";
import { FloorLight } from "./floor_light";
import { Glow } from "./glow";
import { Lamps } from "./lamps";
import { QUALITIES, QualityWatch } from "./quality";
import { RigLight } from "./rig_light";
import { Trails } from "./trails";

export class StageView {
  readonly cameras: Cameras;
  readonly trails = new Trails();
  /** Nothing but black. */
  blackout = false;
  /** The grey of a stream that has stopped. */
  stale = false;
  /** Poses do not move on, so trails stay as they are. */
  still = false;
  framesDrawn = 0;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly floor = new FloorLight();
  private readonly glow = new Glow();
  private readonly watch: QualityWatch;
  private readonly visible = new Uint8Array(MAX_PERFORMERS);
  private readonly projected = new Vector3();
  private bodies: Bodies;
  private lamps: Lamps | null = null;

  /** quality: a number of QUALITIES that is kept, or null for what the display keeps up with. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly quality: number | null,
  ) {
    this.renderer = new WebGLRenderer({
      canvas,
      antialias: false,
      powerPreference: "high-performance",
    });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.autoClear = false;
    this.renderer.setClearColor(new Color(0), 1);
    this.cameras = new Cameras(canvas);
    this.watch = new QualityWatch(quality ?? (this.software() ? 3 : 0));
    this.bodies = new Bodies(QUALITIES[this.watch.level].cell);
    this.scene.add(this.bodies.group, floorMesh(this.floor), this.trails.mesh);
    this.resize();
    new ResizeObserver(() => {
      this.resize();
    }).observe(canvas);
  }

  /**
   * Shows the pixels of a rig, or none. positions: x, y, z of each; light: its linear red, green
   * and blue, read for every picture.
   */
  showRig(rig: { positions: Float32Array; light: Float32Array } | null): void {
    if (this.lamps) {
      this.scene.remove(this.lamps.mesh);
      this.lamps.dispose();
    }
    this.lamps = rig && new Lamps(rig.positions, rig.light);
    if (this.lamps) this.scene.add(this.lamps.mesh);
    this.floor.show(rig && new RigLight(rig.positions, rig.light));
  }

  get qualityLevel(): number {
    return this.watch.level;
  }

  /** True where no graphics card draws. */
  private software(): boolean {
    const gl = this.renderer.getContext();
    const info = gl.getExtension("WEBGL_debug_renderer_info");
    const name = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
    return /swiftshader|llvmpipe|software|basic render/i.test(name);
  }

  private resize(): void {
    const quality = QUALITIES[this.watch.level];
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    const ratio = Math.min(quality.pixelRatio, window.devicePixelRatio);
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.glow.resize(
      Math.max(1, Math.floor(width * ratio)),
      Math.max(1, Math.floor(height * ratio)),
      quality,
    );
    this.floor.resolution(quality.floor);
    this.bodies.reflection.visible = quality.reflection;
    this.cameras.resize(width / height);
  }

  private degrade(): void {
    const cell = QUALITIES[this.watch.level].cell;
    if (cell !== this.bodies.cell) {
      this.scene.remove(this.bodies.group);
      this.bodies.dispose();
      this.bodies = new Bodies(cell);
      this.scene.add(this.bodies.group);
    }
    this.resize();
  }

  /** Draws a frame. seconds: since the last picture. */
  draw(frame: Frame, seconds: number): void {
    if (this.quality === null && !document.hidden && this.watch.tick(seconds)) this.degrade();
    this.framesDrawn++;
    const { renderer } = this;
    let count = 0;
    for (let p = 0; p < frame.count; p++) {
      if (drawable(frame, p)) this.visible[count++] = p;
    }
    this.cameras.update(frame, this.visible, count, seconds);
    if (this.blackout) {
      renderer.setRenderTarget(null);
      renderer.clear();
      return;
    }
    this.bodies.update(frame, this.visible, count);
    this.trails.update(frame, this.stale || this.still ? 0 : seconds);
    this.lamps?.update();
    this.floor.update(renderer, frame, this.visible, count);
    this.glow.grey = this.stale ? 1 : 0;
    renderer.setClearColor(0x000000, 1);
    renderer.setRenderTarget(this.glow.scene);
    renderer.clear();
    renderer.render(this.scene, this.cameras.camera);
    this.glow.show(renderer);
  }

  /** Writes into `out` where a performer's chest is on the page, in CSS pixels. */
  chest(frame: Frame, performer: number, out: [number, number]): void {
    const { joints } = frame;
    const spine = performer * POSE_FLOATS + SPINE * 3;
    const thorax = performer * POSE_FLOATS + THORAX * 3;
    const at = this.projected.set(
      (joints[spine] + joints[thorax]) / 2,
      (joints[spine + 1] + joints[thorax + 1]) / 2,
      (joints[spine + 2] + joints[thorax + 2]) / 2,
    );
    at.project(this.cameras.camera);
    out[0] = (at.x * 0.5 + 0.5) * this.canvas.clientWidth;
    out[1] = (0.5 - at.y * 0.5) * this.canvas.clientHeight;
  }
}

/** True where a performer is there, lit, and all its joints are numbers. */
function drawable(frame: Frame, p: number): boolean {
  if (frame.state[p] === STATE_ABSENT || !(frame.level[p] > 0)) return false;
  let sum = 0;
  for (let i = 0; i < POSE_FLOATS; i++) sum += frame.joints[p * POSE_FLOATS + i];
  return Number.isFinite(sum);
}
