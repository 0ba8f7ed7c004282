"""A TERMINAL AND A PERSON BEFORE IT -> lines PASS, FAIL or SKIP, within 90 seconds: the commissioning self-test.

Each step looks at one part, within its own share of the time (plan.py). What no machine can see, a person confirms (asking.py).
The relay is reached through the gate's own decision alone, with all its limits; never from the page, and never unattended.

Must not import: app, page, gpiozero, gate.relay.
"""
