"""Ways to the outside: HTTP behind a guard of addresses, Redis, AMQP. `Outlets` is the port's `Carrier`."""
