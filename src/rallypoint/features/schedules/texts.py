from __future__ import annotations

REFUSALS = {
    "interval_too_short": "Choose an interval of at least {shortest}.",
    "interval_too_long": "Choose an interval of at most {longest}.",
    "interval_not_a_number": "`{given}` is no length of time. Write seconds, such as `3600`.",
    "cron_invalid": "`{expression}` is no cron expression: {why}. Write five fields, such as `0 3 * * *`.",
    "cron_never": "`{expression}` names a time that never comes.",
    "zone_unknown": "There is no time zone `{zone}`. Did you mean `{nearest}`?",
    "once_passed": "That moment has passed. Choose a later one.",
    "moment_without_zone": "`{given}` does not say in which zone. Add an offset, such as `+00:00`.",
    "recurrence_unknown": "A newer version wrote this schedule (`{how}`). Update this one.",
    "schedule_unknown": "There is no schedule `{schedule}`. See `rallypoint schedules list`.",
    "schedule_kind_unknown": "There is no task `{kind}` to schedule here.",
    "schedule_name_invalid": "Choose a name of 1 to {most} characters.",
    "too_many_schedules": "This server has its {most} schedules. Remove one first.",
    "config_invalid": "`{field}` does not fit: {why}.",
    "attempts_out_of_range": "Choose 1 to {most} attempts.",
    "timeout_out_of_range": "Choose a time limit of 1 s to {longest}.",
    "builtin_stays": "`{name}` belongs to the program. Pause it instead.",
    "backup_needs_pg_dump": "pg_dump is not installed here. Install PostgreSQL's client programs.",
}
