"""STATUS FILE, COMMISSIONING SOCKET -> a page for a browser. A process, a user and a unit of its own (`yanma web`).

It reads one file and asks the terminal three things over one socket: log in, a preview, how long it is open. It knows neither
the gate, nor pins, nor keys, nor trust, and there is nothing that it could send to move a barrier.
"""
