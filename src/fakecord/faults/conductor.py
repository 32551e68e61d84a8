"""Carries out a plan: sets its faults, and does what it wants done when its time comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from fakecord.entities import Role
from fakecord.faults.events import EventFault
from fakecord.faults.plan import Moment, Plan, PlanError
from fakecord.faults.requests import Fault
from fakecord.permissions import ALL, Permission
from fakecord.rules import guilds, roles
from fakecord.step import Step
from fakecord.world import GuildState

if TYPE_CHECKING:
    from fakecord.core import Core


@dataclass(frozen=True, slots=True, eq=False)
class Lasting:
    """What a moment brought about, until it is cured."""

    id: str
    moment: Moment
    until: float | None
    """Of the clock; None: until somebody ends it."""
    cure: Callable[[], None]


class Conductor:
    """One plan at a time; a new one ends the one before."""

    def __init__(self, core: Core) -> None:
        self.plan = Plan()
        self._core = core
        self._set: list[Fault] = []
        self._called_off: list[Callable[[], None]] = []
        self._lasting: dict[str, Lasting] = {}
        self._count = 0
        self._acts: dict[str, Callable[[Moment], None]] = {
            "drop": lambda moment: core.gateway.close_all(moment.code),
            "abort": lambda moment: core.gateway.abort_all(),
            "half_open": lambda moment: core.gateway.half_open(),
            "zombie": self._zombie,
            "reconnect": lambda moment: core.gateway.ask_to_reconnect(),
            "invalid": lambda moment: core.gateway.invalidate_all(resumable=moment.resumable),
            "ask_heartbeat": lambda moment: core.gateway.ask_heartbeat(),
            "refuse": lambda moment: core.gateway.refuse(moment.count),
            "outage": self._outage,
            "reset_token": self._reset_token,
            "lose_permission": self._lose_permission,
            "freeze_clock": lambda moment: core.clock.freeze(),
            "move_clock": lambda moment: core.clock.advance(moment.seconds),
        }

    def begin(self, plan: Plan) -> None:
        """PlanError for what can never be; a guild may yet come."""
        for moment in plan.moments:
            self._check(moment)
        self.end()
        self.plan = plan
        self._core.trace.begin(plan.seed)
        began = self._core.now()
        for number, rule in enumerate(plan.requests):
            fault = Fault(**asdict(rule), dice=f"plan {number}")
            self._set.append(self._core.faults.add(fault))
        for each in plan.events:
            self._core.gateway.events.add(EventFault(**asdict(each)))
        for number, moment in enumerate(plan.moments):
            for turn in range(moment.times):
                self._put_down(moment, began + self._offset(number, moment, turn))
        if plan.until is not None:
            self._called_off.append(self._core.agenda.at(began + plan.until, self.end))

    def end(self) -> None:
        """Nothing more befalls anybody, and what lasts is over."""
        for fault in self._set:
            self._core.faults.remove(fault)
        self._core.gateway.events.clear()
        for call_off in self._called_off:
            call_off()
        for lasting in self.lasting:
            self.cure(lasting)
        self._set, self._called_off = [], []
        self.plan = Plan()
        self._core.pulse.beat("FAULT")

    def strike(self, moment: Moment) -> None:
        """Do it now, by hand, whatever it says of when; PlanError for what can never be."""
        self._check(moment)
        self._act(moment)

    @property
    def lasting(self) -> list[Lasting]:
        return list(self._lasting.values())

    def cure(self, lasting: Lasting) -> None:
        """Nothing happens if it is over already."""
        if self._lasting.pop(lasting.id, None) is not None:
            lasting.cure()
            self._core.pulse.beat("FAULT")

    def _offset(self, number: int, moment: Moment, turn: int) -> float:
        late = moment.jitter and moment.jitter * self._core.trace.roll(f"moment {number}")
        return moment.at + late + turn * (moment.every or 0.0)

    def _put_down(self, moment: Moment, when: float) -> None:
        self._called_off.append(self._core.agenda.at(when, lambda: self._act(moment)))

    def _act(self, moment: Moment) -> None:
        known = moment.guild is None or self._guilds(moment)
        self._core.trace.note(moment.fault, (moment.guild or "all") + ("" if known else ": none"))
        self._acts[moment.fault](moment)

    def _lasts(self, moment: Moment, cure: Callable[[], None]) -> None:
        """*cure* is done after its seconds, or when the plan ends, whichever is first, and once."""
        self._count += 1
        until = self._core.now() + moment.seconds if moment.seconds else None
        lasting = Lasting(str(self._count), moment, until, cure)
        self._lasting[lasting.id] = lasting
        if until is not None:
            self._core.agenda.at(until, lambda: self.cure(lasting))

    def _reset_token(self, moment: Moment) -> None:
        self._core.reset_token()

    def _zombie(self, moment: Moment) -> None:
        self._core.gateway.zombie(True)
        self._lasts(moment, lambda: self._core.gateway.zombie(False))

    def _outage(self, moment: Moment) -> None:
        self._turn(moment, on=True)
        self._lasts(moment, lambda: self._turn(moment, on=False))

    def _turn(self, moment: Moment, *, on: bool) -> None:
        for state in self._guilds(moment):
            if state.guild.unavailable is on:
                continue
            if on and moment.stale:
                self._core.gateway.remember(state)
            step = self._step(state)
            guilds.outage(step, state, on)
            self._core.commit(step)

    def _lose_permission(self, moment: Moment) -> None:
        """What it may by @everyone stays; an administrator keeps everything else."""
        lost = Permission[moment.permission or ""]
        taken: list[Role] = []
        for state in self._guilds(moment):
            for role in self._of_bot(state):
                if role.permissions & (lost | Permission.ADMINISTRATOR):
                    self._take(state, role, lost)
                    taken.append(role)
        if taken:
            self._lasts(moment, partial(self._give_back, taken))

    def _take(self, state: GuildState, role: Role, lost: Permission) -> None:
        bits = ALL if role.permissions & Permission.ADMINISTRATOR else role.permissions
        step = self._step(state)
        roles.update(step, role, permissions=bits & ~(lost | Permission.ADMINISTRATOR))
        self._core.commit(step)

    def _give_back(self, taken: list[Role]) -> None:
        for before in taken:
            state = self._core.world.guilds.get(before.guild_id)
            role = state.roles.get(before.id) if state else None
            if state is not None and role is not None:
                step = self._step(state)
                roles.update(step, role, permissions=before.permissions)
                self._core.commit(step)

    def _of_bot(self, state: GuildState) -> list[Role]:
        bot = state.members.get(self._core.world.application.id)
        return [state.roles[each] for each in bot.roles if each in state.roles] if bot else []

    def _guilds(self, moment: Moment) -> list[GuildState]:
        every = self._core.world.guilds.values()
        return [
            state for state in every if moment.guild in (None, state.guild.id, state.guild.name)
        ]

    def _step(self, state: GuildState) -> Step:
        return self._core.step(state.guild.owner_id)

    def _check(self, moment: Moment) -> None:
        if moment.fault == "lose_permission" and moment.permission not in Permission.__members__:
            raise PlanError(f"there is no permission {moment.permission!r}")
        if moment.times > 1 and not moment.every:
            raise PlanError(f"{moment.fault}: {moment.times} times, but not every how many seconds")
