"""The troupe: the engines at one broker, which of them plays, and what they tell each other.

One connection an engine, beside that of its frames. Topics below the prefix, all QoS 1:

================== ===================================================================
`claim`            JSON, retained: the claim that holds (show/troupe/claim.py)
`engine/<name>`    JSON, retained: a presence, with a last will (presence.py)
`night`            a line of the night, from the engine that plays (night_log.py)
`night/<name>`     all lines, for the engine that asked
`ask`              a standby's name: it has missed something
`checkpoint`       a state of the dance, every two seconds (engine/checkpoint_message.py)
================== ===================================================================
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

from aiomqtt import Message, MqttError, Will

from engine import checkpoint_message, mqtt
from engine.errors import AddressError
from engine.journal import Night
from engine.mqtt import BrokerClient
from engine.score import Event
from engine.sources.mqtt import bytes_of
from engine.state import State
from show.troupe import claim, presence
from show.troupe.claim import Claim, Claims
from show.troupe.compared import FAULT
from show.troupe.night_log import NightLog
from show.troupe.presence import PLAYS, STANDS_BY, Presence

log = logging.getLogger(__name__)

GREETING = 1.5
"""Seconds that an engine waits, at its start, to hear who is there."""
GOODBYE = 0.5
"""Seconds that the last words of an engine may take."""
SETTLING = 0.15
"""Seconds in which all that is retained has come, once there is a connection."""
ANSWER = 0.5
"""Seconds that the broker gets to confirm a claim; without it the show goes on as it was."""
TELLING = 1.0
TOPICS = ("claim", "engine/+", "ask")


class Troupe:
    """What one engine knows of all at its broker, and says to them.

    me: what it tells of itself. changed: called when the pages would want to know.
    peers: the others. log: the night so far. deposed: set when
    another has taken over. heard: called with topic and bytes of what a standby follows,
    at the topics in follows. settled: whether the broker has been reached at all.
    """

    def __init__(self, url: str, name: str) -> None:
        """Take the broker's URL, and a name of its own among the engines there."""
        self.url = url
        self.claims = Claims(name)
        self.me = Presence(alive=True)
        self.peers: dict[str, Presence] = {}
        self.log = NightLog()
        self.deposed = asyncio.Event()
        self.heard: Callable[[str, bytes], None] = lambda topic, payload: None
        self.follows: Sequence[str] = ()
        self.settled = False
        self.changed: Callable[[], None] = lambda: None
        self._broker, self._name = mqtt.parse(url), name
        self._loop = asyncio.get_running_loop()
        self._client: BrokerClient | None = None
        self._claimed = asyncio.Event()
        self._ghost = False
        self._checkpoint: bytes | None = None

    @property
    def connected(self) -> bool:
        """Whether the broker is there, as far as is known."""
        return self._client is not None

    @property
    def plays(self) -> bool:
        """Whether this engine plays."""
        return self.me.role == PLAYS

    @property
    def other(self) -> str | None:
        """Name of another engine that plays and lives, None without one."""
        holds = self.claims.holds
        if holds is None or holds.name == self._name:
            return None
        peer = self.peers.get(holds.name)
        return holds.name if peer is not None and peer.alive else None

    async def follow(self, topics: Sequence[str], heard: Callable[[str, bytes], None]) -> None:
        """Hear these topics too, and what this engine asks for."""
        self.heard, self.follows = heard, (*topics, f"night/{self._name}")
        if self._client is not None:
            with contextlib.suppress(MqttError):  # or else when it is back
                await self._client.subscribe([(self._broker.topic(t), 1) for t in self.follows])

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Be there while the context lasts; what the others have said is known inside it.

        Raises AddressError where another engine of this name is there already.
        """
        greeted = asyncio.Event()
        listening = asyncio.create_task(self._listen(greeted))
        telling = asyncio.create_task(self._tell())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GREETING):
                    await greeted.wait()
            if self._ghost:
                found = f"another engine named {self._name!r}"
                raise AddressError(
                    self._broker.url, found=found, expected="a name of its own, see --name"
                )
            yield
        finally:
            if self.me.alive:  # not the end that was meant: the others may go on
                self.me = self.me.dead()
                await self._last_words()
            telling.cancel()
            listening.cancel()
            await asyncio.gather(listening, telling, return_exceptions=True)

    async def take_over(self) -> bool:
        """Claim to play, and wait until the broker says that it holds; tell whether it does."""
        wanted = self.claims.next()
        self._claimed.clear()
        if not await self.say("claim", wanted.to_json(), retain=True):
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER):
                while not self.claims.mine:
                    self._claimed.clear()
                    await self._claimed.wait()
        if self.claims.mine:
            await self._unfollow()
            self.play()
        return self.claims.mine

    def play(self) -> None:
        """Be the engine that plays, from now on."""
        epoch = 0 if self.claims.holds is None else self.claims.holds.epoch
        self.me = Presence(alive=True, role=PLAYS, epoch=epoch)
        self.changed()

    async def end(self) -> None:
        """Say that the show has come to its end, so that nobody takes over."""
        self.me = self.me.ended()
        await self._last_words()

    async def still_mine(self) -> bool:
        """Ask the broker whether this engine plays; yes where it does not answer."""
        if self._client is None:
            return True
        self._claimed.clear()
        with contextlib.suppress(TimeoutError, MqttError):
            async with asyncio.timeout(ANSWER):
                await self._client.subscribe(self._broker.topic("claim"), qos=1)
                await self._claimed.wait()
        return self.claims.holds is None or self.claims.mine

    # --- what the engine that plays says ---------------------------------------------

    def carry(self, night: Night) -> None:
        """Begin with a night that goes on."""
        self.log.carry(night)

    def event(self, event: Event) -> None:
        """Tell what has happened."""
        self.log.event(event)
        self._soon("night", self.log.one(self.me.epoch))

    def stack(self, state: Any, show_time: float) -> None:
        """Tell the cue stack's state."""
        if self.log.stack(state, show_time) is not None:
            self._soon("night", self.log.one(self.me.epoch))

    def checkpoint(self, mark: bytes, state: State) -> None:
        """Tell a state of the dance, where someone stands by."""
        if any(peer.alive and peer.role == STANDS_BY for peer in self.peers.values()):
            self._checkpoint = checkpoint_message.pack(mark, state)
            self._soon("checkpoint", self._checkpoint)

    def tell(self, **changes: Any) -> None:
        """Change what this engine tells of itself; it is said within a second."""
        self.me = replace(self.me, **changes)

    async def ask(self) -> None:
        """Ask the engine that plays for the whole night."""
        await self.say("ask", self._name)

    async def say(self, name: str, payload: str | bytes, *, retain: bool = False) -> bool:
        """Publish below the prefix; tell whether the broker has it."""
        client = self._client
        if client is None:
            return False
        try:
            await client.publish(self._broker.topic(name), payload, qos=1, retain=retain)
        except MqttError:
            return False
        return True

    # --- for the pages ------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Give what the pages show."""
        holds = self.claims.holds
        return {
            "name": self._name,
            "role": self.me.role,
            "epoch": self.me.epoch if holds is None else holds.epoch,
            "frame": self.me.frame,
            "hash": self.me.hash,
            "differs": self.me.differs,
            "peers": [
                {
                    "name": name,
                    "alive": peer.alive,
                    "role": peer.role if peer.alive else None,
                    "frame": peer.frame,
                    "hash": peer.hash,
                    "differs": peer.differs,
                }
                for name, peer in sorted(self.peers.items())
            ],
        }

    def faults(self) -> list[str]:
        """Give what is wrong between the engines, a line each."""
        everyone = {self._name: self.me} | self.peers
        return [
            f"standby {name}: its frames differ from those played by {peer.differs:.3g} mm"
            for name, peer in everyone.items()
            if peer.alive and peer.differs is not None and peer.differs > FAULT
        ]

    # --- inside -----------------------------------------------------------------------

    async def _listen(self, greeted: asyncio.Event) -> None:
        settling: set[asyncio.Task[None]] = set()

        async def opened(client: BrokerClient) -> None:
            self._client = client
            await self._present()
            settling.add(asyncio.create_task(self._settle(greeted)))

        def closed() -> None:
            self._client = None
            for task in settling:
                task.cancel()
            settling.clear()

        where = self._broker.topic("engine", self._name)
        listening = mqtt.listen(
            self._broker,
            lambda: (*TOPICS, *self.follows),
            opened,
            closed,
            will=lambda: Will(where, self.me.dead().to_json(), qos=1, retain=True),
            qos=1,
        )
        async with contextlib.aclosing(listening) as messages:
            async for message in messages:
                try:
                    await self._take(message, first=not greeted.is_set())
                except ValueError as error:
                    log.warning("%s: %s", message.topic, error)

    async def _unfollow(self) -> None:
        """Hear no more of what this engine says itself from now on."""
        followed, self.follows = [self._broker.topic(name) for name in self.follows], ()
        if followed and self._client is not None:
            with contextlib.suppress(MqttError):
                await self._client.unsubscribe(followed)

    async def _settle(self, greeted: asyncio.Event) -> None:
        """Look, once all that is retained has come, whether this engine still plays."""
        await asyncio.sleep(SETTLING)
        self.settled = True
        greeted.set()
        if self.me.role != PLAYS:
            return
        if self.claims.mine and self.claims.holds is not None:
            await self.say("claim", self.claims.holds.to_json(), retain=True)
        elif self.other is not None:
            self.deposed.set()
        else:
            await self.take_over()

    async def _take(self, message: Message, *, first: bool) -> None:
        topic = message.topic.value.removeprefix(self._broker.prefix + "/")
        payload = bytes_of(message)
        if topic == "claim":
            await self._hear(claim.read(payload))
        elif topic == f"engine/{self._name}":
            if first and message.retain and payload:
                self._ghost = presence.read(payload).alive
        elif topic.startswith("engine/"):
            self._note(topic.removeprefix("engine/"), payload)
        elif topic == "ask":
            await self._answer(payload.decode(errors="replace"))
        else:
            self.heard(topic, payload)

    async def _hear(self, heard: Claim) -> None:
        before = self.claims.holds
        again = self.claims.hear(heard)
        if again is not None:
            await self.say("claim", again.to_json(), retain=True)
        self._claimed.set()
        holds = self.claims.holds
        if before is not None and holds != before and not self.claims.mine:
            played = self.me.role == PLAYS and before.name == self._name
            if played or self.follows:  # what was followed is over too
                self.deposed.set()
        self.changed()

    def _note(self, name: str, payload: bytes) -> None:
        before = self.peers.pop(name, None)
        if payload:
            peer = self.peers[name] = presence.read(payload)
            if before is None or (peer.alive, peer.role) != (before.alive, before.role):
                self.changed()

    async def _answer(self, asker: str) -> None:
        if self.me.role == PLAYS:
            await self.say(f"night/{asker}", self.log.whole(self.me.epoch))
            if self._checkpoint is not None:
                await self.say("checkpoint", self._checkpoint)

    async def _tell(self) -> None:
        """Say every second how this engine is."""
        while True:
            await asyncio.sleep(TELLING)
            await self._present()

    async def _last_words(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await self._present()

    async def _present(self) -> None:
        await self.say(f"engine/{self._name}", self.me.to_json(), retain=True)

    def _soon(self, name: str, payload: str | bytes) -> None:
        """Publish, in this order, from any thread; nothing waits for a broker that is away."""
        self._loop.call_soon_threadsafe(self._post, self._broker.topic(name), payload)

    def _post(self, topic: str, payload: str | bytes) -> None:
        if self._client is not None:
            data = payload.encode() if isinstance(payload, str) else payload
            self._client.post_soon(topic, data)
