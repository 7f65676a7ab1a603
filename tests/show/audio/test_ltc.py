from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from show import timecode
from show.audio import ltc
from show.audio.ltc_decoder import LtcDecoder, LtcFrame
from show.audio.ltc_encoder import LtcEncoder
from show.audio.ltc_reader import LtcReader
from show.timecode import FILM, FILM_NTSC, NTSC, NTSC_DROP, PAL, RATES, THIRTY, Rate, Timecode
from tests import libltc

Sound = NDArray[np.float32]
SAMPLE_RATE = 48_000
rates = st.sampled_from(list(RATES.values()))


def decode(sound: Sound, rate: Rate, sample_rate: float = SAMPLE_RATE) -> list[LtcFrame]:
    """What a decoder finds that gets 10 ms at a time."""
    decoder, size = LtcDecoder(sample_rate, rate), round(sample_rate / 100)
    blocks = [sound[n : n + size] for n in range(0, len(sound), size)]
    return [frame for block in blocks for frame in decoder.decode(block)]


def positions(
    rate: Rate, first: Timecode, seconds: float, speed: float = 1.0
) -> NDArray[np.float64]:
    """A position that runs, in frames."""
    moved = np.arange(round(seconds * SAMPLE_RATE)) * speed * float(rate.real) / SAMPLE_RATE
    return rate.number(first) + 0.3 + moved


def noisy(sound: Sound, decibels: float, seed: int) -> Sound:
    """The sound with white noise, so many decibels below it."""
    level = np.sqrt(np.mean(sound**2)) / 10 ** (decibels / 20)
    return sound + np.random.default_rng(seed).normal(0, level, len(sound)).astype(np.float32)


def error(frame: LtcFrame, rate: Rate, at: NDArray[np.float64]) -> float:
    """Frames by which a frame's end is off: forward the next one begins there."""
    number = rate.number(frame.timecode) + (0 if frame.reverse else 1)
    return abs(float(np.interp(frame.end, np.arange(len(at)), at)) - number)


def test_the_word_of_a_timecode() -> None:
    """SMPTE 12M-1: units before tens, the low bit first, the sync word last."""
    bits = "".join(map(str, ltc.encode((12, 34, 56, 17), PAL)))
    assert bits[0:4] == "1110"
    assert bits[8:10] == "10"
    assert bits[16:20] == "0110"
    assert bits[24:27] == "101"
    assert bits[64:] == "0011111111111101"
    assert bits.count("0") % 2 == 0


@given(rates, st.integers(0, 30 * 86_400))
def test_a_word_is_read_as_it_is_written(rate: Rate, number: int) -> None:
    written = rate.timecode(number)
    bits = ltc.encode(written, rate)
    assert bits.count(0) % 2 == 0
    word = int("".join(map(str, bits)), 2)
    assert ltc.decode(ltc.turned(word)) == (written, rate.drop)


@given(st.integers(0, 2**80 - 1))
def test_any_word_is_a_timecode_or_none(word: int) -> None:
    found = ltc.decode(word)
    if found is not None:
        assert THIRTY.timecode(THIRTY.number(found[0])) == found[0]


@settings(max_examples=25, deadline=None)
@given(rates, st.integers(100, 2_000_000), st.sampled_from([1.0, -1.0, 0.25, 4.0, -2.0]))
def test_what_is_encoded_is_decoded(rate: Rate, number: int, speed: float) -> None:
    first = rate.timecode(number)
    seconds = 0.6 if abs(speed) >= 1 else 1.2
    at = positions(rate, first, seconds, speed)
    frames = decode(LtcEncoder(rate, SAMPLE_RATE).render(at), rate)
    assert len(frames) >= abs(at[-1] - at[0]) - (40 if abs(speed) == 4 else 3)
    for frame in frames:
        assert frame.reverse is (speed < 0)
        assert frame.drop is rate.drop
        assert error(frame, rate, at) < 0.005


@pytest.mark.parametrize("rate", [FILM, PAL, NTSC_DROP, THIRTY], ids=lambda rate: rate.name)
@pytest.mark.parametrize("speed", [1.0, -1.0, 0.5, 2.0])
def test_libltc_reads_what_we_write(rate: Rate, speed: float) -> None:
    at = positions(rate, (1, 0, 59, 20), 1.5, speed)
    sound = LtcEncoder(rate, SAMPLE_RATE).render(at)
    samples = SAMPLE_RATE / float(rate.real) / abs(speed)
    frames = libltc.decode(sound, round(samples))
    assert len(frames) >= abs(at[-1] - at[0]) - 2
    for frame in frames:
        assert frame.reverse is (speed < 0)
        number = rate.number(frame.timecode) + (0 if frame.reverse else 1)
        assert at[frame.last] == pytest.approx(number, abs=3 / samples)


@pytest.mark.parametrize("rate", [FILM_NTSC, FILM, PAL, NTSC_DROP, THIRTY], ids=lambda r: r.name)
@pytest.mark.parametrize("sample_rate", [22_050, 44_100, 48_000, 96_000])
def test_we_read_what_libltc_writes(rate: Rate, sample_rate: int) -> None:
    first = (0, 0, 59, 10)
    silence = np.zeros(sample_rate // 50, np.float32)
    sound = np.concatenate([silence, libltc.encode(first, 40, rate, sample_rate), silence])
    frames = decode(sound, rate, sample_rate)
    wanted = [rate.timecode(rate.number(first) + n) for n in range(40)]
    assert [frame.timecode for frame in frames] == wanted[: len(frames)]
    assert len(frames) >= 39  # the last may have no edge at its end
    backwards = decode(sound[::-1], rate, sample_rate)
    assert [frame.timecode for frame in backwards] == wanted[::-1][-len(backwards) :][:39]
    assert len(backwards) >= 38


def test_a_real_recording(data_dir: Path) -> None:
    sound, sample_rate = soundfile.read(data_dir / "timecode/ltc_clean_48k.wav", dtype="float32")
    first, last = FILM.number((4, 49, 33, 12)), FILM.number((4, 49, 39, 10))
    wanted = [FILM.timecode(n) for n in range(first, last + 1)]
    assert len(wanted) == 143
    for played in (sound, *(noisy(sound, 12, seed) for seed in range(5))):
        decoder = LtcDecoder(sample_rate, PAL)  # and nobody has said that it is 24
        assert [frame.timecode for frame in decoder.decode(played)] == wanted
        assert decoder.rate is FILM


def test_libltcs_own_recording(data_dir: Path) -> None:
    raw = np.fromfile(data_dir / "timecode/ltc_libltc_u8.raw", np.uint8)
    sound = (raw.astype(np.float32) - 128) / 128
    listing = (data_dir / "timecode/ltc_libltc_expected.txt").read_text().split("\n")
    wanted = [line.replace("|", " ").split()[2:] for line in listing if line]
    assert len(wanted) == 47
    for played in (sound, *(noisy(sound, 12, seed) for seed in range(5))):
        frames = decode(played, PAL, 22_050)
        assert [timecode.text(frame.timecode) for frame in frames] == [w[0] for w in wanted]
        for frame, (_, first, last) in zip(frames, wanted, strict=True):
            assert frame.first == pytest.approx(int(first), abs=3)
            assert frame.end == pytest.approx(int(last) + 1, abs=3)


def test_noise_alone_is_no_timecode() -> None:
    for seed, level in enumerate((0.001, 0.1, 0.5)):
        noise = np.random.default_rng(seed).normal(0, level, 30 * SAMPLE_RATE)
        assert decode(noise.astype(np.float32), PAL) == []


def test_other_sounds_are_no_timecode() -> None:
    at = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
    for sound in (np.sin(at * 2 * np.pi * 1000), np.sign(np.sin(at * 2 * np.pi * 1000)), at * 0):
        assert decode(sound.astype(np.float32), PAL) == []


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_noise_at_12_decibels_costs_nothing(rate: Rate) -> None:
    at = positions(rate, (1, 0, 0, 0), 4.0)
    clean = LtcEncoder(rate, SAMPLE_RATE).render(at)
    frames = decode(noisy(clean, 12, 1), rate)
    assert [f.timecode for f in frames] == [f.timecode for f in decode(clean, rate)]
    assert len(frames) >= int(at[-1] - at[0]) - 1
    assert max(error(frame, rate, at) for frame in frames) < 0.01


def test_the_level_may_change() -> None:
    at = positions(PAL, (1, 0, 0, 0), 8.0)
    loud = np.interp(
        np.arange(len(at)) / SAMPLE_RATE, range(9), [1, 0.1, 1, 0.02, 1, 0.3, 0.02, 1, 1]
    )
    sound = LtcEncoder(PAL, SAMPLE_RATE).render(at) * loud.astype(np.float32)
    assert len(decode(sound, PAL)) >= 195


def test_hum_and_an_offset_cost_nothing() -> None:
    at = positions(PAL, (1, 0, 0, 0), 4.0)
    hum = 0.3 + 0.05 * np.sin(np.arange(len(at)) / SAMPLE_RATE * 2 * np.pi * 50)
    sound = LtcEncoder(PAL, SAMPLE_RATE).render(at) + hum.astype(np.float32)
    assert len(decode(sound, PAL)) >= 98


def test_a_shuttle_is_read_through_its_turns() -> None:
    seconds = np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
    speed = np.interp(seconds, [0, 2, 4, 6, 8], [1, 4, 0.3, -2, -0.5])
    at = PAL.number((1, 0, 0, 0)) + np.cumsum(speed) * 25 / SAMPLE_RATE
    encoder = LtcEncoder(PAL, SAMPLE_RATE)
    frames = decode(np.concatenate([encoder.render(part) for part in np.array_split(at, 800)]), PAL)
    assert len(frames) >= 0.97 * np.abs(np.diff(np.floor(at))).sum()
    assert max(error(frame, PAL, at) for frame in frames) < 0.01


def test_a_jump_is_read_without_delay() -> None:
    encoder = LtcEncoder(PAL, SAMPLE_RATE)
    before, after = (positions(PAL, (hh, 0, 0, 0), 1.0) for hh in (1, 2))
    frames = decode(np.concatenate([encoder.render(before), encoder.render(after)]), PAL)
    jump = next(frame for frame in frames if frame.timecode[0] == 2)
    assert jump.end < 1.1 * SAMPLE_RATE


@given(arrays.arrays(np.float32, st.integers(0, 2000), elements=st.floats(width=32)))
def test_no_sound_upsets_it(sound: Sound) -> None:
    decoder = LtcDecoder(SAMPLE_RATE, PAL)
    for size in (480, 1, 4800):
        decoder.decode(sound[:size])
    assert decoder.decode(sound) == []


@pytest.mark.parametrize("rate", [PAL, NTSC, NTSC_DROP, FILM_NTSC], ids=lambda rate: rate.name)
@pytest.mark.parametrize("speed", [1.0, -1.0])
def test_a_reading_is_where_the_timecode_is(rate: Rate, speed: float) -> None:
    at = positions(rate, (1, 0, 0, 0), 3.0, speed)
    sound = LtcEncoder(rate, SAMPLE_RATE).render(at)
    reader, rng = LtcReader(SAMPLE_RATE, rate), np.random.default_rng(2)
    readings = []
    for first in range(0, len(sound), 480):
        clock = 500.0 + first / SAMPLE_RATE + rng.uniform(0, 0.004)
        readings += reader.block(clock, sound[first : first + 480])
    assert len(readings) > 60
    for reading in readings[10:]:
        truth = (at[0] / float(rate.real)) + speed * (reading.clock - 500.0)
        assert reading.seconds == pytest.approx(truth, abs=0.003)
        assert reading.speed == pytest.approx(speed, rel=0.01)
