"""Which parts a right control board has, and where they sit, in board pixels."""

from evals.samples.surface import Placed

SCREWS = ((88, 96), (680, 96), (88, 384), (680, 384), (88, 672), (680, 672))
SPARE_PADS = ((590.0, 478.0), (590.0, 510.0))
"""Footprints that stay empty on this variant."""
HEADER_XY = (384.0, 652.0)


def layout() -> list[Placed]:
    """Every part of a right board, in the order in which it is drawn."""
    parts = [
        Placed("label", "label", 510, 112, text="LCB-204|SN 2607-01482"),
        Placed("terminal", "terminal", 256, 116),
        Placed("mcu", "chip", 384, 346, text="MX32F407|VGT6  2611|KOR 98"),
        Placed("crystal", "crystal", 384, 482, text="16.000 H4"),
        Placed("housing", "housing", *HEADER_XY),
    ]
    parts += [Placed(f"pin_{k + 1}", "pin", pin_x(k), HEADER_XY[1]) for k in range(10)]
    parts += [Placed(f"screw_{k + 1}", "screw", x, y) for k, (x, y) in enumerate(SCREWS)]
    parts += [
        Placed(f"capacitor_{k + 1}", "capacitor", 190, 246 + 88 * k, text="100 35V")
        for k in range(4)
    ]
    parts += [
        Placed("driver_1", "soic", 570, 252, text="DRV8871|24A P1"),
        Placed("driver_2", "soic", 570, 340, text="DRV8871|24A P1"),
    ]
    codes = ("103", "472", "103", "220", "472", "103", "220", "103")
    parts += [
        Placed(f"resistor_{k + 1}", "resistor", 256 + 82 * (k % 4), 546 + 34 * (k // 4), text=code)
        for k, code in enumerate(codes)
    ]
    spots = ((296, 224), (384, 224), (472, 224), (570, 406), (590, 440), (584, 546), (584, 580))
    parts += [Placed(f"ceramic_{k + 1}", "ceramic", x, y) for k, (x, y) in enumerate(spots)]
    return parts


def pin_x(k: int) -> float:
    """Where pin k (from 0) of the header stands."""
    return HEADER_XY[0] + (k - 4.5) * 25.4
