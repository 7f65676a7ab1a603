"""The offset between the engine's clock and this machine's, from pings there and back.

As in NTP (RFC 5905): a ping that leaves at `sent` and is back at `received` met the remote
clock somewhere between, most likely halfway, and surely not off by more than half its time
on the way. Packets that waited in a queue took longer, so the ping with the least delay of
late tells the offset best (the minimum filter of RFC 5905, section 10). Until a pong has
come, a stream of time-stamped frames tells it one-sidedly: the frame that came fastest came
at least not before it was made.
"""

from __future__ import annotations

from collections import deque

WINDOW = 30.0
"""Seconds that a ping counts. Clocks of two machines drift by some 20 ppm: 0.6 ms in this time."""
AS_FAST = 0.0002
"""Seconds by which a ping may be slower and still tell as much: a later one knows the drift."""
ARRIVALS = 240
ANOTHER = 0.1
"""Seconds: an offset that cannot be within this of the last is another clock's."""
LATEST = 5.0
"""Seconds that a frame may come late and still be of the same clock."""
STEP, SLEW = 0.01, 0.002
"""Seconds: the offset is set anew where it was wrong by more than the first, and else moves
by no more than the second in a second, so that pictures keep their pace."""


class ClockOffset:
    """Engine clock less own clock, in seconds; every time here is given in.

    error: the most by which the offset can be wrong while paths there and back differ, half
    the least time on the way; None before the first pong.
    """

    def __init__(self) -> None:
        self.error: float | None = None
        self._pongs: deque[tuple[float, float, float]] = deque()
        self._arrivals: deque[float] = deque(maxlen=ARRIVALS)
        self._offset: float | None = None
        self._at = 0.0

    def pong(self, sent: float, received: float, clock: float) -> None:
        """Take a pong. sent, received: own clock. clock: the engine's, when it answered.

        One that claims to be back before it left is passed over.
        """
        delay = received - sent
        if delay < 0:
            return
        offset = clock - (sent + received) / 2
        best = self._best()
        if best is not None and abs(offset - best[1]) > (best[0] + delay) / 2 + ANOTHER:
            self._pongs.clear()
        self._pongs.append((received, delay, offset))
        while self._pongs[0][0] < received - WINDOW:
            self._pongs.popleft()

    def arrived(self, clock: float, received: float) -> None:
        """Take a frame that was made at an engine clock and came at an own clock."""
        least = clock - received
        if self._arrivals and not -LATEST < least - max(self._arrivals) < ANOTHER:
            self._arrivals.clear()
            self._pongs.clear()
        self._arrivals.append(least)

    def at(self, now: float) -> float | None:
        """Give the offset at an own clock, None before anything has come."""
        best = self._best()
        if best is not None:
            self.error, wanted = best[0] / 2, best[1]
        elif self._arrivals:
            wanted = max(self._arrivals)
        else:
            return None
        if self._offset is None or abs(wanted - self._offset) > STEP:
            self._offset = wanted
        else:
            most = SLEW * max(0.0, now - self._at)
            self._offset += min(max(wanted - self._offset, -most), most)
        self._at = now
        return self._offset

    def _best(self) -> tuple[float, float] | None:
        """Give delay and offset of the fastest ping, of several that were the last."""
        if not self._pongs:
            return None
        fastest = min(delay for _, delay, _ in self._pongs) + AS_FAST
        return next((d, offset) for _, d, offset in reversed(self._pongs) if d <= fastest)
