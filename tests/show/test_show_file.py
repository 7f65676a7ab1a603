from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import score
from engine.errors import ProductionError
from show import show_file, timecode
from show.chase.chase import After
from show.chase.settings import TimecodeSettings
from show.show_file import Show
from tests.kit import CUES, HEAD, one_line

Reader = Callable[..., Show]
Write = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    for name in ("model.onnx", "seeds/red.npz", "seeds/blue.npz"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.fixture
def read(folder: Path) -> Reader:
    def reader(head: str = "", cues: str = CUES, whole: str | None = None) -> Show:
        text = HEAD.format(head=head) + cues if whole is None else whole
        (folder / "show.toml").write_text(text, encoding="utf-8")
        return show_file.read(folder)

    return reader


def test_what_is_written_is_what_one_gets(read: Reader, folder: Path) -> None:
    show = read(head='panic = "00:03"\ngo_guard = 0.25\nstart = "1"\nstage = [10, 8]\ndelay = 0.15')
    assert (show.title, show.rate, show.seed, show.start) == ("Kit", 60, 7, "1")
    assert (show.panic, show.go_guard, show.stage) == (3.0, 0.25, (10.0, 8.0))
    assert show.delay == 0.15
    assert show.model == folder / "model.onnx"
    assert show.performers[1] == score.Performer(
        "blue", (64 / 255, 128 / 255, 1.0), (1.5, 0.0), 10.0
    )
    assert show.colors == ("#ff3040", "#4080ff")
    enter, lively, still = show.cues
    assert (enter.number, enter.name, enter.notes) == ("1", "Enter", "house lights down")
    assert enter.actions["red"].phrase == folder / "seeds" / "red.npz"
    assert enter.actions["blue"].phrase == folder / "seeds" / "blue.npz"
    assert {action.energy for action in enter.actions.values()} == {0.3}
    assert set(lively.actions) == {"red"}
    assert lively.actions["red"].tags == {"lively": 1.0}
    assert [action.kind for action in still.actions.values()] == ["hold", "hold"]
    assert enter.scored() == score.Cue("1", 0.5, enter.actions)


def test_the_defaults(read: Reader) -> None:
    show = read(
        whole="""
        [[performer]]
        name = "solo"
        color = "#FFFFFF"
        [[cue]]
        number = "1"
        [cue.performers.solo]
        do = "leave"
        """
    )
    assert (show.rate, show.seed, show.stage) == (60, 0, (8.0, 6.0))
    assert (show.panic, show.go_guard, show.start) == (2.0, 0.5, None)
    assert show.delay == 2 / 60
    assert show.timecode == TimecodeSettings()
    assert (show.outputs, show.sources) == ((), ())
    assert show.title == show.folder.resolve().name


def test_a_cue_on_timecode_and_one_that_is_disarmed(read: Reader) -> None:
    timed = CUE + "timecode = '01:00:10:02'\narmed = false\n"
    show = read(head="[timecode]\nrate = 29.97\nstart = '01:00:00:00'", cues=timed)
    (found,) = show.cues
    assert show.timecode.at(found.timecode or 0.0) == (1, 0, 10, 2)
    assert not found.armed


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("23.976", timecode.FILM_NTSC),
        ("29.97", timecode.NTSC_DROP),
        ('"29.97ndf"', timecode.NTSC),
        ("30.0", timecode.THIRTY),
    ],
)
def test_the_timecode_at_the_top_of_the_show(
    read: Reader, written: str, rate: timecode.Rate
) -> None:
    show = read(head=f"[timecode]\nrate = {written}\nstart = '01:00:00:00'")
    assert show.timecode.rate is rate
    assert show.timecode.start == pytest.approx(rate.seconds((1, 0, 0, 0)))
    assert show.timecode.at(0.0) == (1, 0, 0, 0)
    assert show.timecode.at(61.5 / float(rate.real)) == rate.timecode(
        rate.number((1, 0, 0, 0)) + 61
    )


def test_where_show_time_comes_from(read: Reader) -> None:
    keys = "source = 'mtc:Desk'\nfreewheel = 0.5\nafter = 'internal'\nlatency = 0.02"
    settings = read(head=f"[timecode]\n{keys}").timecode
    assert settings == TimecodeSettings("mtc:Desk", timecode.PAL, 0.0, 0.5, After.INTERNAL, 0.02)


def test_the_noise_of_an_action_has_a_seed_of_its_own_that_stays(read: Reader) -> None:
    actions = read().cues[0].actions
    assert actions["red"].seed == zlib.crc32(b"7/1/red")
    assert actions["red"].seed != actions["blue"].seed


def test_all_without_do_gives_defaults_to_those_that_are_named_only(read: Reader) -> None:
    cue = read(
        cues="""
        [[cue]]
        number = "1"
        [cue.performers.all]
        energy = 0.9
        [cue.performers.red]
        do = "generate"
        phrase = "seeds/red.npz"
        """
    ).cues[0]
    assert set(cue.actions) == {"red"}
    assert cue.actions["red"].energy == 0.9


def test_the_path_of_the_file_does_as_well(read: Reader, folder: Path) -> None:
    assert read() == show_file.read(folder / "show.toml")


CUE = '[[cue]]\nnumber = "1"\n'
RED = CUE + "[cue.performers.red]\n"

WRONG = [
    # head, cues, what the line must say
    ("rat = 60", CUE, 'show · rat: found an unknown key, expected "rate" perhaps'),
    ("model = 5", CUE, "show · model: found 5, expected a text"),
    ('model = "m.onnx"', CUE, "show · model: found no file"),
    ("stage = [8]", CUE, "show · stage: found [8], expected two numbers"),
    ("stage = [0, 5]", CUE, "show · stage: found (0.0, 5.0), expected [width, depth]"),
    ("stage = [nan, 5]", CUE, "show · stage: found [nan, 5]"),
    ("panic = -1", CUE, "show · panic: found -1, expected a number from 0"),
    ('panic = "later"', CUE, 'show · panic: found "later", expected "hh:mm:ss:ff"'),
    ("go_guard = inf", CUE, "show · go_guard: found inf"),
    ("go_guard = true", CUE, "show · go_guard: found true"),
    ('start = "9"', CUE, 'show · start: found "9", expected the number of a cue'),
    ("[timecode]\nsource = 'mtx:x'", CUE, 'source: found "mtx:x", expected one of internal:, mtc:'),
    (
        "[timecode]\nafter = 'panic'",
        CUE,
        'after: found "panic", expected one of hold, internal, stop',
    ),
    ("[timecode]\nfreewheel = -1", CUE, "freewheel: found -1, expected a number from 0 to 60"),
    (
        "[timecode]\nstart = '01:00:00:00'",
        CUE + "timecode = '00:59:59:24'",
        'cue "1" · timecode: found "00:59:59:24", expected not before 01:00:00:00, the show\'s',
    ),
    ("", CUE + "armed = 1", 'cue "1" · armed: found 1, expected true or false'),
    ("[timecode]\nrate = 26", CUE, "timecode · rate: found 26, expected one of 23.976, 24, 25"),
    ("[dance]", CUE, "dance: found an unknown key"),
    ("[[output]]", CUE, "output 1 · url: found nothing, expected a text"),
    ("[[output]]\nurl='a'\n[[output]]\nurl='a'", CUE, "output 2 · url: found"),
    ("[[source]]\nurl='a'\nport=1", CUE, "source 1 · port: found an unknown key"),
    ("", "", "cue: found none, expected at least one [[cue]]"),
    ("", "[[cue]]", "cue 1 · number: found nothing, expected a text"),
    ("", "[[cue]]\nnumber = 1", "cue 1 · number: found 1, expected a text"),
    ("", '[[cue]]\nnumber = " 1"', 'cue 1 · number: found " 1"'),
    ("", '[[cue]]\nnumber = "1\\n2"', r'cue 1 · number: found "1\n2"'),
    ("", CUE + '"a\\nb" = 1', r'cue "1" · "a\nb": found an unknown key'),
    ("", CUE + CUE, 'cue "1" · number: found "1" twice, expected each'),
    ("", CUE + "fade = -2", 'cue "1" · fade: found -2'),
    ("", CUE + 'fade = "0:0:0:99"', 'cue "1" · fade: found 00:00:00:99, expected at most'),
    ("", CUE + "fad = 2", 'cue "1" · fad: found an unknown key, expected "fade" perhaps'),
    ("", CUE + "auto_continue = 1", 'cue "1" · auto_continue: found 1, expected true or false'),
    (
        "",
        CUE + "auto_continue = true\nauto_follow = true\nduration = 1",
        'cue "1" · auto_follow: found auto_continue too',
    ),
    ("", CUE + "auto_follow = true", 'cue "1" · auto_follow: found no duration'),
    ("", CUE + "performers = 3", 'cue "1" · performers: found 3, expected a table'),
    ("", CUE + "[cue.performers.rde]", 'cue "1" · performers.rde: found an unknown performer'),
    ("", RED, 'cue "1" · performers.red.do: found nothing, expected one of generate'),
    ("", RED + 'do = "jump"', 'cue "1" · performers.red.do: found "jump"'),
    ("", CUE + '[cue.performers.all]\ndo = "jump"', 'cue "1" · performers.all.do: found "jump"'),
    ("", RED + 'do = "generate"', 'cue "1" · performers.red.phrase: found nothing'),
    ("", RED + 'do = "play"', 'cue "1" · performers.red.phrase: found nothing, expected a clip'),
    (
        "",
        RED + 'do = "play"\nphrase = "seeds/x.npz"',
        'cue "1" · performers.red.phrase: found no file',
    ),
    ("", RED + 'do = "hold"\nenergy = 2', 'cue "1" · performers.red.energy: found 2, expected a'),
    ("", RED + 'do = "hold"\ntemperature = 0', "performers.red.temperature: found 0"),
    ("", RED + 'do = "hold"\nsigma = "x"', 'performers.red.sigma: found "x"'),
    ("", RED + 'do = "hold"\nseed = -1', "performers.red.seed: found -1, expected a whole"),
    ("", RED + 'do = "hold"\nplace = [9, 0]', "performers.red.place: found [9, 0], expected two"),
    ("", RED + 'do = "hold"\nfacing = 900', "performers.red.facing: found 900"),
    ("", RED + 'do = "hold"\ntags = { calm = 2 }', "performers.red.tags.calm: found 2"),
    (
        "",
        RED + 'do = "hold"\nphrases = "a"',
        'red.phrases: found an unknown key, expected "phrase"',
    ),
    ("", CUE + "[cue.performers.all]\nenergy = 1\n", "performers.all.do: found nothing"),
]


@pytest.mark.parametrize(("head", "cues", "line"), WRONG)
def test_each_fault_is_named_in_one_line(
    read: Reader, folder: Path, head: str, cues: str, line: str
) -> None:
    with pytest.raises(ProductionError) as error:
        read(head=head, cues=cues)
    text = str(error.value)
    assert text.startswith(str(folder / "show.toml"))
    assert line in text
    assert "\n" not in text


def performers(*lines: str) -> str:
    return "".join(f"[[performer]]\n{line}\n" for line in lines) + CUE


@pytest.mark.parametrize(
    ("whole", "line"),
    [
        (CUE, "performer: found 0 of them, expected 1 to 8"),
        (performers(*['name="a"'] * 9), "performer: found 9 of them"),
        (performers('name="all"'), 'performer 1 · name: found "all"'),
        (performers('name="a/b"'), 'performer 1 · name: found "a/b"'),
        (performers('name="a"\ncolor="red"'), 'performer "a" · color: found "red"'),
        (performers('name="a"\ncolor="#fffff"'), 'performer "a" · color: found "#fffff"'),
        (performers(*['name="a"\ncolor="#ffffff"'] * 2), 'performer 2 · name: found "a"'),
        (performers('name="a"\ncolor="#ffffff"\nplace=[5,0]'), 'performer "a" · place: found'),
        ("show = 3", "show: found 3, expected a table [show]"),
        ("cue = 3\n[[performer]]\nname='a'\ncolor='#ffffff'", "cue: found 3, expected tables"),
        ("[show\n", "(at line 1"),
        ("a = [" * 2000, "expected TOML"),
    ],
)
def test_faults_of_the_whole_file(read: Reader, whole: str, line: str) -> None:
    with pytest.raises(ProductionError) as error:
        read(whole=whole)
    assert line in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProductionError, match="nowhere: found nothing, expected a folder with"):
        show_file.read(tmp_path / "nowhere")
    with pytest.raises(ProductionError, match=r"show.toml: found no such file"):
        show_file.read(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(ProductionError, match="byte 9 that is no UTF-8"):
        show_file.read(tmp_path)


toml_values = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(st.characters(codec="ascii", exclude_characters='"\\\x7f', min_codepoint=32)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.sampled_from(["fade", "pre_wait", "duration", "auto_follow", "number", "notes"]), toml_values
)
def test_no_value_breaks_the_reader(read: Reader, key: str, value: object) -> None:
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
    try:
        read(cues=f'[[cue]]\nnumber = "1"\n{key} = {shown}\n')
    except ProductionError as error:
        one_line(error)
