"""The products of a store: what they are called and which state of each is valid.

A product's row is the pointer: what it does not name is not part of the product, whatever else
the other collections hold. Knows no retrieval.
"""

from __future__ import annotations

from pydantic import ValidationError

from knowledge.chroma import Row, Rows
from knowledge.folder.problems import nearest_word
from knowledge.records import Product
from tools.errors import KnowledgeError


class ProductRows:
    """All products, read once: their only writer is this process."""

    def __init__(self, rows: Rows) -> None:
        """Read every product."""
        self._rows = rows
        self._products = {row.id: _product(row, rows) for row in rows.get()}

    def all(self) -> list[Product]:
        """Every product by name."""
        return [product for _, product in sorted(self._products.items())]

    def get(self, name: str) -> Product | None:
        """The product of exactly this name."""
        return self._products.get(name)

    def named(self, name: str) -> Product:
        """The product of a name or alias, whatever its case.

        Raises:
            KnowledgeError: names the known ones.
        """
        if name in self._products:
            return self._products[name]
        for product in self.all():
            if name.casefold() in _calls(product):
                return product
        known = ", ".join(sorted(self._products))
        if not known:
            raise KnowledgeError(
                f"no product {name!r}: none is known yet; add one with `loupe knowledge add FOLDER`"
            )
        hint = nearest_word(name, self._products)
        raise KnowledgeError(f"no product {name!r}{hint}; known: {known}")

    def check_names(self, product: Product) -> None:
        """Refuse a product that is called like another one.

        Raises:
            KnowledgeError: names both.
        """
        for other in self.all():
            shared = sorted(_calls(product) & _calls(other))
            if other.name != product.name and shared:
                raise KnowledgeError(
                    f"product {product.name!r} cannot be called {shared[0]!r}: product "
                    f"{other.name!r} is; change the name or alias in product.yaml"
                )

    def put(self, product: Product) -> None:
        """Make this the valid state of the product, at once."""
        metadata: dict[str, str | int | float | bool] = {"digest": product.digest}
        self._rows.put([Row(product.name, product.model_dump_json(), metadata)])
        self._products[product.name] = product

    def remove(self, name: str) -> None:
        """Forget the product, at once."""
        self._rows.delete([name])
        del self._products[name]


def _calls(product: Product) -> set[str]:
    return {call.casefold() for call in (product.name, *product.aliases)}


def _product(row: Row, rows: Rows) -> Product:
    try:
        return Product.model_validate_json(row.document)
    except ValidationError as error:
        raise KnowledgeError(
            f"{rows.place}: product {row.id!r} cannot be read; move the folder away and add the "
            "products again"
        ) from error
