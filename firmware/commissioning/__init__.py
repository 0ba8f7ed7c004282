"""A PERSON AT THE DEVICE -> ten minutes in which the page may see what the camera sees.

Opened at the device alone: by a key held long, or by who may write the control socket. The page talks to one socket, and what
it may ask is a closed list: log in with the code on the screen, a preview, how long it is open. Nothing here knows the relay.
"""
