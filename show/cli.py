"""The command `show`.

What a command needs is imported when it is called: the machine beside the LEDs runs no
model.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import FigurantError
from show import timecode
from show.chase import address
from show.options import Options

if TYPE_CHECKING:
    from show.production import Production

BUILT_IN = Path(__file__).parent.parent / "cues" / "salsa"
EXAMPLES = {
    "show": "show run cues/salsa --output osc://127.0.0.1:9001 --record night.mcap",
    "run": "show run cues/salsa --no-browser --output osc://127.0.0.1:9001 --record night.mcap",
    "check": "show check cues/salsa",
    "devices": "show devices",
    "timecode": "show timecode --send mtc: --rate 25 --start 01:00:00:00",
    "replay": "show replay night.mcap --loop --output osc://127.0.0.1:9001",
    "lights": "show lights cues/salsa --from ws://10.0.0.1:8137 --output sacn://?priority=120",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code, 2 where it cannot be done."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    try:
        match options.command:
            case "run":
                _run(options)
            case "check":
                return _check(options)
            case "lights":
                _lights(options)
            case "devices":
                _devices()
            case "timecode":
                _timecode(options)
            case _:
                _replay(options)
    except FigurantError as error:
        print(f"show: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _run(options: argparse.Namespace) -> None:
    from show import broker, ports, production
    from show.run import run

    if options.timecode is not None:
        address.parse(options.timecode)
    for written in (options.broker, options.standby):
        if written is not None:
            broker.check(written)
    for source in options.source:
        ports.check_source(source)
    loaded = production.load(options.production)
    for output in options.output:
        ports.check_output(output, [performer.name for performer in loaded.show.performers])
    asyncio.run(run(loaded, _options(options)))


def _check(options: argparse.Namespace) -> int:
    from show import production
    from show.cue_sheet import cue_sheet
    from show.findings import findings
    from show.patch_table import patch_table

    loaded = production.load(options.production)
    production.perform(loaded)
    show, found = loaded.show, findings(loaded.show)
    print(f"{show.title}: {len(show.cues)} cues, {len(show.performers)} performers, ", end="")
    print(f"{show.rate} frames a second, {show.path}")
    print()
    print(cue_sheet(show))
    if show.patch is not None:
        print()
        print(patch_table(show.patch))
    if found:
        print(flush=True)
    for finding in found:
        if finding.error:
            print(f"show: {show.path}: {finding.line}", file=sys.stderr)
        else:
            print(f"warning: {finding.line}")
    if options.ahead:
        _dance_ahead(loaded)
    return 2 if any(finding.error for finding in found) else 0


def _dance_ahead(loaded: Production) -> None:
    """Dance the score ahead, saying how far it is where someone looks."""
    from show.ahead import Task, dance
    from show.findings import rehearsed
    from show.shelves import Shelves
    from show.timecode import clock_text

    task = Task.of(rehearsed(loaded.show)[0], loaded.show)
    with contextlib.closing(Shelves(loaded, goes_on=True)) as shelves:
        for reached in dance(loaded, task, shelves.score.path):
            if sys.stderr.isatty():
                told = f"danced ahead to {clock_text(reached)} of {clock_text(task.until)}"
                print(f"\r{told}   ", end="", file=sys.stderr, flush=True)
    print(f"{chr(10) if sys.stderr.isatty() else ''}danced ahead to {clock_text(task.until)}")


def _devices() -> None:
    from show.devices import listing

    for line in listing():
        print(line)


def _timecode(options: argparse.Namespace) -> None:
    from show.chase.generator import Run, generate
    from show.chase.monitor import monitor
    from show.chase.settings import TimecodeSettings

    rate = options.rate
    if options.monitor is not None:
        asyncio.run(monitor(TimecodeSettings(options.monitor, rate), options.duration))
        return
    try:
        start = timecode.parse(options.start, rate)
    except ValueError as error:
        raise FigurantError("--start", found=str(error).removeprefix("found ")) from None
    asyncio.run(generate(options.send, Run(rate, start, options.speed, options.duration)))


def _replay(options: argparse.Namespace) -> None:
    from engine.sources.recording import Recording
    from show.replay import replay

    asyncio.run(replay(Recording(options.recording), _options(options), again=options.loop))


def _lights(options: argparse.Namespace) -> None:
    from show import light_driver
    from show.light_driver import LightOptions

    wanted = LightOptions(
        options.patch, options.source, tuple(options.output), options.duration, options.child
    )
    asyncio.run(light_driver.run(wanted))


def _options(options: argparse.Namespace) -> Options:
    found = vars(options)
    named = {"name": found["name"]} if found.get("name") else {}
    return Options(
        host=options.host,
        port=options.port,
        duration=options.duration,
        browser=not options.no_browser,
        record=found.get("record"),
        log=found.get("log"),
        outputs=tuple(options.output),
        sources=tuple(found.get("source", ())),
        timecode=found.get("timecode"),
        resume=found.get("resume", False),
        broker=found.get("standby") or found.get("broker"),
        standby=found.get("standby") is not None,
        patience=found.get("patience", 0.4),
        **named,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _described(argparse.ArgumentParser, "show", "Run shows of generated dance.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, description: str) -> argparse.ArgumentParser:
        found: argparse.ArgumentParser = _described(commands.add_parser, name, description)
        return found

    run_it = command("run", "Run a production; Ctrl-C ends it.")
    run_it.add_argument(
        "production",
        nargs="?",
        type=Path,
        default=BUILT_IN,
        metavar="PRODUCTION",
        help="a folder with a show.toml (the built-in production)",
    )
    _serving(run_it)
    run_it.add_argument("--record", type=Path, metavar="FILE", help="record the night, .mcap")
    run_it.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="where the show log goes, .csv; the report beside it (logs in the production)",
    )
    run_it.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="URL",
        help="take commands from osc://[host]:port, without a host from this machine only, or "
        "from mqtt://host/prefix",
    )
    together = run_it.add_mutually_exclusive_group()
    together.add_argument(
        "--standby",
        metavar="URL",
        help="stand by at an MQTT broker: dance along with the engine that plays there, and take "
        "over when it dies",
    )
    together.add_argument(
        "--broker",
        metavar="URL",
        help="publish to an MQTT broker and obey it: mqtt://host/prefix, or embedded[:PORT] to "
        "start one (the production's)",
    )
    run_it.add_argument(
        "--patience",
        type=_seconds,
        default=0.4,
        metavar="S",
        help="seconds without a frame after which a standby takes over (0.4)",
    )
    run_it.add_argument(
        "--timecode",
        metavar="URL",
        help=f"where show time comes from: {', '.join(address.FORMS.values())}; instead of the "
        "[timecode] source of the show file",
    )
    run_it.add_argument(
        "--resume", action="store_true", help="go on where a show stopped without coming to its end"
    )
    check = command("check", "Check a production and print its cue sheet.")
    check.add_argument("production", type=Path, metavar="PRODUCTION", help="its folder")
    check.add_argument(
        "--ahead",
        action="store_true",
        help="dance the score ahead too, so that any locate is quick",
    )
    lights = command("lights", "Drive LEDs with another machine's frames; Ctrl-C ends it.")
    lights.add_argument(
        "patch", type=Path, metavar="PATCH", help="a patch.toml, or the folder that holds one"
    )
    lights.add_argument(
        "--from",
        dest="source",
        required=True,
        metavar="URL",
        help="frames from ws://host:port, the show itself, from osc://[host]:port, where it sends "
        "them, or from mqtt://host/prefix",
    )
    lights.add_argument(
        "--output",
        action="append",
        required=True,
        metavar="URL",
        help="artnet://[node], sacn://[host], ddp://host, wled://host or serial:DEVICE?protocol=P; "
        "repeatable",
    )
    lights.add_argument("--duration", type=_seconds, metavar="S", help="end after S seconds")
    lights.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    command("devices", "List the devices of this machine: MIDI, audio, serial ports, cameras.")
    _timecodes(command("timecode", "Send a timecode, or watch one that comes; Ctrl-C ends it."))
    again = command("replay", "Play a recorded night to the pages and outputs.")
    again.add_argument("recording", type=Path, metavar="RECORDING", help="made by --record")
    _serving(again)
    again.add_argument("--loop", action="store_true", help="start again at the end")
    return parser


def _described(make: object, name: str, description: str) -> argparse.ArgumentParser:
    assert callable(make)
    found = make(
        name,
        description=description,
        epilog=f"example:\n  {EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **({} if name == "show" else {"help": description}),
    )
    assert isinstance(found, argparse.ArgumentParser)
    return found


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to serve at")
    parser.add_argument("--port", type=_port, default=8137, metavar="P", help="port (8137)")
    parser.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="URL",
        help="send the frames to osc://host:port or mqtt://host/prefix; repeatable",
    )
    parser.add_argument(
        "--name", type=_name, metavar="NAME", help="this engine's name at a broker (the machine's)"
    )
    parser.add_argument("--duration", type=_seconds, metavar="S", help="end after S seconds")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")


def _timecodes(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument(
        "--send",
        metavar="URL",
        help="where to: mtc:PORT NAME, or mtc: for a port of our own; while it runs it takes "
        "lines, a timecode to go there, stop, run, or a speed",
    )
    way.add_argument("--monitor", metavar="URL", help="what to watch, as in show run --timecode")
    parser.add_argument(
        "--rate",
        type=_rate,
        default=timecode.PAL,
        metavar="R",
        help=f"frames a second: {', '.join(timecode.RATES)} (25)",
    )
    parser.add_argument(
        "--start", default="00:00:00:00", metavar="TIMECODE", help="where to begin (00:00:00:00)"
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="1 as it should, -1 in reverse (1)"
    )
    parser.add_argument("--duration", type=_seconds, metavar="S", help="end after S seconds")


def _rate(text: str) -> timecode.Rate:
    try:
        return timecode.rate(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _speed(text: str) -> float:
    from show.chase.generator import speed

    try:
        return speed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"found {text!r}, expected 0 to 65535")


def _name(text: str) -> str:
    if text and text.isprintable() and not set(text) & set("/+#"):
        return text
    raise argparse.ArgumentTypeError(f"found {text!r}, expected a name without / + #")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected seconds above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
