/** The Human3.6M skeleton: 17 joints in metres; x to stage left, y upstage, z up. */

export const JOINT_COUNT = 17;
/** Floats of one pose: x, y, z of 17 joints. */
export const POSE_FLOATS = JOINT_COUNT * 3;

export const HIP = 0;
export const RIGHT_HIP = 1;
export const RIGHT_KNEE = 2;
export const RIGHT_FOOT = 3;
export const LEFT_HIP = 4;
export const LEFT_KNEE = 5;
export const LEFT_FOOT = 6;
export const SPINE = 7;
export const THORAX = 8;
export const NECK = 9;
export const HEAD = 10;
export const LEFT_SHOULDER = 11;
export const LEFT_ELBOW = 12;
export const LEFT_WRIST = 13;
export const RIGHT_SHOULDER = 14;
export const RIGHT_ELBOW = 15;
export const RIGHT_WRIST = 16;

/** Joint "foot" is the ankle: the sole lies this far below it in a standing body. */
export const SOLE = 0.075;
