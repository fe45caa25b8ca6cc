"""Four clearly different photos of the demo's dress, drawn on the spot."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

SIZE = (1200, 1600)
PALETTES = (
    ((236, 240, 247), (61, 110, 186)),
    ((250, 240, 232), (34, 62, 120)),
    ((229, 241, 234), (122, 163, 214)),
    ((244, 236, 246), (20, 40, 84)),
)


def demo_photos() -> list[bytes]:
    """JPEG bytes, front, back, detail and label; the first is the cover."""
    return [_photo(position, *palette) for position, palette in enumerate(PALETTES)]


def _photo(position: int, paper: tuple[int, int, int], cloth: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    if position < 2:
        _dress(draw, cloth, back=position == 1)
    elif position == 2:
        _flowers(draw, cloth)
    else:
        _label(draw, cloth)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _dress(draw: ImageDraw.ImageDraw, cloth: tuple[int, int, int], *, back: bool) -> None:
    lift = 0 if back else 90
    draw.polygon([(440, 260), (600, 330 + lift), (760, 260), (800, 620), (1000, 1420), (200, 1420), (400, 620)], cloth)
    draw.rectangle((400, 600, 800, 660), tuple(c // 2 for c in cloth))
    for row in range(6):
        for column in range(5):
            x, y = 330 + column * 130 + (row % 2) * 50, 760 + row * 105
            draw.ellipse((x - 16, y - 16, x + 16, y + 16), (255, 255, 255))
    if back:
        draw.line((600, 330, 600, 600), (255, 255, 255), 8)


def _flowers(draw: ImageDraw.ImageDraw, cloth: tuple[int, int, int]) -> None:
    draw.rectangle((0, 0, *SIZE), cloth)
    for row in range(5):
        for column in range(4):
            x, y = 180 + column * 280, 200 + row * 300
            for dx, dy in ((0, -60), (60, 0), (0, 60), (-60, 0)):
                draw.ellipse((x + dx - 50, y + dy - 50, x + dx + 50, y + dy + 50), (250, 250, 252))
            draw.ellipse((x - 30, y - 30, x + 30, y + 30), (240, 200, 70))


def _label(draw: ImageDraw.ImageDraw, cloth: tuple[int, int, int]) -> None:
    draw.rectangle((0, 900, 1200, 1600), cloth)
    draw.rectangle((350, 420, 850, 900), (252, 252, 250))
    for line, width in enumerate((360, 300, 220, 300)):
        y = 520 + line * 85
        draw.rectangle((600 - width // 2, y, 600 + width // 2, y + 26), (60, 60, 70))
