"""The plan: what cues, controls, panic and hands make of the light state."""

from __future__ import annotations

import json
import random

import pytest

from engine.lights.looks.follow import Follow
from engine.lights.looks.gradient import Gradient
from engine.lights.looks.positions import Positions
from engine.lights.looks.pulse import Pulse
from engine.lights.looks.wash import Wash
from engine.lights.plan import MOST_LAYERS, Lighting, LightPlan
from engine.lights.state import LightState
from engine.score import Event

LOOKS = {
    "pools": Follow(),
    "night": Gradient(rate=0.1),
    "beat": Pulse(bpm=60),
    "file": Positions(),
    "amber": Wash(),
}
CUES = {
    "1": Lighting({"pools": {}}, 2.0),
    "2": Lighting({"night": {"rate": 0.5}, "pools": {"radius": 2.0}}, 4.0),
    "3": Lighting(None, 3.0),
    "4": Lighting({}, 1.0),
    "5": Lighting({"beat": {}, "file": {}}, 0.0),
}


def planned(*events: Event) -> LightPlan:
    plan = LightPlan(CUES, LOOKS, flashes=3.0, pixels=8)
    for event in events:
        plan.apply(event)
    return plan


def cue(show_time: float, number: str) -> Event:
    return Event(show_time, "cue", number)


def looks(state: LightState) -> list[list[str]]:
    return [[use.look for use in layer.uses] for layer in state.layers]


def test_a_cue_crossfades_over_what_was() -> None:
    plan = planned(cue(1, "1"), cue(10, "2"))
    assert plan.at(0.5) == LightState()
    assert looks(plan.at(5)) == [["pools"]]
    both = plan.at(12)
    assert looks(both) == [["pools"], ["night", "pools"]]
    assert both.layers[1].share(12) == pytest.approx(0.5)
    assert [both.layers[1].share(t) for t in (9, 10, 14, 99)] == [0, 0, 1, 1]
    assert both.layers[1].uses[1].values == (("radius", 2.0),)


def test_a_layer_that_is_covered_is_dropped_at_the_next_cue() -> None:
    plan = planned(cue(1, "1"), cue(10, "2"), cue(14, "4"), cue(20, "1"))
    assert looks(plan.at(14)) == [["night", "pools"], []]
    assert looks(plan.at(20)) == [[], ["pools"]]


def test_the_same_looks_again_change_nothing() -> None:
    plan = planned(cue(1, "1"), cue(10, "1"), cue(12, "3"))
    assert plan.at(20) is plan.at(2)


def test_many_cues_at_a_time_are_bounded() -> None:
    plan = planned(*(cue(0.1 * i, "12"[i % 2]) for i in range(100)))
    assert len(plan.at(99).layers) <= MOST_LAYERS


def test_a_control_turns_a_look_wherever_it_is_in_use() -> None:
    plan = planned(cue(1, "1"), cue(10, "2"), Event(11, "control", "lights/pools/radius", 0.7))
    assert [dict(layer.uses[-1].values) for layer in plan.at(11).layers] == [{"radius": 0.7}] * 2
    assert dict(plan.at(10.9).layers[1].uses[1].values) == {"radius": 2.0}
    again = planned(cue(1, "1"), Event(2, "control", "lights/pools/radius", 0.7), cue(3, "1"))
    assert [use.values for layer in again.at(9).layers for use in layer.uses] == [
        (("radius", 0.7),),
        (),
    ]


def test_what_turns_goes_on_from_where_it_is() -> None:
    plan = planned(
        cue(0, "5"),
        Event(10.25, "control", "lights/beat/bpm", 120.0),
        Event(11.0, "control", "lights/beat/low", 0.5),
    )
    use = plan.at(11).layers[0].uses[0]
    assert (use.since, use.turns) == (10.25, pytest.approx(10.25))
    assert dict(use.values) == {"bpm": 120.0, "low": 0.5}


def test_a_file_begins_with_its_cue() -> None:
    plan = planned(cue(3, "5"), cue(9, "5"))
    assert plan.at(4).layers[0].uses[1].began == 3
    assert plan.at(9).layers[-1].uses[1].began == 9
    assert plan.at(9).layers[-1].uses[0].began == 3


def test_panic_fades_everything_and_the_next_cue_brings_light_back() -> None:
    plan = planned(cue(1, "1"), Event(5, "panic", value=2.0), cue(20, "3"))
    assert looks(plan.at(6)) == [["pools"], []]
    assert plan.at(6).layers[1].share(6) == pytest.approx(0.5)
    assert looks(plan.at(20)) == [[], ["pools"]]
    assert plan.at(20).layers[1].seconds == 3.0
    at_once = planned(cue(1, "1"), Event(5, "panic", value=2.0), Event(5.5, "panic", value=0.0))
    assert looks(at_once.at(5.5)) == [["pools"], [], []]
    assert at_once.at(5.5).layers[2].share(5.5) == 1.0
    assert at_once.at(5.5).layers[2].share(5.4) == 0.0  # a frame that is shown late


def test_master_and_blackout() -> None:
    plan = planned(
        cue(1, "1"),
        Event(2, "control", "lights/master", 0.4),
        Event(3, "blackout", value=1.0),
        Event(4, "blackout", value=0.0),
        Event(5, "control", "red/energy", 0.5),
        cue(6, "2"),
    )
    assert [plan.at(t).master for t in (1, 2, 9)] == [1.0, 0.4, 0.4]
    assert [plan.at(t).blackout for t in (2, 3, 4)] == [False, True, False]


def test_the_order_in_which_events_are_told_does_not_matter() -> None:
    events = [
        cue(1, "1"),
        Event(2, "control", "lights/pools/radius", 3.0),
        cue(4, "2"),
        Event(5, "control", "lights/night/rate", -0.2),
        Event(6, "panic", value=1.0),
        cue(8, "3"),
        Event(9, "control", "lights/master", 0.5),
    ]
    straight = planned(*events)
    shuffled = events.copy()
    random.Random(4).shuffle(shuffled)
    other = planned(*shuffled)
    for tenth in range(120):
        assert other.at(tenth / 10) == straight.at(tenth / 10)


def test_an_unknown_cue_is_an_error() -> None:
    with pytest.raises(KeyError):
        planned(cue(1, "99"))


def test_a_hand_is_where_it_is_at_every_show_time() -> None:
    plan = planned(cue(1, "1"), cue(10, "2"))
    plan.touch(1, 8, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.5, 100.0)
    (hand,) = plan.at(5).overrides
    assert (hand.first, hand.last, hand.start, hand.seconds) == (1, 8, 100.0, 0.5)
    assert plan.at(5) is plan.at(6)
    assert plan.at(12).overrides is plan.at(5).overrides
    plan.touch(3, 3, (0.0, 1.0, 0.0, 0.0, 0.0, 0.0), 0.0, 101.0)
    assert [(hand.first, hand.last) for hand in plan.at(5).overrides] == [(1, 2), (3, 3), (4, 8)]
    plan.touch(1, 8, None, 0.0, 102.0)
    assert plan.at(5).overrides == ()


def test_a_state_survives_json() -> None:
    plan = planned(cue(1, "1"), cue(10, "2"), Event(11, "control", "lights/night/rate", 0.3))
    plan.touch(2, 4, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 1.0, 50.0)
    for show_time in (0.0, 1.0, 11.0):
        state = plan.at(show_time)
        assert LightState.from_json(json.loads(json.dumps(state.to_json()))) == state


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"layers": 1, "master": 1, "blackout": False, "overrides": []},
        {"layers": [], "master": "x", "blackout": False, "overrides": []},
        {"layers": [], "master": float("nan"), "blackout": False, "overrides": []},
        {"layers": [{}], "master": 1, "blackout": False, "overrides": []},
        {"layers": [], "master": 1, "blackout": False, "overrides": [{"first": 1}]},
    ],
)
def test_what_is_no_state_is_refused(told: object) -> None:
    with pytest.raises(ValueError, match="light state: found"):
        LightState.from_json(told)
