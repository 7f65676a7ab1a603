/** From 17 joints to where each segment of the body is: one 3x4 matrix for each. */

import { Matrix4, Quaternion, Vector3 } from "three";
import * as joint from "../skeleton";
import { BELLY, CHEST, HEAD, LEFT, NECK, PELVIS, type Point, RIGHT, SEGMENTS } from "./body_shape";

/** Floats of one body's matrices: 3 rows of 4 for each segment. */
export const MATRIX_FLOATS = SEGMENTS.length * 12;

const LATERAL = new Vector3(1, 0, 0);
const vector = (p: Point) => new Vector3(p[0], p[1], p[2]);
const REST_FROM = SEGMENTS.map((s) => vector(s.from));
const REST_TO = SEGMENTS.map((s) => vector(s.to));
const REST_LENGTH = SEGMENTS.map((_, i) => REST_FROM[i].distanceTo(REST_TO[i]));
const REST_AXIS = SEGMENTS.map((_, i) => REST_TO[i].clone().sub(REST_FROM[i]).normalize());
const REST_TOE = [LEFT + 6, RIGHT + 6].map((s) => REST_TO[s].clone().sub(REST_FROM[s]));
const REST_NECK_LINE = REST_TO[HEAD].clone().sub(REST_FROM[NECK]).normalize();
const REST_SKULL = REST_FROM[HEAD].clone().sub(REST_TO[HEAD]);
const REST_HIPS = REST_FROM[LEFT + 4].x * 2;
const REST_SHOULDERS = REST_FROM[LEFT + 1].x * 2;
/** Height of the toes' middle above the floor that a standing foot has, in metres. */
const TOE_HEIGHT = REST_TO[LEFT + 6].z;
const MOST_POINTED = 0.75;
const MOST_FLEXED = -0.7;

/**
 * Solves one pose at a time. Limbs swing with the least twist from the part they hang on;
 * thighs turn with the knee's hinge; feet, which the skeleton lacks, reach for the floor.
 */
export class BodyPose {
  private readonly joints = Array.from({ length: joint.JOINT_COUNT }, () => new Vector3());
  private readonly turn = SEGMENTS.map(() => new Quaternion());
  private readonly a = new Vector3();
  private readonly b = new Vector3();
  private readonly c = new Vector3();
  private readonly up = new Vector3();
  private readonly line = new Vector3();
  private readonly q = new Quaternion();
  private readonly basis = new Matrix4();
  private readonly linear = new Matrix4();
  private scale = 1;

  /** Reads a pose of 51 floats at `from` and writes MATRIX_FLOATS floats at `to`. */
  solve(pose: Float32Array, from: number, out: Float32Array, to: number): void {
    const j = this.joints;
    for (let i = 0; i < j.length; i++) j[i].fromArray(pose, from + i * 3);
    this.scale = this.bodyScale();
    this.trunk(out, to);
    this.head(out, to);
    this.arm(LEFT, joint.LEFT_SHOULDER, out, to);
    this.arm(RIGHT, joint.RIGHT_SHOULDER, out, to);
    this.leg(LEFT, joint.LEFT_HIP, out, to);
    this.leg(RIGHT, joint.RIGHT_HIP, out, to);
  }

  /** The body's size beside the resting body's, by trunk and one leg. */
  private bodyScale(): number {
    const j = this.joints;
    const size =
      j[joint.HIP].distanceTo(j[joint.SPINE]) +
      j[joint.SPINE].distanceTo(j[joint.THORAX]) +
      j[joint.LEFT_HIP].distanceTo(j[joint.LEFT_KNEE]) +
      j[joint.LEFT_KNEE].distanceTo(j[joint.LEFT_FOOT]);
    const rest =
      REST_LENGTH[PELVIS] + REST_LENGTH[CHEST] + REST_LENGTH[LEFT + 4] + REST_LENGTH[LEFT + 5];
    return Math.min(1.6, Math.max(0.5, size / rest));
  }

  private trunk(out: Float32Array, to: number): void {
    const j = this.joints;
    const { a, up } = this;
    a.subVectors(j[joint.LEFT_HIP], j[joint.RIGHT_HIP]);
    up.subVectors(j[joint.SPINE], j[joint.HIP]);
    const hips = a.length() / REST_HIPS;
    const loins = up.length() / REST_LENGTH[PELVIS];
    this.face(PELVIS, a, up, false);
    this.place(PELVIS, REST_FROM[PELVIS], j[joint.HIP], loins, out, to, this.width(hips));
    a.subVectors(j[joint.LEFT_SHOULDER], j[joint.RIGHT_SHOULDER]);
    up.subVectors(j[joint.THORAX], j[joint.SPINE]);
    const shoulders = a.length() / REST_SHOULDERS;
    const ribs = up.length() / REST_LENGTH[CHEST];
    this.face(CHEST, a, up, true);
    this.place(CHEST, REST_TO[CHEST], j[joint.THORAX], ribs, out, to, this.width(shoulders));
    this.turn[BELLY].slerpQuaternions(this.turn[PELVIS], this.turn[CHEST], 0.5);
    this.place(BELLY, REST_FROM[BELLY], j[joint.SPINE], this.scale, out, to, this.scale);
  }

  private width(ratio: number): number {
    return this.scale * Math.min(1.2, Math.max(0.85, ratio / this.scale));
  }

  private head(out: Float32Array, to: number): void {
    const j = this.joints;
    const { a, b } = this;
    // Joint 9 is the neck for some sources and the nose for others: only a quarter of it counts.
    a.lerpVectors(j[joint.THORAX], j[joint.NECK], 0.25);
    this.swing(HEAD, CHEST, REST_NECK_LINE, b.subVectors(j[joint.HEAD], a));
    this.place(HEAD, REST_TO[HEAD], j[joint.HEAD], this.scale, out, to);
    a.copy(REST_SKULL).multiplyScalar(this.scale).applyQuaternion(this.turn[HEAD]);
    a.add(j[joint.HEAD]).sub(j[joint.THORAX]);
    this.swing(NECK, CHEST, REST_AXIS[NECK], a);
    const stretch = a.length() / REST_LENGTH[NECK];
    this.place(NECK, REST_FROM[NECK], j[joint.THORAX], stretch, out, to);
  }

  private arm(first: number, shoulder: number, out: Float32Array, to: number): void {
    const j = this.joints;
    this.bone(first, CHEST, j[joint.THORAX], j[shoulder], out, to);
    this.bone(first + 1, CHEST, j[shoulder], j[shoulder + 1], out, to);
    this.bone(first + 2, first + 1, j[shoulder + 1], j[shoulder + 2], out, to);
    this.turn[first + 3].copy(this.turn[first + 2]);
    this.place(first + 3, REST_FROM[first + 3], j[shoulder + 2], this.scale, out, to);
  }

  private leg(first: number, hip: number, out: Float32Array, to: number): void {
    const thigh = first + 4;
    const shin = first + 5;
    const foot = first + 6;
    const j = this.joints;
    const { a, b, c } = this;
    a.subVectors(j[hip + 1], j[hip]);
    b.subVectors(j[hip + 2], j[hip + 1]);
    this.swing(thigh, PELVIS, REST_AXIS[thigh], a);
    this.turnThigh(thigh, a.normalize(), c.copy(b).normalize());
    this.place(thigh, REST_FROM[thigh], j[hip], this.stretch(thigh, j[hip], j[hip + 1]), out, to);
    this.bone(shin, thigh, j[hip + 1], j[hip + 2], out, to);
    this.pointFoot(foot, shin, REST_TOE[first === LEFT ? 0 : 1], j[hip + 2]);
    this.place(foot, REST_FROM[foot], j[hip + 2], this.scale, out, to);
  }

  /** Turns the thigh about its own axis towards the hinge of a bent knee. */
  private turnThigh(thigh: number, axis: Vector3, shin: Vector3): void {
    const { b, q } = this;
    const hinge = shin.crossVectors(axis, shin);
    const bend = hinge.length();
    if (bend < 0.1) return;
    hinge.divideScalar(bend);
    b.copy(LATERAL).applyQuaternion(this.turn[thigh]);
    const sine = b.cross(hinge).dot(axis);
    b.copy(LATERAL).applyQuaternion(this.turn[thigh]);
    const angle = Math.atan2(sine, b.dot(hinge));
    const trust = Math.min(1, (bend - 0.1) / 0.4) * Math.max(0, Math.cos(angle));
    this.turn[thigh].premultiply(q.setFromAxisAngle(axis, angle * trust));
  }

  /** Pitches the foot so that its toes touch the floor, as far as an ankle goes. */
  private pointFoot(foot: number, shin: number, toe: Vector3, ankle: Vector3): void {
    const { a, b, q } = this;
    const turn = this.turn[shin];
    const level = a.copy(toe).applyQuaternion(turn).z;
    const pitched = b.crossVectors(LATERAL, toe).applyQuaternion(turn).z;
    const reach = Math.hypot(level, pitched) || 1;
    const drop = TOE_HEIGHT - Math.max(0.07, ankle.z / this.scale);
    let pitch = Math.atan2(pitched, level) + Math.acos(Math.max(-1, Math.min(1, drop / reach)));
    if (pitch > Math.PI) pitch -= 2 * Math.PI;
    if (pitch < -Math.PI) pitch += 2 * Math.PI;
    pitch = Math.max(MOST_FLEXED, Math.min(MOST_POINTED, pitch));
    this.turn[foot].copy(turn).multiply(q.setFromAxisAngle(LATERAL, pitch));
  }

  /** A limb that swings from its parent's attitude to the line between two joints. */
  private bone(
    segment: number,
    parent: number,
    start: Vector3,
    end: Vector3,
    out: Float32Array,
    to: number,
  ): void {
    this.swing(segment, parent, REST_AXIS[segment], this.c.subVectors(end, start));
    this.place(segment, REST_FROM[segment], start, this.stretch(segment, start, end), out, to);
  }

  private stretch(segment: number, start: Vector3, end: Vector3): number {
    return start.distanceTo(end) / REST_LENGTH[segment];
  }

  /** Sets a segment's attitude: its parent's, with the least turn that aligns its axis. */
  private swing(segment: number, parent: number, axis: Vector3, line: Vector3): void {
    const turn = this.turn[segment].copy(this.turn[parent]);
    const length = line.length();
    if (length < 1e-6) return;
    const { q } = this;
    const before = this.up.copy(axis).applyQuaternion(turn);
    const after = this.line.copy(line).divideScalar(length);
    turn.premultiply(q.setFromUnitVectors(before, after));
  }

  /** Sets a segment's attitude by its left and its up; `upright` keeps up exact, not left. */
  private face(segment: number, left: Vector3, up: Vector3, upright: boolean): void {
    const { b, basis } = this;
    if (upright) {
      up.normalize();
      left.addScaledVector(up, -left.dot(up)).normalize();
    } else {
      left.normalize();
      up.addScaledVector(left, -up.dot(left)).normalize();
    }
    if (left.lengthSq() < 0.5 || up.lengthSq() < 0.5) return;
    b.crossVectors(up, left);
    basis.makeBasis(left, b, up);
    this.turn[segment].setFromRotationMatrix(basis);
  }

  /** Writes a segment's matrix: stretched along its axis, turned, and moved to `point`. */
  private place(
    segment: number,
    rest: Vector3,
    point: Vector3,
    along: number,
    out: Float32Array,
    to: number,
    across = this.scale,
  ): void {
    const axis = REST_AXIS[segment];
    const { scale } = this;
    const m = this.linear.makeRotationFromQuaternion(this.turn[segment]).elements;
    for (let row = 0; row < 3; row++) {
      const x = m[row];
      const y = m[row + 4];
      const z = m[row + 8];
      const stretch = (x * axis.x + y * axis.y + z * axis.z) * (along - scale);
      const rx = x * across + axis.x * stretch;
      const ry = y * scale + axis.y * stretch;
      const rz = z * scale + axis.z * stretch;
      const at = to + segment * 12 + row * 4;
      out[at] = rx;
      out[at + 1] = ry;
      out[at + 2] = rz;
      out[at + 3] = point.getComponent(row) - rx * rest.x - ry * rest.y - rz * rest.z;
    }
  }
}
