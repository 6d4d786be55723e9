from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.product_folder import read_product_folder
from tools.errors import KnowledgeError


def pdf_of(text: str) -> bytes:
    """A page of one line, as small as PDF can be."""
    content = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(data)
    data += b"xref\n0 6\n0000000000 65535 f \n" + table
    return data + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def test_a_pdf_is_cut_by_page_and_cited_by_page(folder: Path) -> None:
    (folder / "notes" / "standard.pdf").write_bytes(pdf_of("Burrs above 0.1 mm are defects."))
    note = read_product_folder(folder).product.notes[0]
    assert (note.id, note.source) == ("standard.pdf:page-1", "notes/standard.pdf, page 1")
    assert note.text == "Burrs above 0.1 mm are defects."


def test_a_pdf_without_text_is_told(folder: Path) -> None:
    (folder / "notes" / "scan.pdf").write_bytes(pdf_of(""))
    with pytest.raises(KnowledgeError, match=r"scan\.pdf: holds no text"):
        read_product_folder(folder)
