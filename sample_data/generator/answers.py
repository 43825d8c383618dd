"""Answers of three values, and a fourth for what lies too near a threshold to be told."""

from collections.abc import Iterable
from enum import Enum


class Answer(Enum):
    """Whether something holds. UNKNOWN: the data cannot say; UNSURE: rounding would decide."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    UNSURE = "unsure"


YES, NO, UNKNOWN, UNSURE = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.UNSURE
NEAR = 0.005  # of a threshold, within which rounding may decide


def told(holds: bool) -> Answer:
    """Yes or no."""
    return YES if holds else NO


def all_of(answers: Iterable[Answer]) -> Answer:
    """Yes where all hold; one no settles it."""
    return settled(answers, NO, YES)


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes where one holds; no where none does."""
    return settled(answers, YES, NO)


def settled(answers: Iterable[Answer], by: Answer, otherwise: Answer) -> Answer:
    """One answer that settles it, else what keeps it open, else the other."""
    found = set(answers)
    return next((a for a in (by, UNSURE, UNKNOWN) if a in found), otherwise)


def at_least(value: float, threshold: float, near: float | None = None) -> Answer:
    """Whether a number reaches a threshold; unsure within `near`, half a per cent if not told."""
    margin = NEAR * abs(threshold) if near is None else near
    return UNSURE if abs(value - threshold) < margin else told(value >= threshold)
