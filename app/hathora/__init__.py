"""Hathora Cloud's HTTP API: wire models, a client, and a control plane of our own that serves it.

Nothing here imports anything else of `app`. `operations` describes each call once; the client and
the control plane both read it.
"""
