"""What the performers are doing, step by step: generated, played or held, and between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import features, score
from engine.clip import Clip
from engine.controls import CLOSE, Controls, keep_near, swayed
from engine.footing import Footing
from engine.frame import PerformerState
from engine.motion_model import NOISE, MotionModel
from engine.noise import Noise
from engine.passage import Passage, Track
from engine.starts import Start, Starts
from engine.state import Setting, State
from engine.transition import SETTLE, Offset, Pose

Array = NDArray[np.float32]
Float = NDArray[np.float64]

_GENERATED = int(PerformerState.GENERATED)


class Performers:
    """The dancers of a production, stepped together as one batch.

    Always the whole batch: a matrix product may round differently for another size, and
    then the same show time would not give the same bits.
    """

    def __init__(
        self,
        performers: Sequence[score.Performer],
        cues: Sequence[score.Cue],
        model: MotionModel,
        phrases: Mapping[Path, Clip],
    ) -> None:
        """Encode the phrases and let the model see them, for every cue beforehand."""
        self.names = [performer.name for performer in performers]
        self.model = model
        self.rate = model.metadata.rate
        self.controls = model.metadata.controls
        lengths = model.metadata.lengths
        self.body = features.Body.of(lengths, lengths)
        self._count = len(performers)
        self._home = np.array([p.place for p in performers], np.float64).reshape(-1, 2)
        self._facing = np.radians([p.facing for p in performers])
        self._tracks = {path: Track.of(c, self.rate, lengths) for path, c in phrases.items()}
        self._noise = Noise(self._count)
        self._farthest = model.metadata.max_speed / self.rate
        self._starts = Starts(self.names, cues, model, self._tracks)

    def silence(self) -> State:
        """Give the state before anything has happened: nobody is there."""
        n = self._count
        setting = Setting(
            mode=np.full(n, PerformerState.ABSENT, np.uint8),
            home=self._home.copy(),
            row=np.zeros((n, len(self.controls.names)), np.float32),
            temperatures=np.ones((n, 2), np.float32),
            seed=[0] * n,
            since=[0] * n,
            passage=[None] * n,
            lived=np.full(n, -np.inf),
            level_from=np.zeros(n),
            level_to=np.zeros(n),
            level_start=np.zeros(n),
            level_seconds=np.zeros(n),
        )
        root = np.column_stack([self._home, np.zeros(n)])
        unit = np.zeros((n, 16, 3))
        unit[..., 2] = 1.0
        placement = np.column_stack([self._home, self._facing])
        return State(
            0,
            setting,
            np.zeros((n, features.SIZE), np.float32),
            np.zeros((n, features.SIZE), np.float32),
            *self.model.zeros(n),
            placement=placement,
            footing=Footing.at(placement, unit, self.body),
            root=root,
            unit=unit,
            joints=features.build(root, unit, self.body),
            root_before=root,
            unit_before=unit,
            offset=None,
        )

    def step(self, state: State) -> State:
        """Give the state one step of the model's rate later."""
        setting = state.setting
        vector, h, c, placement = state.vector, state.h, state.c, state.placement
        footing = state.footing
        modes = setting.mode.tolist()
        if _GENERATED in modes:
            controls = setting.row.copy()
            ways = Controls.way_home(placement, setting.home)
            controls[:, Controls.HOME] = ways
            noise = np.empty((self._count, NOISE), np.float32)
            energies = controls[:, Controls.ENERGY].tolist()
            for p, (seed, since) in enumerate(zip(setting.seed, setting.since, strict=True)):
                at = max(state.step - since, 0)
                self._noise.fill(noise, p, seed, at)
                energies[p] = swayed(energies[p], self._noise.sway(p, seed, at))
            controls[:, Controls.ENERGY] = energies
            vector, h, c, _ = self.model.step(
                vector, state.previous, controls, h, c, noise, setting.temperatures
            )
            placement = placement.copy()
            features.advance(placement, vector, 1 / self.rate, 1.0)
            if np.vecdot(ways, ways).max() > CLOSE**2:
                keep_near(state.placement, placement, setting.home)
            unit = features.pose_directions(placement, vector)
            height = vector[:, features.HEIGHT]
            footing = footing.plant(placement, height, unit, self.body, self.rate)
        else:
            unit = features.pose_directions(placement, vector)
        root = np.empty((self._count, 3))
        root[:, :2] = placement[:, :2]
        root[:, 2] = vector[:, features.HEIGHT]
        if modes.count(_GENERATED) < self._count:
            for p, passage in enumerate(setting.passage):
                if passage is not None:
                    root[p], unit[p] = passage.pose(state.step + 1 - setting.since[p])
                elif setting.mode[p] == PerformerState.ABSENT:
                    root[p], unit[p] = state.root[p], state.unit[p]
        offset = state.offset
        if offset is not None:
            offset = offset.decayed(1 / self.rate) if state.step < offset.until else None
        if offset is not None:
            root, unit = offset.apply(root, unit)
        joints = features.build(root, unit, self.body)
        root, unit, joints = self._slow_down(state, root, unit, joints)
        return State(
            state.step + 1,
            setting,
            vector,
            state.vector,
            h,
            c,
            placement,
            footing,
            root,
            unit,
            joints,
            state.root,
            state.unit,
            offset,
        )

    def idle(self, state: State) -> bool:
        """Tell whether a state that `step` has given stays as it is until an event."""
        return state.offset is None and not state.setting.mode.any()

    def prepare(self, cue: score.Cue, event: score.Event) -> bool:
        """Do a little of the work for a cue that is to begin; tell whether it is ready."""
        return self._starts.prepare(cue, event, self)

    def begin(self, state: State, cue: score.Cue, event: score.Event) -> State:
        """Give the state in which a cue's actions have begun; who is there keeps the pose.

        The cue is one that `prepare` calls ready.
        """
        show_time, steps = event.show_time, round(event.value * self.rate)
        starts = self._starts.of(cue, event)
        level = state.setting.level(show_time)
        setting = state.setting.copy()
        setting.panic = False
        offset = Offset.none(self._count) if state.offset is None else state.offset.copy()
        offset.until = state.step + 1 + int(np.ceil(2 * cue.fade * self.rate))
        if state.offset is not None:
            offset.until = max(offset.until, state.offset.until)
        state = replace(
            state,
            setting=setting,
            vector=state.vector.copy(),
            previous=state.previous.copy(),
            h=state.h.copy(),
            c=state.c.copy(),
            placement=state.placement.copy(),
            footing=state.footing.copy(),
            root=state.root.copy(),
            unit=state.unit.copy(),
            root_before=state.root_before.copy(),
            unit_before=state.unit_before.copy(),
            offset=offset,
        )
        for p, name in enumerate(self.names):
            action = cue.actions.get(name)
            present = level[p] > 0
            if action is None:
                continue
            live = action.kind == "live" and name in event.live
            if action.kind == "live":
                known = live or action.phrase is not None
                action = replace(action, kind="generate" if known else "hold")
            if action.kind in ("leave", "hold") and not present:
                continue
            if action.kind == "leave":
                setting.ramp(p, float(level[p]), 0.0, show_time, cue.fade)
                continue
            if action.place is not None:
                setting.home[p] = action.place
            start = starts.get(p)
            at = self._where(state, p, action, start, present=bool(present))
            into = 0 if live or action.kind == "hold" else steps
            setting.since[p] = state.step - into
            setting.lived[p] = show_time if live else -np.inf
            new, new_before = self._start(state, p, action, start, at)
            shown = state.root[p].copy(), state.unit[p].copy()
            if present:
                before = state.root_before[p], state.unit_before[p]
                offset.join(p, shown, before, new, new_before, self.rate)
            else:
                offset.clear(p)
                state.root[p], state.unit[p] = new
                state.root_before[p], state.unit_before[p] = new_before
            offset.settle[p] = SETTLE / max(cue.fade, 1 / self.rate)
            setting.ramp(p, float(level[p]), 1.0, show_time, cue.fade)
        return replace(state, joints=features.build(state.root, state.unit, self.body))

    def control(self, state: State, name: str, value: float) -> State:
        """Give the state with a control changed, "energy" for all or "red/energy" for one.

        A name that nobody has changes nothing.
        """
        performer, _, control = name.rpartition("/")
        chosen = [p for p, own in enumerate(self.names) if performer in ("", own)]
        setting = state.setting.copy()
        if control in ("temperature", "sigma"):
            setting.temperatures[chosen, ("temperature", "sigma").index(control)] = value
        elif control == "energy" or control in self.controls.tags:
            setting.row[chosen, self.controls.names.index(control)] = value
        return replace(state, setting=setting)

    def fade_out(self, state: State, show_time: float, seconds: float) -> State:
        """Give the state in which everyone fades out (panic)."""
        level = state.setting.level(show_time)
        setting = state.setting.copy()
        setting.panic = True
        for p in range(self._count):
            setting.ramp(p, float(level[p]), 0.0, show_time, seconds)
        return replace(state, setting=setting)

    # --- inside ---------------------------------------------------------------------

    def _where(
        self, state: State, p: int, action: score.Action, start: Start | None, *, present: bool
    ) -> Float:
        """Give where (x, y, yaw) an action begins.

        Where the dancer stands, else where the person is whose poses it takes, else at home.
        """
        if present:
            return np.array([*state.root[p, :2], features.heading(state.joints[p])])
        if start is not None and start.at is not None:
            return start.at
        facing = self._facing[p] if action.facing is None else np.radians(action.facing)
        return np.array([*state.setting.home[p], facing])

    def _start(
        self, state: State, p: int, action: score.Action, start: Start | None, at: Float
    ) -> tuple[Pose, Pose]:
        """Let performer p begin an action at `at`, in place; give its pose and the one before."""
        setting = state.setting
        if action.kind == "generate":
            assert start is not None
            setting.mode[p] = PerformerState.GENERATED
            setting.passage[p] = None
            setting.seed[p] = action.seed
            setting.row[p] = self.controls.row(energy=action.energy, tags=action.tags)
            setting.temperatures[p] = action.temperature, action.sigma
            state.vector[p], state.previous[p] = start.vectors[1], start.vectors[0]
            state.h[:, p], state.c[:, p] = start.h, start.c
            state.placement[p] = at
            way = np.zeros((2, 3))
            features.advance(way[1:], start.vectors[1:], 1 / self.rate, 1.0)
            passage = Passage.of(Track(start.vectors, way), at, anchor=1)
            state.footing.stand(p, Footing.at(at[None], passage.unit[1:], self.body))
            return passage.pose(1), passage.pose(0)
        if action.kind == "play":
            assert action.phrase is not None
            setting.mode[p] = PerformerState.PLAYED
            into = state.step - setting.since[p]
            track = self._tracks[action.phrase]
            passage = Passage.of(track, at, anchor=min(into, len(track.vectors) - 1))
            setting.passage[p] = passage
            return passage.pose(into), passage.pose(into - 1)
        setting.mode[p] = PerformerState.HELD
        passage = Passage.still(state.root[p], state.unit[p])
        setting.passage[p] = passage
        return passage.pose(0), passage.pose(0)

    def _slow_down(
        self, state: State, root: Float, unit: Float, joints: Array
    ) -> tuple[Float, Float, Array]:
        """Keep every joint below the fastest of the training clips, by doing less of the step.

        The last guard, against a transition between far poses or a fault in a clip.
        """
        for _ in range(8):
            way = joints - state.joints
            if np.vecdot(way, way).max() <= self._farthest**2:
                return root, unit, joints
            longest = np.sqrt(np.einsum("pjk,pjk->pj", way, way).max(axis=1))
            # A little less than would be right for a straight way, since bones turn.
            part = 0.98 * self._farthest / np.maximum(longest, 0.98 * self._farthest)
            root = state.root + (root - state.root) * part[:, None]
            unit = state.unit + (unit - state.unit) * part[:, None, None]
            unit /= np.maximum(np.linalg.norm(unit, axis=-1, keepdims=True), 1e-9)
            joints = features.build(root, unit, self.body)
        return state.root, state.unit, state.joints
