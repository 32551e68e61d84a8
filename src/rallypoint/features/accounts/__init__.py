"""People, wherever they come from: the tokens by which their programs ask, and later their log-in sessions."""
