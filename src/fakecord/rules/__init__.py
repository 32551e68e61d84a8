"""What happens when something happens: pure functions over a `Step`. They do not ask who may."""
