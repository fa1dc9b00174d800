"""The pack commands: test another model pack, see what would change, then decide."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facesorter import paths
from facesorter.cancel import CancelToken
from facesorter.cli.output import EXIT_DONE, EXIT_SOME_FAILED, count, reader, result
from facesorter.errors import UserError
from facesorter.library.models import trial
from facesorter.settings import Settings

if TYPE_CHECKING:
    from facesorter.app.services import Services
    from facesorter.library.models.pack_report import Figures, PackReport, Parts

BUNDLED = "bundled"
"""The word for the models that come with the program."""
NAMED = 12
"""Maximum persons and faces per section of the printed report; JSON contains all."""


def add_commands(commands: Any, shared: ArgumentParser) -> None:
    """Add this module's commands to the parser."""
    command = commands.add_parser(
        "pack",
        parents=[shared],
        help="test another model pack, see what would change, and switch to it",
    )
    steps = command.add_subparsers(title="steps", metavar="STEP", required=True)
    step = steps.add_parser(
        "try", parents=[shared], help="analyze all faces with it, without changing anything"
    )
    step.add_argument("pack", metavar="DIR", help=f"its folder, or '{BUNDLED}'")
    step.add_argument(
        "--workers", type=int, default=0, metavar="N", help="number of photos analyzed in parallel"
    )
    step.set_defaults(run=run_try)
    step = steps.add_parser("report", parents=[shared], help="compare the results of both packs")
    step.set_defaults(run=run_report)
    step = steps.add_parser(
        "use",
        parents=[shared],
        help="switch to it; all decisions are kept, and you can switch back",
    )
    step.set_defaults(run=run_use)
    step = steps.add_parser("drop", parents=[shared], help="discard the test results")
    step.set_defaults(run=run_drop)


def run_try(args: Namespace) -> int:
    """Describe all known faces with another pack. Exit code 1 if photos remain."""
    from facesorter.app import jobs
    from facesorter.app.model_switch import load_analyzer
    from facesorter.app.services import TICK

    settings = Settings.load(paths.settings_dir())
    settings.models_folder = "" if args.pack == BUNDLED else str(Path(args.pack).absolute())
    if settings.models_folder and not Path(settings.models_folder).is_dir():
        raise UserError("There’s no folder {folder}.", folder=settings.models_folder)
    settings.workers = max(0, min(64, args.workers))
    analyzer = load_analyzer(settings)
    services = _idle(args, settings)
    token = CancelToken()
    running = jobs.run(services.trials.look, analyzer, settings.models_folder, token, _bar())
    try:
        while not running.done():
            token.wait(TICK)
        left = running.result()
    finally:
        token.cancel()
        services.stop(None)
    with reader(args) as connection:
        found = trial.current(connection)
    assert found is not None
    lines = [f"{found.name} analyzed {count(found.photos, 'photo')}. Nothing was changed."]
    if left:
        lines.append(
            f"{count(left, 'photo')} couldn't be read or have changed; run 'facesorter scan' first."
        )
    lines.append("Run 'facesorter pack report' to see what would change.")
    result(args, {**asdict(found), "unread": left}, "\n".join(lines))
    return EXIT_SOME_FAILED if left else EXIT_DONE


def run_report(args: Namespace) -> int:
    """Print where the pack on trial agrees and disagrees with the one in use."""
    from facesorter.library.models import pack_report

    with reader(args) as connection:
        report = pack_report.make(connection)
    result(args, asdict(report), "\n".join(describe(report)))
    return 0


def run_use(args: Namespace) -> int:
    """Switch to the pack on trial and regroup."""
    settings = Settings.load(paths.settings_dir())
    services = _idle(args, settings)
    try:
        waiting, name, moved = services.trials.use()
    finally:
        services.stop(None)
    sentence = f"{name} is in use; {count(moved, 'face')} moved. All decisions are kept."
    if waiting:
        sentence += f"\n{count(waiting, 'photo')} still to be analyzed: run 'facesorter scan'."
    sentence += (
        "\nRun 'facesorter pack use' again to switch back, "
        "or 'facesorter pack drop' to discard the previous pack."
    )
    result(args, {"pack": name, "moved_faces": moved, "waiting": waiting}, sentence)
    return 0


def run_drop(args: Namespace) -> int:
    """Discard the pack on trial."""
    services = _idle(args, Settings.load(paths.settings_dir()))
    try:
        dropped = services.submit(trial.drop).result()
    finally:
        services.stop(None)
    sentence = "Dropped." if dropped else "No model pack was being tested."
    result(args, {"dropped": dropped}, sentence)
    return 0


def describe(report: PackReport) -> list[str]:
    """Describe a report in sentences."""
    found = report.trial
    lines = [f"{report.used.name} is in use, {report.tried.name} is being tested."]
    if found.waiting:
        lines.append(f"{count(found.waiting, 'photo')} with faces not analyzed yet.")
    lines.append(
        f"It finds {count(found.extra, 'face')} more and {count(found.lost, 'face')} fewer."
    )
    lines.append(
        f"Of {count(report.faces, 'face')}, {report.faces - len(report.moves):,} would stay where "
        f"they are and {len(report.moves):,} would move."
    )
    lines += _list("would be several", report.splits)
    lines += _list("would hold several", report.joins)
    lines += [_figures(report.used), _figures(report.tried)]
    if report.doubtful:
        lines.append(
            f"{count(len(report.doubtful), 'confirmed face')} would look more like someone else; "
            "they stay as you confirmed them."
        )
        lines += [
            f"  face {d.face_id}: person {d.person_id} {d.likeness:.2f}, "
            f"person {d.rival_id} {d.rival_likeness:.2f}"
            for d in report.doubtful[:NAMED]
        ]
    return lines


def _list(what: str, found: tuple[Parts, ...]) -> list[str]:
    lines = [f"{count(len(found), 'person', 'people')} {what}."]
    for parts in found[:NAMED]:
        shares = " + ".join(str(faces) for _, faces in parts.faces)
        who = parts.name or ("a new group" if parts.person_id < 0 else f"person {parts.person_id}")
        lines.append(f"  {who}: {shares} faces")
    return lines


def _figures(figures: Figures) -> str:
    told = [
        f"{recognised:.1%} at one false match in {round(1 / far):,}"
        for far, recognised in figures.recognised
        if recognised is not None
    ]
    pairs = f"{count(figures.same_pairs, 'pair')} that you confirmed"
    if not told:
        return f"{figures.name}: not enough confirmed faces to measure it ({pairs})."
    return f"{figures.name} recognizes, of {pairs}: {', '.join(told)}."


def _idle(args: Namespace, settings: Settings) -> Services:
    """Open the library without background work."""
    from facesorter.app.services import Services

    services = Services(args.library, settings=settings, watch=False)
    services.pipeline.analysing = False
    services.start().result()
    return services


def _bar() -> Any:
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        sys.stderr.write(f"\r\x1b[K{done:,} of {count(total, 'photo')}")
        sys.stderr.flush()

    return show
