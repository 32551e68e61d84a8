"""A row of another program's `voice_sessions` table: ids as numbers or text, times as ISO 8601 (UTC unless they say
otherwise) or seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rallypoint.kernel.errors import Refused

Id = Annotated[int, Field(ge=1, lt=1 << 63)]
Moment = Annotated[
    datetime,
    AfterValidator(lambda moment: moment if moment.tzinfo else moment.replace(tzinfo=UTC)),
]


class Old(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: Id
    user_id: Id
    guild_id: Id
    channel_id: Id
    created_at: Moment
    ended_at: Moment | None

    @property
    def source(self) -> str:
        """The same each time it is read."""
        return f"voice_sessions:{self.channel_id}:{self.id}"


def read(row: Mapping[str, Any]) -> Old:
    """Raise Refused, naming the row and the column that cannot be."""
    column = "ended_at"
    try:
        old = Old.model_validate(row)
        if old.ended_at is None or old.created_at <= old.ended_at:
            return old
    except ValidationError as error:
        column = str(error.errors()[0]["loc"][0])
    raise Refused("import_row", row=row["id"], column=column, value=repr(row[column])[:60])
