"""The figures of an evaluation as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from offline.evaluation.evaluation import GENERATED, HELD_OUT, TRAINING, Evaluation
from offline.evaluation.likeness import Floor
from offline.evaluation.long_run import LongRun
from offline.evaluation.prediction import Prediction
from offline.evaluation.reference import Measures
from offline.evaluation.steering import Steering

ROWS = (
    ("minutes", "minutes measured", "{:.1f}"),
    ("nan", "frames that are no number", "{:d}"),
    ("kinetic_fd", "kinetic Fréchet distance", "{:.1f}"),
    ("geometric_fd", "geometric Fréchet distance", "{:.2f}"),
    ("kinetic_diversity", "kinetic diversity", "{:.1f}"),
    ("geometric_diversity", "geometric diversity", "{:.2f}"),
    ("novelty", "novelty, cm", "{:.1f}"),
    ("energy", "kinetic energy, of real", "{:.2f}"),
    ("frozen", "share of frozen seconds", "{:.3f}"),
    ("jerk", "jerk, of real", "{:.2f}"),
    ("contact", "foot contact (PFC)", "{:.2f}"),
    ("skate", "foot skate, cm/s", "{:.1f}"),
    ("support", "support speed, cm/s", "{:.1f}"),
    ("penetration", "floor penetration, cm", "{:.2f}"),
    ("root_range", "root range in 30 s, m", "{:.2f}"),
    ("wander", "farthest from the middle, m", "{:.2f}"),
    ("max_speed", "fastest joint, m/s", "{:.1f}"),
    ("bone_error", "bone-length error, m", "{:.1e}"),
)


def tables(result: Evaluation) -> Iterator[Table]:
    """Give the figures as tables."""
    yield measures(result.rows)
    if result.prediction:
        yield predictions(result.prediction)


def measures(rows: Mapping[str, Measures]) -> Table:
    """Give measures as a table, a column for each kind of dance."""
    grid = Table(title="generated dance beside real dance")
    grid.add_column("")
    for name in rows:
        grid.add_column(name, justify="right")
    for key, label, form in ROWS:
        grid.add_row(label, *(form.format(getattr(m, key)) for m in rows.values()))
    return grid


def predictions(found: Prediction) -> Table:
    """Give the errors of prediction as a table, a column for each horizon."""
    grid = Table(title=f"prediction from {found.starts} held-out frames, cm off a joint")
    grid.add_column("")
    for at in found.horizons:
        grid.add_column(f"{at * 1000:.0f} ms", justify="right")
    for name, values in (
        ("the model's mean", found.mpjpe),
        ("stands still", found.still),
        ("goes on at its velocity", found.constant),
    ):
        grid.add_row(name, *(f"{value:.1f}" for value in values))
    return grid


def lines(result: Evaluation) -> Iterator[str]:
    """Give what no table holds, a sentence a line."""
    reference, rows = result.reference, result.rows
    yield _floor("kinetic", reference.kinetic_floor, rows[GENERATED].kinetic_fd)
    yield _floor("geometric", reference.geometric_floor, rows[GENERATED].geometric_fd)
    yield (
        f"novelty {rows[GENERATED].novelty / rows[HELD_OUT].novelty:.2f} times that of real "
        f"couples unseen; real dance is at most {reference.max_speed:.1f} m/s fast"
    )
    if result.prediction:
        p = result.prediction
        yield (
            f"NPSS at 2 to 4 s {p.npss:.2f}; another real dance {p.npss_real:.2f}, "
            f"standing still {p.npss_still:.2f}"
        )
    sure = result.likelihood
    yield (
        f"log-likelihood of held-out clips {sure.nats:.2f} nats a frame; "
        f"{sure.within_50:.0%} of real values within the predicted 50 %, "
        f"{sure.within_90:.0%} within 90 %"
    )
    yield from _long_run(result.long_run, rows[TRAINING])
    yield from _steering(result.steering)
    yield (
        f"at {reference.rate:g} frames a second, windows of 4 s; held out: "
        f"{', '.join(clip.name for clip in reference.clips)}"
    )


def _floor(kind: str, floor: Floor, found: float) -> str:
    where = "within" if found <= floor.high else "above"
    return (
        f"{kind} Fréchet distance {found:.3g}: {where} real against real, {floor.held_out:.3g} "
        f"for these couples, {floor.low:.3g} to {floor.high:.3g} over {len(floor.distances)} splits"
    )


def _steering(found: Steering) -> Iterator[str]:
    def each(values: Sequence[float]) -> str:
        return ", ".join(f"{value:.2f}" for value in values)

    yield (
        f"energy danced where {each(found.levels[:1])} to {each(found.levels[-1:])} is asked for: "
        f"{each(found.energy)} of real; rank correlation {found.rank:.2f}"
        f"{', at each level more' if found.monotone else ''}"
    )
    for tag, at in found.tags.items():
        yield f"from clips without {tag} (0) to those with it (1), turned up: {each(at)}"


def _long_run(run: LongRun, real: Measures) -> Iterator[str]:
    def each(values: Sequence[float], form: str = "{}") -> str:
        return ", ".join(form.format(v) for v in values)

    yield (
        f"{run.minutes:g} minutes from each seed: {each(run.frozen)} frozen seconds "
        f"(real: {real.frozen * run.minutes * 60:.0f}), wander {each(run.wander, '{:.1f}')} m, "
        f"{sum(run.nan)} frames that are no number"
    )
    if run.trend is not None and run.trend_low is not None and run.trend_high is not None:
        yield (
            f"energy in ten minutes {run.trend:+.1%} ({run.trend_low:+.1%} to "
            f"{run.trend_high:+.1%}, p = {run.trend_p:.2f}): "
            f"{'a' if run.trending else 'no'} trend"
        )
    yield (
        f"kinetic drift from the first to the last minutes {run.drift:.2g}; "
        f"by chance up to {run.drift_by_chance:.2g}"
    )
