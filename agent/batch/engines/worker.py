"""One process that inspects for a batch: what it is given, opens, and gives back.

Knows nothing of the cluster that it runs on; whoever calls it does.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.batch.engines.contract import DoOrder
from agent.batch.engines.parts import FOLDER, part_folder
from agent.batch.records import BatchRow, Order
from agent.purse import BudgetSpent
from agent.result_log import FILE, ResultLog
from agent.run_folder import RunFolder
from agent.versions import versions
from tools.errors import SettingsError

if TYPE_CHECKING:
    from agent.batch.engines.local import LocalEngine
    from agent.batch.wanted import Wanted
    from knowledge.served import Served
    from knowledge.snapshot import Snapshot

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What every worker of a run is given."""

    wanted: Wanted
    """Its settings name the home, as a whole path."""
    run: Path
    """Folder of the run, a whole path that every machine sees."""
    begun: str
    """As `run.json` says."""
    snapshot: Snapshot
    cwd: Path
    """What the paths of orders are relative to."""
    machine: str
    """Of who gives the orders."""
    n_workers: int
    anew: frozenset[str] = frozenset()
    """Files whose records are not taken."""
    served: Served | None = None
    """Where what the snapshot says is read; None: in a copy."""
    keeper: Any = None
    """Of the run's purse; None where nothing is limited."""
    versions: dict[str, str]


class Done(NamedTuple):
    """What came of an order."""

    row: BatchRow | None
    """None where the budget does not allow it."""
    spent: str
    part: Path
    """File that has the row."""
    place: int
    """Byte at which it begins there."""
    n_asked: int
    """Answers of the model since the last order, as are the others."""
    n_kept: int
    notes: list[str]


class Worker:
    """Opens a copy of what is known and inspects with it; its rows go to a log of its own."""

    def __init__(self, job: Job, number: int, at_once: int) -> None:
        """Take the job; opens nothing yet.

        Args:
            job: of the run.
            number: of this worker; another process of the same number goes on with its work.
            at_once: inspections in flight here.
        """
        self._job = job
        self._number = number
        self._at_once = at_once
        self._part = part_folder(job.run, number)
        self._scratch = scratch_folder(job.run) / self._part.name
        self._stack = AsyncExitStack()
        self._notes: list[str] = []
        self._told = (0, 0)
        self._log: ResultLog[BatchRow]
        self._engine: LocalEngine
        self._do: DoOrder | None = None

    @property
    def who(self) -> str:
        """Its name where it pays."""
        return self._part.name

    async def ready(self) -> str:
        """Open everything; who pays here.

        Raises:
            LoupeError: where something cannot be opened, or this machine does not see the run.
        """
        if self._do is None:
            async with AsyncExitStack() as stack:
                self._do = await self._open(stack)
                self._stack = stack.pop_all()
        return self.who

    async def inspect(self, order: Order) -> Done:
        """Inspect a part; its row is on the disc when it comes.

        Raises:
            RuntimeError: it was not ready.
        """
        if self._do is None:
            raise RuntimeError("a worker is to be made ready before it inspects")
        row, spent = None, ""
        try:
            row = await self._do(order)
        except BudgetSpent as error:
            spent = str(error)
        now = (self._engine.n_asked, self._engine.n_kept)
        n_asked, n_kept = now[0] - self._told[0], now[1] - self._told[1]
        notes, self._notes, self._told = self._notes, [], now
        place = self._log.place(order.task) if row else 0
        return Done(row, spent, self._part / FILE, place, n_asked, n_kept, notes)

    async def close(self) -> None:
        """Let go of everything; its rows stay."""
        await self._stack.aclose()
        self._do = None
        shutil.rmtree(self._scratch, ignore_errors=True)
        with suppress(OSError):
            # Others may be at work on this machine.
            self._scratch.parent.rmdir()

    async def _open(self, stack: AsyncExitStack) -> DoOrder:
        from agent.batch.answering import open_chat
        from agent.batch.engines.local import LocalEngine
        from agent.inspector import Inspector

        check_place(self._job)
        os.chdir(self._job.cwd)
        # First of all that it makes: who takes the rows in waits until nobody holds their folder.
        self._log = stack.enter_context(ResultLog(self._part, BatchRow))
        self._copy_knowledge()
        wanted = self._own(self._job.wanted)
        run = WorkersFolder(self._job.run, self._number)
        chat = stack.enter_context(
            open_chat(
                wanted,
                run,
                self._log,
                purse=self._purse(),
                kept=self._answers(),
                tell=self._notes_of("worker"),
            )
        )
        inspector = Inspector(wanted.settings, run=run, tell=self._notes_of("worker"), chat=chat)
        inspector.anew = self._job.anew
        stack.enter_context(inspector)
        self._engine = LocalEngine(inspector, self._log, chat)
        return await stack.enter_async_context(self._engine.doing())

    def _notes_of(self, what: str) -> Callable[[str], None]:
        return lambda line: self._notes.append(f"{what} {self._number}: {line}")

    def _copy_knowledge(self) -> None:
        from knowledge.served import open_served_copy
        from knowledge.snapshot import open_copy

        if self._job.served is None:
            open_copy(self._job.snapshot, self._scratch)
        else:
            open_served_copy(self._job.snapshot, self._scratch, self._job.served)
        kept = self._job.wanted.settings.home / "cache"
        if self._is_at_home():
            kept.mkdir(parents=True, exist_ok=True)
            (self._scratch / "cache").symlink_to(kept, target_is_directory=True)

    def _own(self, wanted: Wanted) -> Wanted:
        """What is wanted of this process: the home is the copy, and it has its share of calls."""
        settings = wanted.settings
        # Together no more than is allowed; a server that allows less divides it among them.
        least, more = divmod(settings.vlm_concurrency, self._job.n_workers)
        share = max(1, least + (self._number < more))
        own = settings.model_copy(
            update={
                "home": self._scratch,
                "weights": settings.weights_folder,
                "concurrency": self._at_once,
                "vlm_concurrency": share,
            }
        )
        return replace(wanted, settings=own)

    def _answers(self) -> Path:
        """SQLite shares a file among the processes of one machine, and not beyond it."""
        from agent.batch.answering import answers_file

        if self._is_at_home():
            return answers_file(self._job.wanted, RunFolder(self._job.run))
        return self._scratch.parent / "answers.sqlite"

    def _is_at_home(self) -> bool:
        return self._job.machine == machine()

    def _purse(self) -> Any:
        from agent.batch.engines.shared_purse import SharedPurse
        from agent.purse import Purse

        keeper = self._job.keeper
        return Purse() if keeper is None else SharedPurse(keeper, self.who)


class WorkersFolder(RunFolder):
    """The folder of a run as one of its workers uses it.

    Checkpoints serve one process; a worker that begins anew goes on with those of its number.
    """

    def __init__(self, root: Path, number: int) -> None:
        """Take the folder; what lies in it counts as answers."""
        super().__init__(root, resumed=True)
        self._number = number

    @property
    def checkpoints(self) -> Path:
        return self.root / FOLDER / f"{self._number}.sqlite"


def check_place(job: Job) -> None:
    """See that this process sees what the job speaks of, and runs the same code.

    Raises:
        SettingsError: where it does not.
    """
    node = platform.node()
    run = RunFolder(job.run)
    if not (job.run / "run.json").is_file() or run.begun() != job.begun:
        raise SettingsError(
            f"machine {node} does not see the run's folder {str(job.run)!r}; name an --out, and "
            "keep the parts, on storage that all machines of the cluster have at the same path"
        )
    if not job.cwd.is_dir():
        raise SettingsError(
            f"machine {node} does not see the folder {str(job.cwd)!r}, which paths are relative "
            "to; start from one that all machines of the cluster have"
        )
    here = versions()
    other = [name for name in job.versions if job.versions[name] != here.get(name)]
    if other:
        name = other[0]
        raise SettingsError(
            f"machine {node} has {name} {here.get(name)} and this one {job.versions[name]}; "
            "install the same on all machines of the cluster"
        )


def machine() -> str:
    """Names what shares memory: processes of other containers on one kernel do, too."""
    try:
        return BOOT.read_text("ascii").strip()
    except OSError:
        return platform.node()


def scratch_folder(run: Path) -> Path:
    """Where the workers of a run keep, on each machine, what is not of the run."""
    name = hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"loupe-{name}"
