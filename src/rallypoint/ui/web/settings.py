"""What the features let be set, as a form: each value with where it comes from, and the way back to that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from fastapi import Request
from pydantic import BaseModel

from . import forms
from .forms import Field, Picks
from .languages import N_

Models = Mapping[str, type[BaseModel]]


class Counts(Protocol):
    """What counts in one place."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def origin(self) -> str:
        """`default`, `program`, `guild` or `channel`."""


@dataclass(frozen=True, slots=True)
class Setting:
    field: Field
    origin: str


@dataclass(frozen=True, slots=True)
class Group:
    """*title* is marked with `N_`."""

    name: str
    title: str
    settings: Sequence[Setting]


@dataclass(frozen=True, slots=True)
class Topic:
    """Some settings that belong together."""

    name: str
    title: str
    keys: Sequence[str]


TITLES: Mapping[str, str] = {
    "rooms": N_("Rooms"),
    "sessions": N_("Personal sessions"),
    "lanes": N_("Session lanes"),
    "presence": N_("Voice record"),
    "schedules": N_("Schedules"),
    "guilds": N_("People and records"),
    "deliveries": N_("Deliveries"),
    "upkeep": N_("Housekeeping"),
}
"""Of the features, in the order in which they are shown; those that are not named come behind."""


def topics_of(models: Models, keys: Collection[str]) -> list[Topic]:
    """One for each feature."""
    known = {
        name: [each for each in keys if each.startswith(f"{name}.")]
        for name in sorted(models, key=lambda name: [*TITLES, name].index(name))
    }
    return [
        Topic(name, TITLES.get(name, name.replace("_", " ").capitalize()), of_feature)
        for name, of_feature in known.items()
        if of_feature
    ]


@dataclass(frozen=True, slots=True)
class Sheet:
    """*models*: all there are. *topics*: what is shown of them."""

    models: Models
    topics: Sequence[Topic]
    picks: Picks

    async def typed(self, request: Request) -> Mapping[str, Field]:
        """By key; what was not sent is not among them."""
        async with request.form(max_files=0, max_fields=1000) as sent:
            return {
                name: forms.with_typed(each, sent)
                for name, each in self._fields({}).items()
                if name in sent
            }

    def groups(
        self,
        counting: Iterable[Counts],
        *,
        typed: Mapping[str, Field] | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> list[Group]:
        """*typed*: what stays in the fields. *wrong*: key → why it was not taken."""
        counts = {each.key: each for each in counting}
        fields = self._fields({key: each.value for key, each in counts.items()}) | dict(typed or {})
        why = wrong or {}
        return [
            Group(
                topic.name,
                topic.title,
                [
                    Setting(replace(fields[key], error=why.get(key, "")), counts[key].origin)
                    for key in topic.keys
                ],
            )
            for topic in self.topics
        ]

    def _fields(self, values: Mapping[str, Any]) -> dict[str, Field]:
        shown = {key for topic in self.topics for key in topic.keys}
        found: dict[str, Field] = {}
        for name in {key.partition(".")[0] for key in shown}:
            model = self.models[name]
            given = {
                field: values[f"{name}.{field}"]
                for field in model.model_fields
                if f"{name}.{field}" in values
            }
            form = forms.form_of(model, given, picks=self.picks, prefix=f"{name}.")
            found |= {each.name: each for each in form.fields if each.name in shown}
        return found


def raw(typed: Mapping[str, Field]) -> dict[str, object]:
    """For the use case that sets them."""
    return {name: forms.raw(each) for name, each in typed.items()}
