"""What the product costs and what it reads, measured. In one thread, as the scanner's own process works."""

from firmware.scanner.child import one_thread

one_thread()
