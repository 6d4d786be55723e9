"""The desk of conversations: inspects, reopens what is kept, remembers. Knows no mind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.kept_runs import read_inspection
from agent.pursuit import Waiting
from agent.run_folder import RunFolder, asset_id
from agent.spans import Spanned
from graphs.conversation.contract import Corrected, Correction, KeptInspection, LikeUnit
from graphs.conversation.records import PendingReview
from tools.errors import AssetError, SettingsError, ToolError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from agent.inspector import Inspector
    from agent.spans import SpanJournal
    from graphs.conversation.queries import Query, QueryResult
    from graphs.conversation.records import Document
    from graphs.journal import Journal
    from graphs.records import Inspection
    from knowledge.corrections import KeptCorrection
    from knowledge.records import Product
    from tools.arrays import UInt8Image
    from tools.ports import ArtifactPort, Passage, ToolResult


class HomeDesk:
    """One for a thread's turn; everything heavy is the Inspector's."""

    def __init__(
        self,
        inspector: Inspector,
        folder: Path,
        *,
        may_see: Callable[[str], bool] | None = None,
        spans: SpanJournal | None = None,
    ) -> None:
        """Take who inspects and what belongs to the turn.

        Args:
            inspector: of the home.
            folder: of the thread, where documents go.
            may_see: given `<run>/<asset>`, whether who speaks may see it; all where None.
            spans: of the turn, below which those of its inspections stand.
        """
        self._spans = spans
        self._may_see = may_see
        self._inspector = inspector
        self._folder = folder

    async def inspect(
        self,
        path: str,
        *,
        product: str | None,
        labels: Mapping[str, str],
        watcher: Journal,
    ) -> KeptInspection | PendingReview:
        """Inspect in the run of the Inspector."""
        told = self._watched(watcher)
        found = await self._inspector.pursue(Path(path), product, labels=labels, watcher=told)
        return self._found(found, Path(path), product, self._inspector.run)

    async def decide(self, pending: PendingReview, decision: str) -> KeptInspection | PendingReview:
        """Go on in the run that it belongs to; what waits in a thread is that thread's own."""
        run, _ = self._placed(pending.ref)
        waiting = Waiting(pending.thread, {})
        path = Path(pending.path)
        found = await self._inspector.decide(
            waiting,
            decision,
            path=path,
            product=pending.product,
            run=run,
            watcher=self._watched(None),
        )
        return self._found(found, path, pending.product, run)

    def _watched(self, watcher: Journal | None) -> Journal | None:
        return Spanned(watcher, self._spans.below()) if self._spans else watcher

    def _found(
        self, found: Inspection | Waiting, path: Path, product: str | None, run: RunFolder
    ) -> KeptInspection | PendingReview:
        if not isinstance(found, Waiting):
            return KeptInspection(f"{run.root.name}/{found.id}", found)
        return PendingReview(
            path=str(path),
            product=product,
            ref=f"{run.root.name}/{asset_id(path)}",
            thread=found.thread,
            reason=str(found.question.get("reason", "")),
            findings=[str(one) for one in found.question.get("findings", [])],
        )

    def glance(self, path: str) -> UInt8Image:
        """The whole file as one picture."""
        from graphs.inspection.pictures import OpenPictures

        return OpenPictures().overview(path, max_pixels=self._inspector.settings.max_pixels)

    def kept(self, ref: str) -> KeptInspection:
        """Read the record."""
        run, asset = self._place(ref)
        try:
            return KeptInspection(ref, read_inspection(run.inspection_path(asset)))
        except AssetError as error:
            raise ToolError(f"no inspection {ref!r} is kept: {error}") from error

    def picture(self, ref: str, what: str) -> UInt8Image:
        """The overlay, or an artifact of the run."""
        from tools.artifacts import ArtifactFolder

        run, asset = self._place(ref)
        if what == "reference":
            return self._reference(ref)
        if what == "overlay":
            return self._overlay(ref, run.overlay_path(asset))
        try:
            return ArtifactFolder(run.artifacts).get(what)
        except KeyError as error:
            raise ToolError(f"{ref} has no picture {what!r}; try overlay") from error

    def _overlay(self, ref: str, path: Path) -> UInt8Image:
        """As it was written, or drawn now where the run writes none for normal parts."""
        from agent.pictures import draw_pictures
        from tools.assets.opening import open_asset
        from tools.assets.overview import first_picture

        limit = self._inspector.settings.max_pixels
        if not path.is_file():
            inspection = self.kept(ref).inspection
            asset = open_asset(Path(inspection.asset.path), max_pixels=limit)
            return draw_pictures(inspection, asset, mm_per_px=None)
        picture = first_picture(open_asset(path, max_pixels=limit))
        return picture.read(picture.window_xyxy)

    def _reference(self, ref: str) -> UInt8Image:
        """The nearest reference of the unit's product, (H, W, 3)."""
        inspection, store = self.kept(ref).inspection, self._inspector.workshop.store
        known = [] if inspection.product is None else store.product(inspection.product).references
        nearest = inspection.recall.references[:1]
        for one, path in zip(
            known, store.reference_files(inspection.product or "") if known else [], strict=True
        ):
            if one.id in nearest or not nearest:
                return self.glance(str(path))
        raise ToolError(f"{ref} has no reference picture; its product is not known")

    def look(
        self, ref: str, tool: str, arguments: Mapping[str, JsonValue], *, artifacts: ArtifactPort
    ) -> ToolResult:
        """Open the part again and run the tool on it."""
        from agent.talk.second_look import look_again

        run, _ = self._place(ref)
        kept = self.kept(ref)
        return look_again(
            self._inspector.workshop,
            run,
            kept.inspection,
            tool=tool,
            arguments=arguments,
            artifacts=artifacts,
        )

    def products(self) -> list[Product]:
        """All of the home."""
        return self._inspector.workshop.store.products()

    def search(
        self, query: str, product: str | None, *, kinds: Sequence[str], k: int
    ) -> list[Passage]:
        """Ask the store."""
        return self._inspector.workshop.store.search(query, product, kinds=kinds, k=k)

    def query(self, query: Query) -> QueryResult:
        """Count with DuckDB over the run folders."""
        from agent.units import ask_units

        runs = self._inspector.settings.home / "runs"
        return ask_units(runs, query, may_see=self._may_see)

    def like(self, ref: str, *, k: int) -> list[LikeUnit]:
        """By the place descriptors of the pictures, over all runs."""
        from agent.units.likeness import like_units

        home = self._inspector.settings.home
        return like_units(home, ref, k=k, may_see=self._may_see)

    def correct(self, correction: Correction, *, who: str) -> Corrected:
        """Judge it on the references and take it in."""
        from agent.corrections.taking import Corrector

        inspection = self.kept(correction.ref).inspection
        corrector = Corrector(workshop=self._inspector.workshop)
        taken = corrector.take(correction, inspection, who=who)
        return Corrected(taken.correction.id, taken.text, True)

    def corrections(self, product: str | None) -> list[KeptCorrection]:
        """Those of the home."""
        store = self._inspector.workshop.store
        return store.corrections.all(None if product is None else store.product(product).name)

    def undo(self, correction_id: str) -> Corrected:
        """As `loupe correct --undo`."""
        from agent.corrections.taking import Corrector

        done = Corrector(workshop=self._inspector.workshop).undo(correction_id)
        return Corrected(done.id, f"{done.id} is undone: {done.said}", False)

    def write(self, name: str, markdown: str, pictures: Mapping[str, UInt8Image]) -> list[Document]:
        """Into the thread's folder."""
        from agent.talk.documents import write_documents

        return write_documents(self._folder / "documents", name, markdown, pictures)

    def _place(self, ref: str) -> tuple[RunFolder, str]:
        """Where an inspection lies that whoever asks may see."""
        if self._may_see is not None and not self._may_see(ref):
            # As where there is none, so that nobody learns what others have.
            raise ToolError(f"no inspection {ref!r} is kept")
        return self._placed(ref)

    def _placed(self, ref: str) -> tuple[RunFolder, str]:
        """The run folder and the asset of `<run>/<asset>`; never outside of the runs."""
        run, slash, asset = ref.rpartition("/")
        names = {run, asset}
        if not slash or names & {"", ".", ".."} or any("/" in one or "\\" in one for one in names):
            raise ToolError(f"an inspection is named RUN/ASSET, got {ref!r}")
        if self._inspector.run.root.name == run:
            return self._inspector.run, asset
        try:
            return RunFolder.existing(self._inspector.settings.home / "runs", run), asset
        except SettingsError as error:
            raise ToolError(str(error)) from error
