from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import bot, texts, web

feature = Feature(
    name="whereabouts",
    cogs=[bot.VoiceCommands],
    routers=[web.routes],
    refusals=texts.REFUSALS,
)
