"""libltc, the C library that most programs read and write linear timecode with.

An encoder and a decoder that know nothing of ours; by ctypes, as its header (ltc.h) says.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from show.timecode import PAL, Rate, Timecode
from tests.missing import skip_or_fail


class _Time(ctypes.Structure):
    _fields_ = (
        ("timezone", ctypes.c_char * 6),
        *((name, ctypes.c_ubyte) for name in ("years", "months", "days")),
        *((name, ctypes.c_ubyte) for name in ("hours", "mins", "secs", "frame")),
    )


class _Frame(ctypes.Structure):
    _fields_ = (
        ("ltc", ctypes.c_uint32 * 3),
        ("off_start", ctypes.c_longlong),
        ("off_end", ctypes.c_longlong),
        ("reverse", ctypes.c_int),
        ("biphase_tics", ctypes.c_float * 80),
        ("sample_min", ctypes.c_ubyte),
        ("sample_max", ctypes.c_ubyte),
        ("volume", ctypes.c_double),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A frame that libltc has found: its timecode, first and last sample, direction."""

    timecode: Timecode
    first: int
    last: int
    reverse: bool


def library() -> ctypes.CDLL:
    name = ctypes.util.find_library("ltc")
    if name is None:
        skip_or_fail("no libltc: 'apt install libltc11'")
    found = ctypes.CDLL(name)
    found.ltc_decoder_create.restype = ctypes.c_void_p
    found.ltc_encoder_create.restype = ctypes.c_void_p
    found.ltc_encoder_create.argtypes = (
        ctypes.c_double,
        ctypes.c_double,
        ctypes.c_int,
        ctypes.c_int,
    )
    found.ltc_encoder_get_bufptr.restype = ctypes.POINTER(ctypes.c_ubyte)
    return found


def encode(first: Timecode, frames: int, rate: Rate, sample_rate: int) -> NDArray[np.float32]:
    """The sound of frames that follow one another."""
    ltc = library()
    standard = 0 if rate == PAL else 1
    encoder = ctypes.c_void_p(ltc.ltc_encoder_create(sample_rate, float(rate.real), standard, 0))
    time = _Time(b"+0000", 0, 0, 0, *first)
    ltc.ltc_encoder_set_timecode(encoder, ctypes.byref(time))
    if rate.drop:
        _set_drop(ltc, encoder)
    sound = bytearray()
    for _ in range(frames):
        ltc.ltc_encoder_encode_frame(encoder)
        size = ctypes.c_int()
        data = ltc.ltc_encoder_get_bufptr(encoder, ctypes.byref(size), 1)
        sound += bytes(data[: size.value])
        ltc.ltc_encoder_inc_timecode(encoder)
    ltc.ltc_encoder_free(encoder)
    return ((np.frombuffer(bytes(sound), np.uint8).astype(np.float32)) - 128) / 128


def decode(sound: NDArray[np.float32], samples_per_frame: int) -> list[Found]:
    """The frames in a sound."""
    ltc = library()
    decoder = ctypes.c_void_p(ltc.ltc_decoder_create(samples_per_frame, 4096))
    data = np.clip(sound * 127 + 128, 0, 255).astype(np.uint8).tobytes()
    buffer = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    ltc.ltc_decoder_write(decoder, buffer, ctypes.c_size_t(len(data)), ctypes.c_longlong(0))
    frame, found = _Frame(), []
    while ltc.ltc_decoder_read(decoder, ctypes.byref(frame)):
        time = _Time()
        ltc.ltc_frame_to_time(ctypes.byref(time), ctypes.byref(frame), 0)
        written = (time.hours, time.mins, time.secs, time.frame)
        found.append(Found(written, frame.off_start, frame.off_end, bool(frame.reverse)))
    ltc.ltc_decoder_free(decoder)
    return found


def _set_drop(ltc: ctypes.CDLL, encoder: ctypes.c_void_p) -> None:
    """Set bit 10 of the word: frames are dropped."""
    word = (ctypes.c_uint32 * 3)()
    ltc.ltc_encoder_get_frame(encoder, ctypes.byref(word))
    word[0] |= 1 << 10
    ltc.ltc_encoder_set_frame(encoder, ctypes.byref(word))
