"""Misbehaviour on request: what a network and a busy Discord do to a bot, by hand or by a plan."""

from fakecord.faults.events import EventFault
from fakecord.faults.plan import Moment, Plan, PlanError, read_plan
from fakecord.faults.requests import Fault
from fakecord.faults.trace import Struck

__all__ = ["EventFault", "Fault", "Moment", "Plan", "PlanError", "Struck", "read_plan"]
