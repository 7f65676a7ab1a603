"""An alarm that tells another engine's time, so that frames go on by the clock they came by."""

from __future__ import annotations

from engine.clock import Alarm


class ShiftedAlarm:
    """An alarm with a clock ahead of its own by `shift` seconds, which may change."""

    def __init__(self, alarm: Alarm, shift: float = 0.0) -> None:
        self.shift = shift
        self._alarm = alarm

    def now(self) -> float:
        """Give the engine clock in seconds."""
        return self._alarm.now() + self.shift

    def own(self) -> float:
        """Give the clock of this machine, whatever the shift."""
        return self._alarm.now()

    async def until(self, deadline: float) -> float:
        """Return not before the deadline; give the clock then."""
        return await self._alarm.until(deadline - self.shift) + self.shift

    def wake(self) -> None:
        """End the wait that is on, if any, before its deadline."""
        self._alarm.wake()

    def close(self) -> None:
        """Free what the alarm holds."""
        self._alarm.close()
