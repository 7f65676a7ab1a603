"""The command `offline`: from clips to a model, before the show."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from engine.errors import FigurantError
from offline import clips_table, import_clips
from offline.commands import evaluate, export, generate, train

COMMANDS = {
    "import": (import_clips, "read motion capture and poses into a dataset"),
    "clips": (clips_table, "show what is in a dataset"),
    "train": (train, "train a model on a dataset"),
    "export": (export, "write the model of a run as ONNX, with proof of parity"),
    "evaluate": (evaluate, "measure what a model dances beside real clips"),
    "generate": (generate, "dance from a model into a file"),
}
EXAMPLE = """example, from motion capture to a model:
  offline import salsa/*.bvh --to datasets/salsa --fps 60 --dancer maria --tags salsa
  offline train datasets/salsa --to runs/salsa --minutes 30
  offline export runs/salsa --to cues/salsa/model.onnx
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code: 2 for an error, said in one line."""
    parser = argparse.ArgumentParser(
        prog="offline",
        description="From clips to a model, before the show.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=summary.capitalize() + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    parsed = parser.parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except FigurantError as error:
        print(f"offline {parsed.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"offline {parsed.command}: stopped", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
