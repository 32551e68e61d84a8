"""Names for rooms that nobody named: short, speakable, and harmless in a family's channel list."""

from __future__ import annotations

_FIRST = """
    Amber Ashen Azure Bold Brisk Bronze Calm Cedar Copper Coral Crimson Crystal Dapper Dusky Eager Ember Fabled
    Frosty Gentle Gilded Golden Hidden Humble Indigo Ivory Jade Jolly Lively Lucky Lunar Merry Misty Nimble Noble
    Opal Quiet Rapid Rustic Scarlet Silver Solar Stormy Sunny Swift Velvet Verdant Vivid Wandering Wild Witty
"""
_SECOND = """
    Badger Beacon Bison Condor Cougar Crane Dolphin Dragon Eagle Falcon Ferret Fox Gecko Griffin Harbor Hawk Heron
    Ibex Jackal Kestrel Lantern Lynx Mantis Marlin Meadow Mongoose Moose Narwhal Ocelot Orca Osprey Otter Owl Panda
    Panther Pelican Phoenix Puffin Raven Robin Salmon Sparrow Summit Tiger Toucan Turtle Viper Walrus Wolf Wren
"""

CODENAMES: tuple[str, ...] = tuple(
    f"{first} {second}" for first in _FIRST.split() for second in _SECOND.split()
)
