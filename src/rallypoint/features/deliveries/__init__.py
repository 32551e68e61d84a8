"""Sends events to the outside: webhooks, Discord, Redis, AMQP. At least once, with the same id at every attempt, in
order for one subject and destination; or they lie among the dead letters, with the reason, and can be replayed.
"""
