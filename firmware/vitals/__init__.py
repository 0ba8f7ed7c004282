"""WHAT THE TERMINAL IS DOING -> two small files for whoever looks after it: status.json and yanma.prom.

Hears verdicts and events like every listener, and looks at the state once a turn. Holds no plate, no name, no payload and no
credential id, and does not tell a WANTED verdict from the one whose screen it shares.
"""
