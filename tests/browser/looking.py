"""What a person sees on a page: screenshots as arrays, and colours near a place."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Page

Picture = NDArray[np.int16]


async def look(page: Page) -> Picture:
    """Give the page as int16 [height, width, 3], 0..255."""
    with Image.open(io.BytesIO(await page.screenshot())) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def near(picture: Picture, screen: tuple[float, float], reach: int = 12) -> Picture:
    """Give the pixels within `reach` of a place, [n, 3]."""
    x, y = (round(value) for value in screen)
    window = picture[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    return window.reshape(-1, 3)


async def handle(page: Page) -> dict[str, Any]:
    """Give the page's debug handle."""
    found: dict[str, Any] = await page.evaluate("({...window.figurant})")
    return found


async def until(page: Page, condition: str, seconds: float = 15) -> None:
    """Wait until a JavaScript expression about `figurant` holds."""
    await page.wait_for_function(
        f"() => {{ const f = window.figurant; return {condition}; }}", timeout=seconds * 1000
    )
