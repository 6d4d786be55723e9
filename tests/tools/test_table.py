from __future__ import annotations

import subprocess
import sys

from pydantic import BaseModel

from tools.table import TOOLS


def test_every_tool_stands_under_its_own_name() -> None:
    assert {name: tool.name for name, tool in TOOLS.items()} == {name: name for name in TOOLS}


def test_the_tools_of_the_image_modality_are_there() -> None:
    assert {"mark", "zoom", "score", "measure", "look_up", "submit"} <= set(TOOLS)


def test_every_tool_says_what_it_is_for_what_it_takes_and_what_it_costs() -> None:
    for tool in TOOLS.values():
        assert tool.description.endswith(".")
        assert issubclass(tool.arguments, BaseModel)
        schema = tool.arguments.model_json_schema()
        assert schema["additionalProperties"] is False
        assert tool.cost_s >= 0


def test_importing_the_table_loads_nothing_heavy() -> None:
    heavy = "torch skimage scipy matplotlib transformers chromadb langgraph"
    program = f"import sys, tools.table; print([m for m in {heavy.split()} if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
