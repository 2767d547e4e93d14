"""A Hathora control plane for one machine: it runs real game-server processes.

Whoever may create a deployment may run code on this machine.
"""
