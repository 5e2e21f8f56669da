"""A drawn portrait for the face of a simulated card: obviously nobody, and different for each.

It is drawn large and made small, which smooths the edges. What makes it this person's comes from
a seed, age and sex, so that the same person always looks the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 240, 320
"""Pixels of the photo."""
MARK = "模擬"
_SCALE = 4
_PAPER, _LINE, _WHITE = 232, 70, 250
_OLD, _CHILD = 62, 13


@dataclass(frozen=True)
class Sitter:
    """Who is drawn."""

    seed: str
    age: int
    female: bool


def draw_portrait(sitter: Sitter, font: Path) -> Image.Image:
    """Draw a portrait in grey, 240 by 320 pixels, marked 模擬."""
    picture = _Picture(sitter)
    picture.draw()
    image = picture.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return _marked(image, font)


class _Picture:
    """A drawing in hand, in units of the finished photo's pixels."""

    def __init__(self, sitter: Sitter) -> None:
        choose = random.Random(sitter.seed)  # noqa: S311 - a face, not a secret
        self.sitter = sitter
        self.image = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE), _PAPER)
        self.pen = ImageDraw.Draw(self.image)
        child = sitter.age < _CHILD
        self.skin = choose.randint(206, 226)
        self.shade = self.skin - 22
        self.hair = choose.randint(150, 190) if sitter.age >= _OLD else choose.randint(32, 62)
        self.cloth = choose.randint(60, 150)
        self.face_width = choose.randint(46, 52) + (4 if child else 0)
        self.face_height = choose.randint(60, 66) - (6 if child else 0)
        self.eye_gap = choose.randint(20, 24)
        self.eye_size = 7 if child else choose.randint(5, 6)
        self.glasses = not child and choose.random() < (0.6 if sitter.age >= _OLD else 0.3)
        self.fringe = choose.randint(0, 2)
        self.long_hair = sitter.female and choose.random() < 0.75
        self.middle, self.eyes_at = WIDTH // 2, 138

    def draw(self) -> None:
        """Draw from the back to the front."""
        self._backdrop()
        self._hair_behind()
        self._shoulders()
        self._head()
        self._hair_in_front()
        self._features()
        if self.glasses:
            self._draw_glasses()

    def _oval(self, x: float, y: float, across: float, down: float, fill: int) -> None:
        self.pen.ellipse(self._box(x, y, across, down), fill=fill)

    def _box(self, x: float, y: float, across: float, down: float) -> tuple[float, ...]:
        return tuple(_SCALE * edge for edge in (x - across, y - down, x + across, y + down))

    def _shape(self, *points: tuple[float, float], fill: int) -> None:
        self.pen.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=fill)

    def _arc(self, box: tuple[float, ...], start: int, end: int, grey: int, width: float) -> None:
        self.pen.arc(box, start, end, fill=grey, width=round(width * _SCALE))

    def _backdrop(self) -> None:
        for row in range(HEIGHT * _SCALE):
            grey = _PAPER + 12 - 34 * row // (HEIGHT * _SCALE)
            self.pen.line(((0, row), (WIDTH * _SCALE, row)), fill=grey)

    def _hair_behind(self) -> None:
        across, down = self.face_width + 12, self.face_height + 12
        if self.long_hair:
            self._oval(self.middle, self.eyes_at + 4, across + 3, down + 6, self.hair)
            self.pen.rounded_rectangle(
                tuple(
                    _SCALE * edge
                    for edge in (self.middle - across - 3, 140, self.middle + across + 3, 262)
                ),
                radius=26 * _SCALE,
                fill=self.hair,
            )
        else:
            self._oval(self.middle, self.eyes_at - 8, across - 1, down - 2, self.hair)

    def _shoulders(self) -> None:
        child = self.sitter.age < _CHILD
        broad = 78 if child else 96 if self.sitter.female else 106
        self._oval(self.middle, 322, broad, 84 if child else 92, self.cloth)
        self._shape(
            (self.middle - 22, 165), (self.middle + 22, 165),
            (self.middle + 27, 246), (self.middle - 27, 246),
            fill=self.shade,
        )  # fmt: skip
        self._oval(self.middle, 244, 27, 16, self.shade)
        if self.sitter.female or child:
            self._oval(self.middle, 240, 24, 14, self.shade)
            self._arc(self._box(self.middle, 240, 28, 19), 0, 180, _WHITE, 4)
            return
        for side in (-1, 1):
            self._shape(
                (self.middle + side * 27, 228), (self.middle + side * 40, 246),
                (self.middle + side * 14, 274), (self.middle, 252),
                fill=_WHITE,
            )  # fmt: skip
        self._shape(
            (self.middle - 7, 254), (self.middle + 7, 254), (self.middle + 11, 320),
            (self.middle - 11, 320),
            fill=max(self.cloth - 50, 20),
        )  # fmt: skip

    def _head(self) -> None:
        for side in (-1, 1):
            self._oval(self.middle + side * self.face_width, self.eyes_at + 10, 9, 15, self.shade)
        self._oval(self.middle, self.eyes_at, self.face_width, self.face_height, self.skin)
        jaw = self.face_width - (9 if self.sitter.female else 4)
        self._oval(self.middle, self.eyes_at + 28, jaw, self.face_height - 22, self.skin)

    def _hair_in_front(self) -> None:
        top = self.eyes_at - self.face_height
        across = self.face_width + 3
        if self.sitter.age >= _OLD and not self.sitter.female:
            for side in (-1, 1):
                self._oval(self.middle + side * across, self.eyes_at - 20, 9, 26, self.hair)
            return
        box = self._box(self.middle, self.eyes_at - 4, across + 2, self.face_height + 6)
        self.pen.chord(box, 198, 342, fill=self.hair)
        if self.fringe == 0:
            self._shape(
                (self.middle - across, top + 26), (self.middle + across, top + 26),
                (self.middle + across - 6, top + 58), (self.middle - 12, top + 36),
                (self.middle - across + 4, top + 62),
                fill=self.hair,
            )  # fmt: skip
        elif self.fringe == 1:
            self._oval(self.middle - 22, top + 28, 34, 22, self.hair)
            self._oval(self.middle + 28, top + 28, 28, 22, self.hair)
        else:
            for place in range(-36, 37, 12):
                self._oval(self.middle + place, top + 36 - abs(place) // 6, 9, 14, self.hair)

    def _features(self) -> None:
        old = self.sitter.age >= _OLD
        for side in (-1, 1):
            x, y = self.middle + side * self.eye_gap, self.eyes_at + 6
            self._arc(self._box(x, y - 12, 12, 6), 200, 340, max(self.hair - 10, 25), 3)
            self._oval(x, y, self.eye_size + 4, self.eye_size, _WHITE)
            self._oval(x, y, self.eye_size, self.eye_size, 38)
            self._oval(x + 2, y - 2, 1.8, 1.8, _WHITE)
            self._arc(self._box(x, y + 1, self.eye_size + 5, self.eye_size + 2), 190, 350, 50, 2)
            self._oval(x + side * 6, y + 24, 10, 6, self.skin - 10)
            if old:
                self._arc(self._box(x, y + 9, 12, 5), 20, 160, self.shade, 1.5)
                lines = self._box(self.middle + side * 20, y + 38, 8, 20)
                self._arc(lines, *((110, 190) if side > 0 else (350, 70)), self.shade, 1.5)
        self._arc(self._box(self.middle, self.eyes_at + 26, 7, 6), 20, 160, self.shade - 30, 2)
        smile = self._box(self.middle, self.eyes_at + 44, 17, 9)
        self._arc(smile, 20, 160, 110 if self.sitter.female else _LINE + 50, 3.2)

    def _draw_glasses(self) -> None:
        for side in (-1, 1):
            x = self.middle + side * self.eye_gap
            self._arc(self._box(x, self.eyes_at + 7, 16, 13), 0, 360, _LINE, 2.2)
            self.pen.line(
                [
                    (_SCALE * (x + side * 16), _SCALE * (self.eyes_at + 5)),
                    (_SCALE * (self.middle + side * self.face_width), _SCALE * (self.eyes_at + 2)),
                ],
                fill=_LINE,
                width=2 * _SCALE,
            )
        self._arc(self._box(self.middle, self.eyes_at + 8, 6, 5), 200, 340, _LINE, 2.2)


def _marked(image: Image.Image, font: Path) -> Image.Image:
    """Write 模擬 across the picture, faintly, and plainly at its foot."""
    faint = Image.new("L", image.size, 0)
    ImageDraw.Draw(faint).text(
        (WIDTH // 2, 92), MARK, fill=58, font=ImageFont.truetype(font, 104), anchor="mm"
    )
    image.paste(255, mask=faint.rotate(24, resample=Image.Resampling.BICUBIC))
    image = image.filter(ImageFilter.SMOOTH)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, HEIGHT - 30, WIDTH, HEIGHT), fill=40)
    pen.text(
        (WIDTH // 2, HEIGHT - 15),
        f"{MARK} SIMULATION",
        fill=_WHITE,
        font=ImageFont.truetype(font, 18),
        anchor="mm",
    )
    return image
