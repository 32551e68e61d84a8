from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import bot, service

feature = Feature(
    name="presence", cogs=[bot.Voice], figures=service.figures, retention=service.forget_old
)
