"""The show's OSC addresses as OSCQuery describes them: a tree of JSON objects.

Source: OSCQuery proposal, https://github.com/Vidvox/OSCQueryProposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.address import Address
from engine.frame import Frame
from engine.sources.osc import PREFIX
from show.stage_manager import Range

READ, WRITE = 1, 2
"""ACCESS of an address that is sent, and of one that is heard."""
EXTENSIONS = ("ACCESS", "DESCRIPTION", "RANGE", "TYPE", "VALUE")
Node = dict[str, Any]
_POSE = "f" * 51
_JOINTS = "x, y, z of 17 joints, metres, stage space"
_HEARD = {
    "go": ("i", "1 gives the cue on standby; 0, a button let go, is ignored"),
    "back": ("i", "1 gives the cue before the last one"),
    "panic": ("i", "1 fades everyone out"),
    "hold": ("i", "1 lets the show stand still, 0 go on"),
    "blackout": ("i", "1 is black, 0 not"),
    "standby": ("s", "puts the cue with this number on standby"),
    "locate": ("f", "goes to a show time, seconds"),
}
_SENT = {
    "frame": ("ids", "index, show time in seconds, timecode"),
    "clock": ("dd", "engine clock at the frame, seconds after it until it is shown"),
    "flags": ("i", "1 held, 2 blackout, 4 panic, 8 replay, added up"),
}


def tree(
    performers: Sequence[str], controls: Mapping[str, Range], values: Mapping[str, Sequence[object]]
) -> Node:
    """Give the root of the address space.

    controls: what may be set, with its range. values: what there is now, by address below
    /figurant/; null stands for what is not known.
    """
    root: Node = {"FULL_PATH": "/", "ACCESS": 0, "CONTENTS": {}}

    def put(name: str, types: str, access: int, **more: object) -> None:
        node, done = root, ""
        for part in (PREFIX + name).strip("/").split("/"):
            done += f"/{part}"
            node = node.setdefault("CONTENTS", {}).setdefault(
                part, {"FULL_PATH": done, "ACCESS": 0}
            )
        value = list(values.get(name, [None] * len(types)))
        node.update(more | {"TYPE": types, "ACCESS": access, "VALUE": value})

    for name, (types, text) in _HEARD.items():
        switch = {"RANGE": [{"MIN": 0, "MAX": 1}]} if types == "i" else {}
        put(name, types, WRITE, DESCRIPTION=text, **switch)
    for name, limits in controls.items():
        put(f"control/{name}", "f", WRITE, RANGE=[{"MIN": limits.low, "MAX": limits.high}])
    for name, (types, text) in _SENT.items():
        put(name, types, READ, DESCRIPTION=text)
    for name in performers:
        put(f"{name}/pose", _POSE, READ, DESCRIPTION=_JOINTS)
        put(f"{name}/level", "f", READ, RANGE=[{"MIN": 0.0, "MAX": 1.0}])
        put(f"{name}/color", "fff", READ, DESCRIPTION="sRGB, 0 to 1")
        put(f"seed/{name}", _POSE, WRITE, DESCRIPTION=f"a live pose: {_JOINTS}")
    return root


def values_of(frame: Frame, performers: Sequence[str], delay: float) -> dict[str, list[object]]:
    """Give what a frame says, by address below /figurant/."""
    timecode = "{:02}:{:02}:{:02}:{:02}".format(*frame.timecode)
    found: dict[str, list[object]] = {
        "frame": [frame.index, frame.show_time, timecode],
        "clock": [frame.clock, delay],
        "flags": [int(frame.flags)],
    }
    for p, name in enumerate(performers):
        found[f"{name}/pose"] = frame.joints[p].ravel().tolist()
        found[f"{name}/level"] = [float(frame.level[p])]
        found[f"{name}/color"] = frame.color[p].tolist()
    return found


def find(root: Node, path: str) -> Node | None:
    """Give the node of a path, None where there is none."""
    node: Node | None = root
    for name in filter(None, path.split("/")):
        node = None if node is None else node.get("CONTENTS", {}).get(name)
    return node


def host_info(title: str, heard: Address | None) -> Node:
    """Give HOST_INFO; heard: where OSC is heard, None where nowhere."""
    found: Node = {"NAME": title, "EXTENSIONS": dict.fromkeys(EXTENSIONS, True)}
    if heard is not None:
        found |= {"OSC_PORT": heard.port, "OSC_TRANSPORT": "UDP"}
        if heard.host not in ("0.0.0.0", "::"):  # else: where this is asked
            found["OSC_IP"] = heard.host
    return found
