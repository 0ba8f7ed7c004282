"""Devices, files and signatures -> samples of time (`firmware.clock.Sample`). One file a source, each a `poll`.

A source never blocks for longer than its own deadline and is asked by a thread of its own (`poller`): the loop never waits for it.
"""
