"""`/doctor`: what keeps the bot from its work in a server or channel, and the smallest change that mends it; and the
first words to whoever has added it."""
