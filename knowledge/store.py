"""All that a home knows: products, passages, references, calibrations and cases.

A change writes what is new, then switches the product's row, then deletes what is old, so that an
interrupted one leaves the former state. Knows no graph, no VLM and no settings.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from knowledge.changes import AddReport, compare
from knowledge.chroma import Database
from knowledge.corrections import Corrections, KeptCorrection
from knowledge.embeddings.contract import Embedding
from knowledge.embeddings.hashing import HashingEmbedding
from knowledge.episodes import CalibrationRows, CaseRows
from knowledge.folder.references import ReferenceFile
from knowledge.layout import Layout, prepare_layout, read_json, write_json
from knowledge.ownership import Ownership, own_home
from knowledge.passage_rows import PassageRows
from knowledge.passages import passage_of_case, passages_of
from knowledge.pictures import PictureFolder
from knowledge.product_folder import ProductFolder, read_product_folder
from knowledge.product_rows import ProductRows
from knowledge.records import Calibration, Case, Product
from knowledge.reference_rows import ProductMatch, ReferenceRows
from knowledge.served import open_rows
from tools.arrays import UInt8Image
from tools.errors import KnowledgeError
from tools.picture_embedder import PictureEmbedder
from tools.ports import CaseQuery, Passage, ReferencePicture, SimilarCase


class KnowledgeStore:
    """What a home knows. Any number of threads may use one store; one process owns a home."""

    def __init__(
        self,
        layout: Layout,
        ownership: Ownership,
        database: Database,
        embedding: Embedding,
        encoder: PictureEmbedder | None = None,
    ) -> None:
        """Take the opened parts; use `open_store`."""
        self._layout = layout
        self._ownership = ownership
        self._database = database
        self._change = threading.RLock()
        self._products = ProductRows(database.products)
        self._passages = PassageRows(database.passages, embedding)
        self._references = ReferenceRows(database, PictureFolder(layout.pictures), encoder)
        self._calibrations = CalibrationRows(database.calibrations)
        self._cases = CaseRows(database.cases)
        self.corrections = Corrections(layout.folder / "corrections")
        self._sweep_unfinished()

    def __enter__(self) -> KnowledgeStore:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the home. Closing twice is allowed."""
        with self._change:
            self._database.close()
            self._ownership.release()

    def add(self, folder: Path) -> AddReport:
        """Take in a product's folder: only what differs from the last time is written.

        Raises:
            KnowledgeError: all that is wrong with the folder, one line a problem; the store is
                as before.
        """
        content = read_product_folder(folder)
        with self._change:
            self._products.check_names(content.product)
            if self.corrections.all(content.product.name):
                self.corrections.keep_base(content.product)
            return self._take(self.corrections.over(content))

    def correct(self, correction: KeptCorrection) -> AddReport:
        """Keep a correction, over the one of the same id, and write its product with it."""
        with self._change:
            base = self.corrections.base_of(self._products.named(correction.product))
            self.corrections.keep_base(base)
            self.corrections.put(correction)
            files = zip(base.references, self._references.files(base), strict=True)
            entries = [ReferenceFile(one, path, []) for one, path in files]
            return self._take(self.corrections.over(ProductFolder(base, entries)))

    def _take(self, content: ProductFolder) -> AddReport:
        product = content.product
        old = self._products.get(product.name)
        report = compare(old, product)
        if old != product or not self._references.is_whole(product):
            with self._changing(product.name):
                self._write(content)
                self._products.put(product)
        return report

    def products(self) -> list[Product]:
        """Every product by name."""
        return self._products.all()

    def product(self, name: str) -> Product:
        """The product of a name or alias.

        Raises:
            KnowledgeError: names the known ones.
        """
        return self._products.named(name)

    def remove(self, name: str) -> Product:
        """Forget a product with all its passages, references, calibrations and cases; gives it.

        Raises:
            KnowledgeError: names the known ones.
        """
        with self._change:
            product = self._products.named(name)
            with self._changing(product.name):
                self._products.remove(product.name)
            self.corrections.forget(product.name)
            return product

    def reference_pictures(self, name: str) -> list[UInt8Image]:
        """The product's references in their order, each (H, W, 3) RGB and read-only."""
        return self._references.pictures(self._products.named(name))

    def reference_files(self, name: str) -> list[Path]:
        """Where the product's references lie, in their order; each opens as an asset."""
        return self._references.files(self._products.named(name))

    def recall_product(self, image_hwc: UInt8Image) -> ProductMatch | None:
        """The product that a picture, (H, W, 3) RGB, shows; None where none looks like it."""
        return self._references.recognise(image_hwc, self._products.all())

    def rank_products(self, image_hwc: UInt8Image) -> list[ProductMatch]:
        """The products that look most like a picture, nearest first, near enough or not."""
        return self._references.rank(image_hwc, self._products.all())

    def search(
        self, query: str, product: str | None = None, *, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        """Passages nearest to a text, best first; of all products where none is named.

        Args:
            query: a few words or a sentence.
            product: name or alias; where None, sources begin with the product's name.
            kinds: of knowledge.passages.KINDS; empty for all.
            k: at most so many.

        Raises:
            KnowledgeError: the product or a kind is unknown.
        """
        named = self._products.all() if product is None else [self._products.named(product)]
        return self._passages.search(query, named, kinds=kinds, k=k)

    def look_up(
        self, query: str, *, product: str, kinds: Sequence[str] = (), k: int = 5
    ) -> list[Passage]:
        """Rules, failure modes, notes and cases of a product nearest to a text, best first."""
        return self.search(query, product, kinds=kinds, k=k)

    def nearest_references(
        self, image_hwc: UInt8Image, *, product: str, k: int = 1
    ) -> list[ReferencePicture]:
        """At most k references of the place or pose of a picture, (H, W, 3) RGB, nearest first.

        Found by vector; the one that the picture can be laid on best comes first.
        """
        return self._references.nearest(image_hwc, self._products.named(product), k=k)

    def save_calibration(self, calibration: Calibration) -> None:
        """Keep a calibration of the product's present state.

        Raises:
            KnowledgeError: where the product is unknown or has changed since.
        """
        with self._change:
            product = self._products.named(calibration.product)
            if calibration.product_digest != product.digest:
                raise KnowledgeError(
                    f"the calibration is of another state of {product.name!r}; calibrate again"
                )
            self._calibrations.put(calibration)

    def calibration(self, product: str, *, mind: str, key: str) -> Calibration | None:
        """The calibration of the product's present state; None where there is none."""
        now = self._products.named(product)
        return self._calibrations.get(now.name, now.digest, mind=mind, key=key)

    def add_case(self, case: Case, *, image_hwc: UInt8Image | None = None) -> None:
        """Keep a past inspection, over the one of the same id; its product must be known, or None.

        Without its picture, (H, W, 3) RGB, it is found by text only.
        """
        with self._change:
            if case.product is not None and self._products.get(case.product) is None:
                self._products.named(case.product)
            self._cases.put(case, image_hwc)
            self._passages.put_case(case.product or "", passage_of_case(case))

    def similar_cases(
        self, image_hwc: UInt8Image, *, query: CaseQuery, k: int = 3
    ) -> list[SimilarCase]:
        """Past inspections of like pictures of a product, nearest first."""
        product = self._products.named(query.product).name
        return self._cases.near(image_hwc, query._replace(product=product), k=k)

    def case(self, case_id: str) -> Case | None:
        """The past inspection of an id; None where it is not kept."""
        return self._cases.get(case_id)

    def cases(self, product: str | None = None) -> list[Case]:
        """Past inspections of a product, or of all, the oldest first."""
        return self._cases.all(None if product is None else self._products.named(product).name)

    def remove_case(self, case_id: str) -> Case:
        """Forget a past inspection; returns what was removed.

        Raises:
            KnowledgeError: no case has this id.
        """
        with self._change:
            case = self._cases.get(case_id)
            if case is None:
                raise KnowledgeError(
                    f"no case {case_id!r} is kept; `loupe knowledge cases` lists those that are"
                )
            self._passages.remove_case(case.product or "", case_id)
            self._cases.remove_one(case_id)
            return case

    @contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        """Whatever happens within, afterwards the store holds what the product's row names."""
        self._sweep_unfinished()
        try:
            write_json(self._layout.unfinished, {"product": name})
            try:
                yield
            finally:
                self._sweep(name)
        except OSError as error:
            reason = error.strerror or str(error)
            raise KnowledgeError(f"{self._layout.folder}: cannot be written ({reason})") from error

    def _write(self, content: ProductFolder) -> None:
        product = content.product
        files = {entry.reference.id: entry.path for entry in content.reference_files}
        self._references.put(product, files)
        self._passages.put(product.name, passages_of(product))

    def _sweep(self, name: str) -> None:
        """Delete what the product's row does not name."""
        product = self._products.get(name)
        self._references.keep_only(name, product.references if product else [])
        if product is None:
            self._passages.remove(name)
            self._calibrations.remove(name)
            self._cases.remove(name)
        else:
            self._passages.keep_only(name, passages_of(product))
        self._references.keep_files_of(self._products.all())
        self._layout.unfinished.unlink(missing_ok=True)

    def _sweep_unfinished(self) -> None:
        if self._layout.unfinished.exists():
            self._sweep(str(read_json(self._layout.unfinished).get("product", "")))


def open_store(
    home: Path, *, embedding: Embedding | None = None, encoder: PictureEmbedder | None = None
) -> KnowledgeStore:
    """Open what a home knows, making it where there is nothing yet.

    Args:
        home: its folder; this process owns it until the store is closed.
        embedding: of knowledge.embeddings.table; None for the offline one.
        encoder: sees pictures as wholes; None leaves nearest references to layout alone.

    Raises:
        KnowledgeError: another process owns the home, it cannot be written, or its store is
            broken, of another version or built with another embedding.
    """
    embedding = embedding or HashingEmbedding()
    ownership = own_home(home)
    try:
        layout = prepare_layout(home / "knowledge", embedding=embedding.name)
        return KnowledgeStore(layout, ownership, open_rows(layout), embedding, encoder)
    except BaseException:
        ownership.release()
        raise
