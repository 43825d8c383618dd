"""Invented names. They carry é, ñ and ü to try encodings."""

from .seed import rng_for, words

HEADS = words("k v t l r m s d n z p sh br tr gr dr kl vr h")
VOWELS = words("a e i o u a e o")
MIDDLES = words("rv l nd m st rr v sk lm r zd nt shk br ld rn ml vr")
TAILS: dict[str, list[str]] = {
    "place": words("ela una ovar enka ira ost umé añe ür essa ond avi umar eth ovin elle ast"),
    "river": words("une ara ush éla ümo iñe oru esh ava olu"),
    "hill": words("ogar umat éron akh ovar añur andor eth üren osk"),
    "firm": words("andel eron ivex orium axa evane urion ondra ellis ovant"),
}
# Real places that the syllables would spell.
BARRED = {"Korela", "Vilela", "Kerür", "Lestür", "Namür", "Kemakh", "Mureth"}


class NameMaker:
    """Invented names of one style, none given twice."""

    def __init__(self) -> None:
        """Start from the seed."""
        self.rng = rng_for("names land")
        self.given: set[str] = set(BARRED)

    def make(self, kind: str) -> str:
        """A new name of a kind: place, river, hill or firm."""
        while True:
            parts = [HEADS, VOWELS, MIDDLES, TAILS[kind]]
            name = "".join(p[int(self.rng.integers(len(p)))] for p in parts).capitalize()
            if name not in self.given:
                self.given.add(name)
                return name
