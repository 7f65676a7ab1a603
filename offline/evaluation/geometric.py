"""Geometric features: yes-or-no relations between parts of the body.

After Müller, Röder and Clausen, Efficient content-based retrieval of motion capture data
(2005), and the table of 39 relations in Müller's Information Retrieval for Music and
Motion (2007), chapter 11, written for the 17 joints of Human3.6M. The ankle stands for the
toes; "neck" is the joint above the thorax. As there, lengths are measured in humerus
lengths (h), and widths in shoulder or hip widths, so that a body's size does not matter.
A window's feature is the share of its frames in which the relation holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine import skeleton
from offline.evaluation import windows

Float = NDArray[np.float64]

ROOT, RHIP, RKNEE, RANKLE, LHIP, LKNEE, LANKLE = range(7)
BELLY, CHEST, NECK, HEAD = range(7, 11)
LSHOULDER, LELBOW, LWRIST, RSHOULDER, RELBOW, RWRIST = range(11, 17)

NAMES = (
    "right hand moves forwards",
    "left hand moves forwards",
    "right hand above neck",
    "left hand above neck",
    "right hand moves upwards",
    "left hand moves upwards",
    "right elbow bent",
    "left elbow bent",
    "hands far apart sideways",
    "hands approach each other",
    "right hand leaves the root",
    "left hand leaves the root",
    "right hand fast",
    "left hand fast",
    "right foot behind left leg",
    "left foot behind right leg",
    "right foot raised",
    "left foot raised",
    "feet far apart sideways",
    "right knee bent",
    "left knee bent",
    "feet crossed",
    "feet approach sideways",
    "feet part sideways",
    "right foot fast",
    "left foot fast",
    "right upper arm abducted",
    "left upper arm abducted",
    "right thigh abducted",
    "left thigh abducted",
    "root behind the feet",
    "spine inclined",
    "right hand lowered",
    "left hand lowered",
    "shoulders turned right",
    "shoulders turned left",
    "body low",
    "body wide",
    "root fast",
)
"""The relations in the order of the features."""
SIZE = len(NAMES)


def geometric_features(joints: NDArray[np.floating], fps: float) -> Float:
    """Geometric features [N, 39] of the windows of poses [T, 17, 3] in metres, each 0 to 1."""
    first, long = windows.starts(len(joints), fps), windows.size(fps)
    return windows.means(relations(joints, fps), first, long - 1)


def relations(joints: NDArray[np.floating], fps: float) -> NDArray[np.bool_]:
    """Tell of each frame but the last [T - 1, 39] which relations hold, in the order of NAMES."""
    p = np.moveaxis(joints.astype(np.float64), 1, 0)
    velocity = np.diff(p, axis=1) * fps
    p = p[:, :-1]
    h = float(np.median(skeleton.bone_lengths(joints)[:, [LELBOW - 1, RELBOW - 1]]))
    shoulders = float(np.median(_size(p[LSHOULDER] - p[RSHOULDER])))
    hips = float(np.median(_size(p[LHIP] - p[RHIP])))
    up = np.broadcast_to(np.array([0.0, 0.0, 1.0]), p[ROOT].shape)
    left = _unit(p[LHIP] - p[RHIP])
    forward = _unit(np.cross(left, p[NECK] - p[ROOT]))
    spine = _unit(p[CHEST] - p[BELLY])
    floor = np.minimum(p[RANKLE, :, 2], p[LANKLE, :, 2])

    def moves(joint: int, along: Float, anchor: int) -> Float:
        """Speed of a joint beside an anchor's, along a direction, m/s."""
        speed: Float = np.vecdot(velocity[joint] - velocity[anchor], along)
        return speed

    def bent(end: int, middle: int, other: int) -> Float:
        """Angle at the middle joint, degrees."""
        return _angle(p[end] - p[middle], p[other] - p[middle])

    def behind(foot: int, hip: int, ankle: int, to_front: float) -> Float:
        """Metres of a foot behind the plane of the root, the other hip and its ankle."""
        normal = _unit(np.cross(p[hip] - p[ROOT], p[ankle] - p[ROOT])) * to_front
        depth: Float = -np.vecdot(p[foot] - p[ROOT], normal)
        return depth

    hands = _unit(p[LWRIST] - p[RWRIST])
    feet_wide = np.vecdot(p[LANKLE] - p[RANKLE], left)
    feet_part = moves(LANKLE, left, RANKLE)
    speed = _size(velocity)
    # The plane through both ankles and the neck; its front is where the body faces.
    frontal = _unit(np.cross(p[LANKLE] - p[RANKLE], p[NECK] - p[RANKLE]))
    frontal = frontal * np.where(np.vecdot(frontal, forward) < 0, -1.0, 1.0)[:, None]
    across = _unit(p[LSHOULDER] - p[RSHOULDER])
    turned = np.degrees(
        np.arctan2(
            left[:, 0] * across[:, 1] - left[:, 1] * across[:, 0],
            left[:, 0] * across[:, 0] + left[:, 1] * across[:, 1],
        )
    )
    high = p[..., 2].max(0) - p[..., 2].min(0)
    wide = np.linalg.norm(np.ptp(p[..., :2], axis=0), axis=-1)
    holds = (
        moves(RWRIST, forward, ROOT) > 1.8 * h,
        moves(LWRIST, forward, ROOT) > 1.8 * h,
        np.vecdot(p[RWRIST] - p[NECK], spine) > 0.2 * h,
        np.vecdot(p[LWRIST] - p[NECK], spine) > 0.2 * h,
        moves(RWRIST, spine, CHEST) > 1.8 * h,
        moves(LWRIST, spine, CHEST) > 1.8 * h,
        bent(RSHOULDER, RELBOW, RWRIST) < 110,
        bent(LSHOULDER, LELBOW, LWRIST) < 110,
        np.vecdot(p[LWRIST] - p[RWRIST], across) > 2.5 * shoulders,
        moves(RWRIST, hands, LWRIST) > 1.4 * h,
        moves(RWRIST, _unit(p[RWRIST] - p[ROOT]), ROOT) > 1.4 * h,
        moves(LWRIST, _unit(p[LWRIST] - p[ROOT]), ROOT) > 1.4 * h,
        speed[RWRIST] > 2.5 * h,
        speed[LWRIST] > 2.5 * h,
        behind(RANKLE, LHIP, LANKLE, -1.0) > 0.38 * h,
        behind(LANKLE, RHIP, RANKLE, 1.0) > 0.38 * h,
        p[RANKLE, :, 2] - floor > 0.5 * h,
        p[LANKLE, :, 2] - floor > 0.5 * h,
        feet_wide > 2.1 * hips,
        bent(RHIP, RKNEE, RANKLE) < 130,
        bent(LHIP, LKNEE, LANKLE) < 130,
        feet_wide < 0,
        feet_part < -0.5 * h,
        feet_part > 0.5 * h,
        speed[RANKLE] > 2.5 * h,
        speed[LANKLE] > 2.5 * h,
        _angle(p[RELBOW] - p[RSHOULDER], p[ROOT] - p[NECK]) > 25,
        _angle(p[LELBOW] - p[LSHOULDER], p[ROOT] - p[NECK]) > 25,
        _angle(p[RKNEE] - p[RHIP], p[ROOT] - p[NECK]) > 30,
        _angle(p[LKNEE] - p[LHIP], p[ROOT] - p[NECK]) > 30,
        np.vecdot(p[ROOT] - p[RANKLE], frontal) < -0.1 * h,
        _angle(p[NECK] - p[ROOT], up) > 15,
        p[RWRIST, :, 2] - floor < 2.5 * h,
        p[LWRIST, :, 2] - floor < 2.5 * h,
        turned < -10,
        turned > 10,
        high < 5.2 * h,
        wide > 3.0 * h,
        speed[ROOT] > 1.0 * h,
    )
    return np.stack(holds, axis=1)


def _size(vectors: Float) -> Float:
    size: Float = np.sqrt(np.vecdot(vectors, vectors))
    return size


def _unit(vectors: Float) -> Float:
    unit: Float = vectors / np.maximum(_size(vectors), 1e-9)[..., None]
    return unit


def _angle(one: Float, other: Float) -> Float:
    """Angle in degrees between vectors [T, 3]."""
    cosine = np.vecdot(_unit(one), _unit(other))
    angle: Float = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return angle
