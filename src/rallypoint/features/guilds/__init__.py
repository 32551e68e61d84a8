"""A community's settings with inheritance, and the incidents that stop us from asking Discord for what it forbids."""
