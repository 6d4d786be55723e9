"""The nodes of the inspection graph, one file each."""

from graphs.inspection.nodes.act import act
from graphs.inspection.nodes.ask import ask
from graphs.inspection.nodes.judge import judge
from graphs.inspection.nodes.load import load
from graphs.inspection.nodes.look import look
from graphs.inspection.nodes.recall import recall
from graphs.inspection.nodes.record import record
from graphs.inspection.nodes.survey import survey

__all__ = ["act", "ask", "judge", "load", "look", "recall", "record", "survey"]
