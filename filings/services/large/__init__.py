"""What is too large to be held at once: it arrives in pieces, is checked by a worker and kept in parts.

intake      an upload, stored piece by piece as it comes
queue       checks as rows: put, claim, progress, end
work        one step of a worker: claim a check and do it
taking      from a checked upload to a draft
submitting  from a draft kept in parts to the gateway
parts       what such a filing says: its frame, its parts, its XML as a stream
"""
