"""The colours can be read, and told apart, by people who see few of them."""

from __future__ import annotations

import pytest

from workbook.sheets import style

# Viénot, Brettel and Mollon (1999), "Digital video colourmaps for checking the legibility of displays by dichromats":
# how linear RGB looks to somebody without the green, or without the red, receptors.
DEUTERANOPIA = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))
PROTANOPIA = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
EVERYBODY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
WHITE = "FFFFFF"


def linear(colour: str) -> list[float]:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def luminance(colour: str, eyes: tuple[tuple[float, ...], ...] = EVERYBODY) -> float:
    """Relative luminance, 0 to 1 (WCAG 2)."""
    seen = [sum(weight * share for weight, share in zip(row, linear(colour), strict=True)) for row in eyes]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), seen, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lightness(colour: str, eyes: tuple[tuple[float, ...], ...]) -> float:
    """CIE L*, 0 to 100."""
    return float(116 * luminance(colour, eyes) ** (1 / 3) - 16)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (style.INK, WHITE),
        (style.QUIET_INK, WHITE),
        (style.ACCENT, WHITE),
        (style.DONE_INK, WHITE),
        (WHITE, style.ACCENT),
        (WHITE, style.SOFT_ACCENT),
        (WHITE, style.OWN_HEADER),
        (style.INK, style.PALE_ACCENT),
        (style.QUIET_INK, style.PALE_ACCENT),
        (style.ERROR_INK, style.ERROR_FILL),
        (style.WARNING_INK, style.WARNING_FILL),
    ],
)
def test_every_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("eyes", [EVERYBODY, DEUTERANOPIA, PROTANOPIA], ids=["all", "deuteranopia", "protanopia"])
def test_error_warning_and_paper_differ_in_lightness_alone(eyes: tuple[tuple[float, ...], ...]) -> None:
    error, warning, paper = (lightness(one, eyes) for one in (style.ERROR_FILL, style.WARNING_FILL, WHITE))
    assert error + 12 < warning < paper


@pytest.mark.parametrize("eyes", [EVERYBODY, DEUTERANOPIA, PROTANOPIA], ids=["all", "deuteranopia", "protanopia"])
def test_the_two_parts_of_a_bar_differ_in_lightness_alone(eyes: tuple[tuple[float, ...], ...]) -> None:
    assert lightness(style.LIGHT_ACCENT, eyes) - lightness(style.ACCENT, eyes) > 40


def test_an_error_and_a_warning_differ_without_any_colour() -> None:
    error, warning = style.error_look("A1=1").dxf, style.warning_look("A1=1").dxf
    assert [error.border.left.style, warning.border.left.style] == ["thin", "dashed"]
    assert [error.font.b, warning.font.b] == [True, False]
