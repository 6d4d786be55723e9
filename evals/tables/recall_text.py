"""Recall of rules, failure modes and notes by question. Knows no pictures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from evals.tables.queries import QUERY_FILES, QuerySet, load_queries, resolved_id
from evals.tables.recall_figures import KS, LOUPE, Ranking, measure_chance, measure_recall
from evals.tables.records import Measure

if TYPE_CHECKING:
    from knowledge.records import Product
    from knowledge.store import KnowledgeStore

WORDS = "shared words alone (BM25)"

_KIND_NAMES = {"rule": "rules", "failure_mode": "failure modes", "note": "notes"}


def measure_text(store: "KnowledgeStore") -> Iterator[Measure]:
    """Questions of the committed query sets, each kind searched among its own passages."""
    for path in QUERY_FILES:
        queries = load_queries(path)
        product = store.product(queries.product)
        for kind in dict.fromkeys(query.kind for query in queries.queries):
            subject = f"{_KIND_NAMES[kind]} of {product.name}, by text"
            loupe = _asked(store, queries, product, kind)
            yield from measure_recall(subject, loupe, method=LOUPE)
            yield from measure_recall(subject, _by_words(queries, product, kind), method=WORDS)
            yield from measure_chance(subject, len(_texts(product, kind)), n=len(loupe.expected))


def _asked(store: "KnowledgeStore", queries: QuerySet, product: "Product", kind: str) -> Ranking:
    asked = [query for query in queries.queries if query.kind == kind]
    found = [
        store.look_up(query.text, product=product.name, kinds=(kind,), k=max(KS)) for query in asked
    ]
    return Ranking(
        [resolved_id(query, product) for query in asked],
        [[passage.id for passage in passages] for passages in found],
    )


def _by_words(queries: QuerySet, product: "Product", kind: str) -> Ranking:
    from knowledge.lexical import Bm25

    texts = _texts(product, kind)
    ids = list(texts)
    index = Bm25(list(texts.values()))
    asked = [query for query in queries.queries if query.kind == kind]
    ranked = []
    for query in asked:
        scores = np.asarray(index.scores(query.text))
        order = np.argsort(-scores, kind="stable")
        ranked.append([ids[i] for i in order if scores[i] > 0])
    return Ranking([resolved_id(query, product) for query in asked], ranked)


def _texts(product: "Product", kind: str) -> dict[str, str]:
    from knowledge.passages import passages_of

    return {p.id: p.text for p in passages_of(product) if p.kind == kind}
