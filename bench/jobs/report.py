"""The figures as tables, the ratios to each peer, and the targets of the specification. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .roster import ROSTER

Figures = Mapping[str, float | str]
Results = Mapping[str, Figures]
Rows = list[list[str]]
NOTHING = "–"
POSTGRES, SQLITE = "rallypoint-postgres", "rallypoint-sqlite"


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    keys: tuple[str, ...]
    words: Callable[[float], str]
    said: str
    """The figure that says why there is none."""


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _ms(value: float) -> str:
    return f"{value * 1e3:,.1f}" if value < 0.1 else f"{value * 1e3:,.0f}"


def _seconds(value: float) -> str:
    return f"{value:.2f}"


COLUMNS = (
    Column("put/s", ("put_rate",), _count, "rate_said"),
    Column("done/s", ("rate",), _count, "rate_said"),
    Column("low load late ms\np50 / p99", ("low_p50", "low_p99"), _ms, "low_said"),
    Column("recovery s", ("recovery",), _seconds, "recovery_said"),
    Column("ticks missing / double", ("ticks_missing", "ticks_double"), _count, "ticks_said"),
    Column("idle CPU %", ("idle",), _seconds, "low_said"),
    Column("idle / worked MB", ("idle_rss", "rss"), _count, "low_said"),
)


def figures_table(results: Results) -> tuple[list[str], Rows]:
    rows = [
        [ROSTER[name].title, *(_cell(figures, column) for column in COLUMNS)]
        for name, figures in results.items()
    ]
    return ["", *(column.title for column in COLUMNS)], rows


def bursts_table(results: Results, sizes: Sequence[int]) -> tuple[list[str], Rows]:
    head = ["due together"]
    for size in sizes:
        head += [f"{size:,}: p50 / p99 s", "last s", "twice"]
    rows = []
    for name, figures in results.items():
        row = [ROSTER[name].title]
        for size in sizes:
            row += _burst_cells(figures, size)
        rows.append(row)
    return head, rows


def _burst_cells(figures: Figures, size: int) -> list[str]:
    key = f"burst{size}"
    last = _number(figures, f"{key}_last")
    if last is None:
        return [str(figures.get(f"{key}_said", NOTHING)), NOTHING, NOTHING]
    p50, p99 = (_number(figures, f"{key}_{share}") or 0.0 for share in ("p50", "p99"))
    count = _number(figures, f"{key}_count") or 0
    of = "" if count == size else f" (of {count:,.0f})"
    cut = _number(figures, f"{key}_started")
    shown = f"{last:.2f}" if cut is None else f"cut: {cut:,.0f} in {figures[f'{key}_cut']:.0f} s"
    return [f"{p50:.2f} / {p99:.2f}{of}", shown, f"{figures[f'{key}_twice']:.0f}"]


@dataclass(frozen=True, slots=True)
class Ratio:
    title: str
    key: str
    more_is_better: bool


RATIOS = (
    Ratio("done/s", "rate", True),
    Ratio("low load p50", "low_p50", False),
    Ratio("low load p99", "low_p99", False),
    Ratio("burst p99", "burst_p99", False),
    Ratio("recovery", "recovery", False),
    Ratio("idle CPU", "idle", False),
    Ratio("memory", "idle_rss", False),
)


def ratios_table(results: Results) -> tuple[list[str], Rows]:
    """Ours divided by the peer's, on PostgreSQL and on SQLite."""
    ours = [results.get(POSTGRES, {}), results.get(SQLITE, {})]
    titles = [f"{ratio.title} {'↑' if ratio.more_is_better else '↓'}" for ratio in RATIOS]
    rows = [
        [ROSTER[name].title]
        + [" / ".join(_ratio(own, figures, ratio.key) for own in ours) for ratio in RATIOS]
        for name, figures in results.items()
        if not ROSTER[name].ours
    ]
    return ["Rallypoint on PostgreSQL / on SQLite ÷ …", *titles], rows


def _ratio(ours: Figures, theirs: Figures, key: str) -> str:
    own, other = _number(ours, key), _number(theirs, key)
    if own is None or not other:
        return NOTHING
    ratio = own / other
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2g}"


@dataclass(frozen=True, slots=True)
class Target:
    words: str
    measured: str
    met: bool | None
    """None: not measured in this run."""


def targets(results: Results) -> list[Target]:
    pg, lite = results.get(POSTGRES, {}), results.get(SQLITE, {})
    celery = _number(results.get("celery", {}), "rate")
    queuers = [_number(results.get(name, {}), "rate") for name in ("pgqueuer", "pgqueuer-10")]
    best = max((rate for rate in queuers if rate is not None), default=None)
    found = [
        _at_least("PostgreSQL: done/s ≥ 1.0 × bare PgQueuer", _number(pg, "rate"), best, 1.0),
        _at_least("PostgreSQL: done/s ≥ 5 × Celery", _number(pg, "rate"), celery, 5.0),
        _at_least("SQLite: done/s ≥ 5 × Celery", _number(lite, "rate"), celery, 5.0),
    ]
    for store, figures, all_in in (("PostgreSQL", pg, 3.0), ("SQLite", lite, 6.0)):
        found += [
            _at_most(f"{store}: low load p50 ≤ 5 ms", figures, "low_p50", 0.005, _ms),
            _at_most(f"{store}: low load p99 ≤ 50 ms", figures, "low_p99", 0.05, _ms),
            *_pending(store, figures),
            _at_most(
                f"{store}: 50,000 started ≤ {all_in:.0f} s", figures, "burst50000_last", all_in
            ),
            _at_most(f"{store}: none of 50,000 twice", figures, "burst50000_twice", 0, _count),
            _at_most(f"{store}: recovery ≤ 6 s", figures, "recovery", 6.0),
            _ticks(store, figures),
            _at_most(f"{store}: idle ≤ 0.5 % of a core", figures, "idle", 0.5),
        ]
    return found


def _at_least(words: str, own: float | None, other: float | None, times: float) -> Target:
    if own is None or not other:
        return Target(words, NOTHING, None)
    return Target(words, f"{own:,.0f} = {own / other:.2f} × {other:,.0f}", own >= times * other)


def _at_most(
    words: str, figures: Figures, key: str, most: float, say: Callable[[float], str] = _seconds
) -> Target:
    value = _number(figures, key)
    cut = f"{key.rpartition('_')[0]}_cut" in figures
    if value is None:
        return Target(words, str(figures.get(f"{key}_said", NOTHING)), None)
    return Target(words, say(value) + (" (cut)" if cut else ""), value <= most and not cut)


def _pending(store: str, figures: Figures) -> list[Target]:
    """Within noise: what it is allowed anyway, and for the memory a tenth."""
    count = _number(figures, "pending")
    many = f"{store}: {count or 1e6:,.0f} pending"
    without, with_ = (_number(figures, f"pending_{key}_rss") for key in ("without", "with"))
    flat = None if without is None or with_ is None else with_ <= 1.1 * without
    before, after = (
        "{} / {}".format(*(_shown(figures, f"pending_{key}_low_{p}", _ms) for p in ("p50", "p99")))
        for key in ("without", "with")
    )
    late = _number(figures, "pending_with_low_p99")
    p50 = _number(figures, "pending_with_low_p50")
    same = None if late is None or p50 is None else late <= 0.05 and p50 <= 0.005
    return [
        _at_most(f"{many}: ready ≤ 1 s", figures, "pending_with_ready", 1.0),
        Target(f"{many}: low load as without", f"{before} → {after} ms", same),
        Target(
            f"{many}: memory as without",
            f"{_shown(figures, 'pending_without_rss', _count)} → {_shown(figures, 'pending_with_rss', _count)} MB",
            flat,
        ),
    ]


def _ticks(store: str, figures: Figures) -> Target:
    """A schedule's misfire policy `once` runs once for all that was missed while the program was down."""
    words = f"{store}: ticks over a crash: 0 missed, 0 double"
    missing = _number(figures, "ticks_missing")
    if missing is None:
        return Target(words, str(figures.get("ticks_said", NOTHING)), None)
    alive, made_up = figures["ticks_missing_alive"], figures["ticks_made_up"]
    met = not alive and not figures["ticks_double"] and (not missing or bool(made_up))
    said = f"{alive:.0f} missed, {figures['ticks_double']:.0f} double"
    if missing:
        said += (
            f"; one run at once for {missing + 1:.0f} while down"
            if met
            else f"; {missing:.0f} while down"
        )
    return Target(words, said, met)


def targets_table(found: Sequence[Target]) -> tuple[list[str], Rows]:
    verdicts = {True: "met", False: "NOT MET", None: "not measured"}
    return ["target", "measured", ""], [[t.words, t.measured, verdicts[t.met]] for t in found]


def _cell(figures: Figures, column: Column) -> str:
    values = [_number(figures, key) for key in column.keys]
    if any(value is None for value in values):
        return str(figures.get(column.said, figures.get("failed", NOTHING)))
    return " / ".join(column.words(value) for value in values if value is not None)


def _shown(figures: Figures, key: str, words: Callable[[float], str]) -> str:
    value = _number(figures, key)
    return NOTHING if value is None else words(value)


def _number(figures: Figures, key: str) -> float | None:
    value = figures.get(key)
    return None if isinstance(value, str) else value
