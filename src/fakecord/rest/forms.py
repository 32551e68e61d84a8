"""Bodies of requests, and what Discord says of a wrong one (50035)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from fakecord.entities import Json, Overwrite
from fakecord.errors import Complaint, InvalidForm


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


# Some libraries write ids as numbers; bits come as text or as numbers.
Id = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d{1,20}$")]
Bits = Annotated[int, Field(ge=0, lt=1 << 64)]


class Form(BaseModel):
    """A field nobody knows is refused: a silent 200 would hide a typing error."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> Json:
        """The fields that were sent, null or not."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class OverwriteForm(Form):
    id: Id
    type: int = Field(ge=0, le=1)
    allow: Bits | None = None
    deny: Bits | None = None

    def overwrite(self) -> Overwrite:
        return Overwrite(id=self.id, type=self.type, allow=self.allow or 0, deny=self.deny or 0)


def read(adapter: TypeAdapter[Any], body: object) -> Any:
    """*body* as the type of *adapter*, or 50035 with each complaint at its place."""
    try:
        return adapter.validate_python(body)
    except ValidationError as error:
        raise InvalidForm(_complaints(error.errors())) from error


def _complaints(errors: Sequence[ErrorDetails]) -> list[Complaint]:
    return [Complaint(_path(error["loc"]), *_words(error)) for error in errors]


def _path(loc: Sequence[int | str]) -> tuple[int | str, ...]:
    # pydantic names the members of a union ("int", "constrained-str"); Discord does not.
    return tuple(step for step in loc if isinstance(step, int) or step.isidentifier())


def _words(error: ErrorDetails) -> tuple[str, str]:
    kind, facts = error["type"], error.get("ctx") or {}
    match kind:
        case "missing":
            return "BASE_TYPE_REQUIRED", "This field is required"
        case "extra_forbidden":
            return "UNKNOWN_FIELD", f"There is no field {error['loc'][-1]!r} here."
        case "string_too_long" | "too_long":
            return _length("or fewer in length.", facts.get("max_length"))
        case "string_too_short" | "too_short":
            return _length("or more in length.", facts.get("min_length"))
        case "less_than_equal" | "less_than":
            return "NUMBER_TYPE_MAX", f"int value should be less than or equal to {_bound(facts)}."
        case "greater_than_equal" | "greater_than":
            return (
                "NUMBER_TYPE_MIN",
                f"int value should be greater than or equal to {_bound(facts)}.",
            )
        case "enum" | "literal_error":
            return "BASE_TYPE_CHOICES", f"Value must be one of {facts.get('expected')}."
        case "string_pattern_mismatch":
            return "NUMBER_TYPE_COERCE", f"Value {error['input']!r} is not snowflake."
        case _ if kind.startswith(("int", "float")):
            return "NUMBER_TYPE_COERCE", f"Value {error['input']!r} is not int."
        case _:
            return "BASE_TYPE_BAD_TYPE", error["msg"]


def _length(end: str, length: Any) -> tuple[str, str]:
    return "BASE_TYPE_BAD_LENGTH", f"Must be {length} {end}"


def _bound(facts: dict[str, Any]) -> Any:
    return next(iter(facts.values()), "?")
