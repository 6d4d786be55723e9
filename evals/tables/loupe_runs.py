"""What Loupe says of the shared sets, asked through its command line. Knows no figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.datasets import ImageSet, Split, TemplatePair
from evals.tables.command_line import CommandLine
from evals.tables.pcb_pictures import PcbPicture
from evals.tables.product_folders import write_product
from evals.tables.provenance import source_digest
from graphs.records import Inspection

Report = Callable[[str], None]

PCB = "deeppcb"


@dataclass(frozen=True, kw_only=True)
class LoupeRuns:
    """Product folders, a home and the inspections, kept under the digest of the code."""

    work_dir: Path
    seed: int
    report: Report

    def inspect_pcb(
        self,
        pairs: Sequence[TemplatePair],
        pictures: Sequence[PcbPicture],
        *,
        omit_modes: Sequence[str] = (),
    ) -> list[Inspection]:
        """One inspection per picture, every template a reference of its place.

        Args:
            pairs: of the templates.
            pictures: to inspect.
            omit_modes: ids of failure modes that the product's FMEA is to lack.
        """
        found = self._inspect(
            PCB,
            references=[pair.template_path for pair in pairs],
            paths=[picture.path for picture in pictures],
            key="".join(["all", *(f"-{mode}" for mode in omit_modes)]),
            omit_modes=omit_modes,
        )
        return [found[picture.path] for picture in pictures]

    def inspect_split(self, image_set: ImageSet, split: Split) -> list[Inspection]:
        """One inspection per test picture of a draw, in the split's order."""
        paths = [image_set.samples[index].path.resolve() for index in split.test_indices]
        found = self._inspect(
            image_set.name,
            references=[image_set.samples[index].path for index in split.reference_indices],
            paths=paths,
            key=f"draw{split.draw}",
        )
        return [found[path] for path in paths]

    def _inspect(
        self,
        product: str,
        *,
        references: Sequence[Path],
        paths: Sequence[Path],
        key: str,
        omit_modes: Sequence[str] = (),
    ) -> dict[Path, Inspection]:
        name = f"{product}-{key}-{self.seed}-{source_digest()}"
        self.report(f"{product}: {len(paths)} pictures through `loupe inspect`")
        command_line = CommandLine(self.work_dir / "homes" / name)
        folder = write_product(
            self.work_dir / "products" / name,
            product,
            references=references,
            omit_modes=omit_modes,
        )
        out = self.work_dir / "inspections" / f"{name}.jsonl"
        out.parent.mkdir(parents=True, exist_ok=True)
        command_line.add_product(folder)
        return command_line.inspect(
            paths, product=product, options=["--seed", str(self.seed)], out=out
        )
